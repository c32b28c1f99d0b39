import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A user of the server and the groups it is in. */
export type EventStoreDbUser = { readonly name: string; readonly password: string; readonly groups: readonly string[] };

export const usersLimits = { answerMsMax: 15_000 } as const;

/** The server refused, or could not be asked. */
export class UsersRefused extends Error {
  override readonly name = 'UsersRefused';
}

/**
 * Makes users, or gives those that are there these groups and this password, as the administrator whom the URL names: `POST /users/`,
 * `PUT /users/{login}`, `POST /users/{login}/command/reset-password` of the server's HTTP interface.
 * @throws UsersRefused
 */
export const declareUsers = async (adminUrl: string, users: readonly EventStoreDbUser[]): Promise<void> => {
  const ask = asking(adminUrl);
  for (const { name, password, groups } of users) {
    const known = `/users/${encodeURIComponent(name)}`;
    const { status } = await ask('GET', known);
    if (status === 404) await expected(201, ask('POST', '/users/', { loginName: name, fullName: name, groups, password }), `user ${name} could not be made`);
    else if (status === 200) {
      await expected(200, ask('PUT', known, { fullName: name, groups }), `the groups of ${name} could not be set`);
      await expected(200, ask('POST', `${known}/command/reset-password`, { newPassword: password }), `the password of ${name} could not be set`);
    } else throw refused(`users cannot be asked for: the server answers ${status}`, status);
  }
};

type Answer = { readonly status: number; readonly body: string };
type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

const expected = async (status: number, answer: Promise<Answer>, fault: string): Promise<void> => {
  const { status: actual, body } = await answer;
  if (actual !== status) throw refused(`${fault}: the server answers ${actual} ${body}`.trim(), actual);
};

/** A fault of the server itself passes, as one that has just started. */
const refused = (sentence: string, status: number): UsersRefused => new UsersRefused(sentence, status >= 500 ? { cause: new EventStoreUnavailable(sentence) } : undefined);

/** A connection string names the HTTP interface too: same host, same port, same certificate authority. */
const asking = (adminUrl: string): Ask => {
  const url = new URL(adminUrl);
  const tls = url.searchParams.get('tls') !== 'false';
  const caFile = [...url.searchParams].find(([key]) => key.toLowerCase() === 'tlscafile')?.[1];
  const target = {
    host: url.hostname,
    port: url.port === '' ? 2113 : Number(url.port),
    auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`,
    timeout: usersLimits.answerMsMax,
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
  };
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { accept: 'application/json', 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const failed = (cause: Error): void => reject(new UsersRefused(`the server cannot be asked about users: ${cause.message}`, { cause }));
      const asked = (tls ? httpsRequest : httpRequest)({ ...target, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', failed);
      });
      asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })));
      asked.on('error', failed);
      asked.end(text);
    });
};
