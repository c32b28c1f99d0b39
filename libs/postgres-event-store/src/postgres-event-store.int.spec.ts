import { createTestDatabase } from '@program-ledger/embedded-postgres/testing';
import { eventStoreContract } from '@program-ledger/event-sourcing/testing';
import { PostgresEventStore, createEventStoreSchema } from './index.js';

eventStoreContract('PostgreSQL', async (limits) => {
  const database = await createTestDatabase('event_store');
  await createEventStoreSchema(database.url);
  const stores = await Promise.all([PostgresEventStore.open({ url: database.url, ...limits }), PostgresEventStore.open({ url: database.url, ...limits })]);
  return {
    stores,
    dispose: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await database.drop();
    },
  };
});
