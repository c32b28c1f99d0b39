import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const startMsMax = 90_000;
const saidMax = 8_000;
const saidOfEndMax = 2_000;

export type ChildAsked = {
  readonly name: string;
  /** The script that it runs. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** Asked anew for each start, by how often it was started before. */
  readonly environment: (starts: number) => Readonly<Record<string, string | undefined>>;
};

/** A process of ours that is started again when it ends by itself, as an operator's supervisor would. */
export type Child = {
  readonly name: string;
  /** How often it ended by itself, or was killed, and was started again. */
  readonly restarts: () => number;
  /** The ends that nobody asked for, each with what it said last. */
  readonly unasked: () => readonly string[];
  /** The last that it said, for whoever wonders. */
  readonly said: () => string;
  readonly pid: () => number | undefined;
  /** As `kill -9`; it is started again. */
  readonly kill: () => void;
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

/** Whoever ends this process ends what it started: SIGTERM, so that a database of a child stops too. */
const endWithThis = (child: ChildProcess): void => {
  if (!isWatching) {
    isWatching = true;
    for (const [signal, code] of [['SIGTERM', 143], ['SIGINT', 130]] as const) process.once(signal, () => process.exit(code));
    process.once('exit', () => {
      for (const each of running) each.kill('SIGTERM');
    });
  }
  running.add(child);
  child.once('exit', () => running.delete(child));
};

export const runChild = ({ name, entry, args = [], environment }: ChildAsked): Child => {
  let starts = 0;
  let stopping = false;
  let child: ChildProcess;
  let said = '';
  let killed = false;
  const unasked: string[] = [];
  const start = (): void => {
    child = spawn(process.execPath, [entry, ...args], { env: { ...environment(starts) }, stdio: ['ignore', 'pipe', 'pipe'] });
    starts += 1;
    endWithThis(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-saidMax); });
    child.once('exit', (code, signal) => {
      if (stopping) return;
      if (!killed) unasked.push(`${name} ended by itself (${signal ?? code}); it said last: ${said.slice(-saidOfEndMax)}`);
      killed = false;
      start();
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
      killed = true;
      child.kill('SIGKILL');
    },
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
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
