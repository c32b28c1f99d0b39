import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Allowed, Part, Told } from './parts.js';

const entry = fileURLToPath(new URL('part.js', import.meta.url));
const againMs = 300;
const lookEveryMs = 10;
const stopMsMax = 15_000;

export type Supervised = {
  /**
   * `kill -9` of the process that is ready, or of the next one that is, and a new one after a while. Resolves when that says that it is
   * ready, with how long it took; undefined when there was nothing to kill any more.
   */
  readonly kill: (downMs: number) => Promise<number | undefined>;
  readonly tell: (allowed: Allowed) => void;
  /** In order: it may finish what it has in hand. Answers whether it did, or had to be ended after a while. */
  readonly stop: () => Promise<boolean>;
  /** How often it ended by itself, e.g. since an engine was away when it started. */
  readonly falls: () => number;
  /** Whether it has said that it has no more to do. */
  readonly done: () => boolean;
};

const isLive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Answers whether that is what it died of. */
const endHard = async (child: ChildProcess): Promise<boolean> => {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  return child.signalCode === 'SIGKILL';
};

/** Answers whether it ended by itself, in time. */
const endInOrder = async (child: ChildProcess): Promise<boolean> => {
  if (!isLive(child)) return true;
  let patient = true;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const impatient = setTimeout(() => {
    patient = false;
    child.kill('SIGKILL');
  }, stopMsMax);
  await gone;
  clearTimeout(impatient);
  return patient;
};

type Logs = { readonly settingsFile: string; readonly logFile: string; /** What runs the part: a test brings its own. */ readonly script?: string };

/** Keeps one part running: a process that ends before it is done is started again. What it says goes to a file. */
export const supervise = (part: Part, { settingsFile, logFile, script = entry }: Logs): Supervised => {
  let child: ChildProcess;
  let [stopping, held, done, ready, falls] = [false, false, false, false, 0];
  let again: NodeJS.Timeout | undefined;
  const start = (): void => {
    const log = openSync(logFile, 'a');
    const own = spawn(process.execPath, ['--max-old-space-size=384', script, part, settingsFile], { stdio: ['ignore', log, log, 'ipc'] });
    child = own;
    closeSync(log);
    own.on('message', ({ kind }: Told) => {
      if (kind === 'done') done = true;
      else ready = isLive(own);
    });
    own.once('exit', () => {
      ready = false;
      if (stopping || held || done) return;
      falls += 1;
      again = setTimeout(start, againMs);
    });
  };
  const readyOrOver = async (): Promise<boolean> => {
    while (!ready && !done && !stopping) await pause(lookEveryMs);
    return ready && !done && !stopping;
  };
  start();
  return {
    kill: async (downMs) => {
      if (!(await readyOrOver())) return undefined;
      const from = Date.now();
      held = true;
      const hit = await endHard(child);
      await pause(downMs);
      held = false;
      if (stopping) return undefined;
      start();
      await readyOrOver();
      return hit ? Date.now() - from - downMs : undefined;
    },
    tell: (allowed) => void (child.connected && child.send(allowed, () => undefined)),
    stop: () => {
      stopping = true;
      clearTimeout(again);
      return endInOrder(child);
    },
    falls: () => falls,
    done: () => done,
  };
};
