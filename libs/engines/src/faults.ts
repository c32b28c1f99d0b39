import { crashAt, crashPoints, type CrashHook } from '@program-ledger/messaging';
import { z } from 'zod';

const rate = z.number().min(0).max(1);

/** How nasty a process is on purpose, in rehearsals: what a journey needs to be sure that nothing depends on luck. */
export const faults = z.strictObject({
  seed: z.int().nonnegative(),
  duplicateRate: rate.exactOptional(),
  fallBackRate: rate.exactOptional(),
  fallBackMax: z.int().min(1).max(50).exactOptional(),
  delayMsMax: z.int().min(0).max(1_000).exactOptional(),
  /** The process kills itself, as `kill -9` would, when work passes this point for the n-th time. */
  crash: z.strictObject({ point: z.enum(crashPoints), pass: z.int().positive() }).exactOptional(),
});
export type ProcessFaults = z.infer<typeof faults>;

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
});

/** `LEDGER_FAULTS` as a setting. */
export const faultsSetting = json.pipe(faults).optional().describe('faults on purpose as JSON, in rehearsals only');

/** Ends this process as `kill -9` would: nothing is flushed, nothing is told. */
export const crashHookOf = (faulty: ProcessFaults | undefined): CrashHook | undefined =>
  faulty?.crash === undefined ? undefined : crashAt(faulty.crash.point, faulty.crash.pass, () => void process.kill(process.pid, 'SIGKILL'));
