import { ForeignDirectory, SettingsInvalid } from '@program-ledger/host';
import { StartRefused } from './refused.js';

/** Something that runs until it is told to end, or ends by a defect. */
export type Runnable = {
  /** What somebody at the terminal needs next. */
  readonly announcement: string;
  /** Rejects when something that runs by itself has ended by a defect. */
  readonly failed: Promise<never>;
  /** Drains and ends. */
  readonly stop: () => Promise<void>;
};

export type MainOptions = {
  /** Beside what every process expects: kinds of errors that are one sentence for the person at the terminal. */
  readonly expected?: readonly (abstract new (...parameters: never[]) => Error)[];
  readonly ending?: string;
};

export const say = (line: string): void => void process.stderr.write(`· ${line}\n`);

/**
 * Runs until SIGINT or SIGTERM and ends this process: 0 after a drain, 1 when it could not start or ended by a defect. A second signal
 * leaves at once, which is a crash like any other.
 */
export const runMain = async (start: () => Promise<Runnable>, options: MainOptions = {}): Promise<never> =>
  process.exit(
    await run(start, options).catch((error: unknown) => {
      complain(error, options);
      return 1;
    }),
  );

const run = async (start: () => Promise<Runnable>, { ending = 'draining (again to leave at once)' }: MainOptions): Promise<number> => {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const running = await start();
  process.stdout.write(running.announcement);
  try {
    await Promise.race([interrupted, running.failed]);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
    say(ending);
    await running.stop();
    say('stopped');
  }
  return 0;
};

/** What can be expected to go wrong is one sentence; anything else keeps its stack. */
const complain = (error: unknown, { expected = [] }: MainOptions): void => {
  const isExpected = [SettingsInvalid, StartRefused, ForeignDirectory, ...expected].some((kind) => error instanceof kind);
  const text = error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
};
