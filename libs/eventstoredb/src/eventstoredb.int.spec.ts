import { afterAll } from '@jest/globals';
import { eventStoreContract } from '@program-ledger/event-sourcing/testing';
import { randomBytes } from 'node:crypto';
import { EventStoreDb } from './index.js';
import { startDouble } from './testing/index.js';

/** Logs of one server are kept apart by their prefix, which is new for each: the suite can run again and again on a server that stays. */
const logsAt = async (url: string, limits: object) => {
  const prefix = `test${randomBytes(6).toString('hex')}`;
  const stores = [await EventStoreDb.open({ url, prefix, limits }), await EventStoreDb.open({ url, prefix, limits })] as const;
  return { stores, dispose: async () => void (await Promise.all(stores.map((store) => store.close()))) };
};

const double = await startDouble();
afterAll(() => double.close());

eventStoreContract(
  'EventStoreDB (the protocol double)',
  async (limits) => ({
    ...(await logsAt(double.url, limits)),
    restart: async () => {
      await double.kill();
      await double.restart();
    },
  }),
  { restarts: true },
);

/** A server that somebody runs: EventStoreDB 24.x or KurrentDB. Without one, the run says so instead of passing in silence. */
const server = process.env['EVENTSTOREDB_URL'];
if (server === undefined || server === '') {
  process.stderr.write('\nNOT RUN: the contract against a real EventStoreDB. Set EVENTSTOREDB_URL (esdb://127.0.0.1:2113?tls=false) to run it.\n\n');
} else {
  eventStoreContract(`EventStoreDB at EVENTSTOREDB_URL`, (limits) => logsAt(server, limits));
}
