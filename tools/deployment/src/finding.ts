import type { Code } from './code.js';
import type { Compose, Files } from './compose.js';

export type Deployment = { readonly files: Files; readonly compose: Compose; readonly code: Code };

/** One way in which a deployment can disagree with the code or with itself: sentences, none when it does not. */
export type Rule = (deployment: Deployment) => Iterable<string>;

/** The sentences of the claims that do not hold. */
export const unless = (...claims: readonly (readonly [holds: boolean, otherwise: string])[]): readonly string[] => claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]));

/** Hosts and ports of every address in a text. */
export const addressesIn = (text: string): readonly { readonly host: string; readonly port: number }[] =>
  [...text.matchAll(/\b[a-z+]+:\/\/(?:[^\s:@/,]+:[^\s@/,]+@)?([a-z][a-z0-9.-]*):(\d+)/g)].map(([, host = '', port]) => ({ host, port: Number(port) }));
