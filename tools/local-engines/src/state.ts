import { signatureOf } from '@program-ledger/embedded-postgres/processes';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const engineNames = ['PostgreSQL', 'Kafka', 'EventStoreDB'] as const;
export type EngineName = (typeof engineNames)[number];

/** What is known of one engine. `absent`: it cannot be had here, and why; `failed`: it could be had and does not run. */
export type EngineState =
  | { readonly is: 'ready'; readonly version: string; readonly data: string; readonly variables: Readonly<Record<string, string>> }
  | { readonly is: 'starting' | 'absent' | 'failed'; readonly sentence: string };

/** What the process that keeps the engines says of itself and of them, in a file that only this user reads: it holds passwords. */
export type State = {
  readonly pid: number;
  readonly signature: string;
  /** How often it was asked to start what does not run. */
  readonly attempts: number;
  readonly engines: Readonly<Record<EngineName, EngineState>>;
  /** Of each service, once PostgreSQL is there. */
  readonly databases?: Readonly<Record<string, string>>;
};

/** Whether every engine is there or has said why not. */
export const isSettled = ({ engines }: State): boolean => engineNames.every((name) => engines[name].is !== 'starting');

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const directoryOf = (asked: string | undefined): string => resolve(asked ?? join(root, '.data/engines'));

const file = (directory: string): string => join(directory, 'engines.json');

export const write = (directory: string, state: State): void => {
  mkdirSync(directory, { recursive: true });
  const draft = `${file(directory)}.draft`;
  writeFileSync(draft, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  renameSync(draft, file(directory));
};

const read = (directory: string): State | undefined => {
  try {
    return JSON.parse(readFileSync(file(directory), 'utf8')) as State;
  } catch {
    return undefined;
  }
};

/** What the keeper that runs now says; undefined when none does, whatever a former one left written. */
export const running = (directory: string): State | undefined => {
  const state = read(directory);
  return state !== undefined && state.signature !== '' && signatureOf(state.pid) === state.signature ? state : undefined;
};
