import type { EventStoreLimits } from '@program-ledger/event-sourcing';
import { randomBytes } from 'node:crypto';
import { EventStoreDb } from '../eventstoredb.js';

/** Logs of one server are kept apart by their prefix, which is new for each: the suite can run again and again on a server that stays. */
export const logsAt = async (url: string, limits: Partial<EventStoreLimits>) => {
  const prefix = `test${randomBytes(6).toString('hex')}`;
  const stores = [await EventStoreDb.open({ url, prefix, limits }), await EventStoreDb.open({ url, prefix, limits })] as const;
  return { stores, dispose: async () => void (await Promise.all(stores.map((store) => store.close()))) };
};
