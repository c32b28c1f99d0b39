import type { Captured, Client } from './client.js';

export type Replayed = { readonly asked: number; readonly different: readonly string[] };

/** Asks every captured GET again, as of the position that its answer named: the body must be the same, byte for byte. */
export const replayCaptured = async (client: Client, captured: readonly Captured[], progress: (done: number, of: number) => void): Promise<Replayed> => {
  const distinct = [...new Map(captured.map((one) => [`${one.person.subject} ${one.path} ${one.position}`, one])).values()];
  const different: string[] = [];
  for (const [index, { person, path, position, body }] of distinct.entries()) {
    const answer = await client.raw(person, `${path}${path.includes('?') ? '&' : '?'}asOf=${position}`);
    if (answer.raw !== body) different.push(`${path} as of ${position}`);
    if ((index + 1) % 100 === 0) progress(index + 1, distinct.length);
  }
  return { asked: distinct.length, different };
};
