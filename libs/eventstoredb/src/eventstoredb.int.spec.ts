import { afterAll } from '@jest/globals';
import { eventStoreContract } from '@program-ledger/event-sourcing/testing';
import { connectionCases } from './testing/connection-cases.js';
import { startDouble } from './testing/index.js';
import { logsAt } from './testing/logs.js';

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

connectionCases('EventStoreDB (the protocol double)', double.url);
