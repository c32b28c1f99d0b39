import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { BrokerUnavailable } from '@program-ledger/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartRefused } from './refused.js';

export const patienceLimits = { againMs: 500 } as const;

/** Not there yet, as a server that starts beside this process; anything else stays as it is. */
const passing = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P03', '53300'];

const isAway = (error: unknown): boolean => {
  if (error instanceof EventStoreUnavailable || error instanceof BrokerUnavailable) return true;
  if (typeof error !== 'object' || error === null) return false;
  const { code, errors = [] } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  // Of several addresses of one name, each failed by itself.
  return (typeof code === 'string' && passing.includes(code)) || (errors.length > 0 && errors.every(isAway));
};

/** Opens something that may still be starting. @throws StartRefused, in one sentence and without its address, when it is not there in time. */
export const patiently = async <T>(what: string, seconds: number, open: () => Promise<T>): Promise<T> => {
  for (const giveUpAt = performance.now() + seconds * 1_000; ; ) {
    try {
      return await open();
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      if (performance.now() > giveUpAt) throw new StartRefused(`${what} could not be reached within ${seconds} s: is it running, and is its URL right?`, { cause });
      await sleep(patienceLimits.againMs);
    }
  }
};
