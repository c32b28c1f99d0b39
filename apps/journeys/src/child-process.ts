import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const startMsMax = 90_000;
const saidMax = 8_000;
const saidOfEndMax = 2_000;
const againMs = 100;
const againMsMax = 5_000;

export type ChildAsked = {
  readonly name: string;
  /** The script that it runs. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** Of Node. */
  readonly flags?: readonly string[];
  /** Asked anew for each start, by how often it was started before. */
  readonly environment: (starts: number) => Readonly<Record<string, string | undefined>>;
};

/** A process of ours that is started again when it ends by itself, as an operator's supervisor would. */
export type Child = {
  readonly name: string;
  /** How often it ended by itself, or was killed, and was started again: at once after a kill, a little later each time that it ends by itself. */
  readonly restarts: () => number;
  /** The ends that nobody asked for, each with what it said last. */
  readonly unasked: () => readonly string[];
  /** The last that it said, for whoever wonders. */
  readonly said: () => string;
  readonly pid: () => number | undefined;
  /** As `kill -9`; it is started again. Answers whether there was a live process to kill. */
  readonly kill: () => boolean;
  readonly stop: () => Promise<void>;
};

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

const running = new Set<ChildProcess>();
let isWatching = false;

/** A process that exits without having stopped its children ends them: SIGTERM, so that a database of a child stops too. */
const endWithThis = (child: ChildProcess): void => {
  if (!isWatching) {
    isWatching = true;
    process.once('exit', () => {
      for (const each of running) each.kill('SIGTERM');
    });
  }
  running.add(child);
  child.once('exit', () => running.delete(child));
};

const isLive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

export const runChild = ({ name, entry, args = [], flags = [], environment }: ChildAsked): Child => {
  let starts = 0;
  let stopping = false;
  let child: ChildProcess;
  let said = '';
  let killed = false;
  let again: NodeJS.Timeout | undefined;
  const unasked: string[] = [];
  const start = (): void => {
    child = spawn(process.execPath, [...flags, entry, ...args], { env: { ...environment(starts) }, stdio: ['ignore', 'pipe', 'pipe'] });
    starts += 1;
    endWithThis(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-saidMax); });
    child.once('exit', (code, signal) => {
      if (stopping) return;
      if (killed) {
        killed = false;
        return start();
      }
      unasked.push(`${name} ended by itself (${signal ?? code}); it said last: ${said.slice(-saidOfEndMax)}`);
      again = setTimeout(start, Math.min(againMsMax, againMs * 2 ** (unasked.length - 1)));
    });
  };
  start();
  return {
    name,
    restarts: () => starts - 1,
    unasked: () => unasked,
    said: () => said,
    pid: () => child.pid,
    kill: () => {
      if (!isLive(child)) return false;
      killed = true;
      return child.kill('SIGKILL');
    },
    stop: async () => {
      stopping = true;
      clearTimeout(again);
      if (!isLive(child)) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
};

/** @throws Error with what the processes said last when it does not answer in time. */
export const untilReady = async (url: string, children: readonly Child[]): Promise<void> => {
  let last = '';
  for (const giveUpAt = Date.now() + startMsMax; Date.now() < giveUpAt; await pause(100)) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    last = (await answer?.text()) ?? 'no answer';
  }
  const all = children.map(({ name, said }) => `${name}: ${said()}`).join('\n');
  throw new Error(`not ready within ${startMsMax / 1000} s: ${last}; said last:\n${all}`);
};

const restMsMax = 90_000;
const looksAtRest = 3;
const lookEveryMs = 300;

type Part = { readonly part: string; readonly lagSeconds?: number; readonly lagMessages?: number; readonly stopped?: string };
type Report = { readonly parts: readonly Part[] };

const isDone = ({ lagSeconds = 0, lagMessages = 0, stopped }: Part): boolean => stopped === undefined && lagSeconds === 0 && lagMessages === 0;

/**
 * Parts of processes before which something lies, an event of the log or a message. What several processes have is where one of them says it is:
 * who does not hold a relay knows only what its holder has stored.
 */
export const moving = (reports: readonly Report[]): readonly Part[] => {
  const parts = reports.flatMap((report) => report.parts);
  const done = new Set(parts.filter(isDone).map(({ part }) => part));
  return parts.filter(({ part }) => !done.has(part));
};

/**
 * Waits until nothing has moved at several looks in a row: what one process does last may be work for another.
 * @throws Error with what still moves.
 */
export const untilAtRest = async (urls: readonly string[]): Promise<void> => {
  let left: readonly Part[] = [];
  let looks = 0;
  for (const giveUpAt = Date.now() + restMsMax; Date.now() < giveUpAt; await pause(lookEveryMs)) {
    left = moving(await Promise.all(urls.map(reportOf)));
    looks = left.length === 0 ? looks + 1 : 0;
    if (looks >= looksAtRest) return;
  }
  throw new Error(`not at rest within ${restMsMax / 1_000} s: ${left.map((part) => JSON.stringify(part)).join(', ')}`);
};

const reportOf = (url: string): Promise<Report> =>
  fetch(`${url}/health/ready`)
    .then((answer) => answer.json() as Promise<Report>)
    .catch(() => ({ parts: [{ part: url, stopped: 'no answer' }] }));
