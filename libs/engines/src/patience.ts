import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { BrokerUnavailable } from '@program-ledger/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogUndeclared, StartRefused } from './refused.js';

export const patienceLimits = { againMs: 500 } as const;

/** Not there yet, as a server that starts beside this process; anything else stays as it is. */
const passing = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P01', '57P02', '57P03', '53300'];

/** What `pg` says, without a code, when the server goes in the middle of an answer. */
const brokenOff = 'Connection terminated unexpectedly';

const isAway = (error: unknown): boolean => {
  if ([EventStoreUnavailable, BrokerUnavailable, LogUndeclared].some((kind) => error instanceof kind)) return true;
  if (typeof error !== 'object' || error === null) return false;
  const { code, errors = [], cause, message } = error as { readonly code?: unknown; readonly errors?: readonly unknown[]; readonly cause?: unknown; readonly message?: unknown };
  if ((typeof code === 'string' && passing.includes(code)) || message === brokenOff) return true;
  // Of several addresses of one name, each failed by itself; what was wrapped in a sentence is still away.
  return errors.length > 0 ? errors.every(isAway) : isAway(cause);
};

/** Opens something that may still be starting. @throws StartRefused, in one sentence and without its address, when it is not there in time. */
export const patiently = async <T>(what: string, seconds: number, open: () => Promise<T>): Promise<T> => {
  for (const giveUpAt = performance.now() + seconds * 1_000; ; ) {
    try {
      return await open();
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      if (performance.now() > giveUpAt && cause instanceof LogUndeclared) throw cause;
      if (performance.now() > giveUpAt) throw new StartRefused(`${what} could not be reached within ${seconds} s: is it running, and is its URL right?`, { cause });
      await sleep(patienceLimits.againMs);
    }
  }
};
