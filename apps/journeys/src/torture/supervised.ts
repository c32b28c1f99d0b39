import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Allowed, Part, Told } from './parts.js';

const entry = fileURLToPath(new URL('part.js', import.meta.url));
const againMs = 300;

export type Supervised = {
  /** `kill -9`, and started again after a while; resolves when it says that it is ready. Answers how long that took. */
  readonly kill: (downMs: number) => Promise<number>;
  readonly tell: (allowed: Allowed) => void;
  /** In order: it may finish what it has in hand. */
  readonly stop: () => Promise<void>;
  /** How often it ended by itself, e.g. since an engine was away when it started. */
  readonly falls: () => number;
  /** Whether it has said that it has no more to do. */
  readonly done: () => boolean;
};

/** Keeps one part running: a process that ends before it is done is started again. What it says goes to a file. */
export const supervise = (part: Part, { settingsFile, logFile }: { readonly settingsFile: string; readonly logFile: string }): Supervised => {
  let child: ChildProcess;
  let [stopping, held, done, falls] = [false, false, false, 0];
  let ready: () => void = () => undefined;
  const start = (): void => {
    const log = openSync(logFile, 'a');
    child = spawn(process.execPath, ['--max-old-space-size=384', entry, part, settingsFile], { stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    child.on('message', ({ kind }: Told) => {
      if (kind === 'done') done = true;
      else ready();
    });
    child.once('exit', () => {
      if (stopping || held || done) return;
      falls += 1;
      setTimeout(() => void (stopping || held || start()), againMs);
    });
  };
  start();
  return {
    kill: async (downMs) => {
      if (done) return 0;
      const from = Date.now();
      held = true;
      const gone = child.exitCode === null && child.signalCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
      child.kill('SIGKILL');
      await gone;
      await pause(downMs);
      held = false;
      const up = new Promise<void>((resolve) => (ready = resolve));
      start();
      await up;
      return Date.now() - from - downMs;
    },
    tell: (allowed) => void (child.connected && child.send(allowed, () => undefined)),
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const impatient = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await gone;
      clearTimeout(impatient);
    },
    falls: () => falls,
    done: () => done,
  };
};
