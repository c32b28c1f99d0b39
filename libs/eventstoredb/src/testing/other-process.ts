import type { ExpectedRevision, ProposedEvent } from '@program-ledger/event-sourcing';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const library = fileURLToPath(new URL('../..', import.meta.url));
/** How node runs this workspace's programs from source. */
export const fromSource = ['--disable-warning=ExperimentalWarning', '--conditions=@program-ledger/source', '--import', `${library}../embedded-postgres/jest/typescript.mjs`];

/** What the other process said of an append, after so many times that it did not know. Positions are as text. */
export type Answer = { readonly status: string; readonly revision?: number; readonly position?: string; readonly failures: number };
export type OtherProcess = {
  append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<Answer>;
  /** Ids and positions. */
  read(stream: string): Promise<readonly { readonly id: string; readonly position: string }[]>;
  end(): Promise<void>;
};

/** A process of its own with a store of its own at the same log. */
export const startOtherProcess = async (url: string, prefix: string): Promise<OtherProcess> => {
  const child = spawn(process.execPath, [...fromSource, `${library}jest/other-process.mjs`, url, prefix], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const next = async <Said>(): Promise<Said> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the other process ended (${child.exitCode ?? child.signalCode})`);
    return JSON.parse(value) as Said;
  };
  const ask = <Said>(question: object): Promise<Said> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    return next<Said>();
  };
  await next();
  return {
    append: (stream, expected, events) => ask<Answer>({ stream, expected, events }),
    read: async (stream) => (await ask<{ events: readonly { id: string; position: string }[] }>({ stream })).events,
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
