import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { InProcessBroker, type Topic } from '@program-ledger/messaging';
import { messagingContract } from '@program-ledger/messaging/testing';
import { PostgresJournal } from './postgres-journal.js';
import { createBrokerSchema, declareTopics } from './schema.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('broker');
  await createBrokerSchema(database.url);
});
afterAll(() => database.drop());

messagingContract('in-process broker on PostgreSQL', async (topics: readonly Topic[]) => {
  await declareTopics(database.url, topics);
  return {
    connect: async () => {
      const journal = await PostgresJournal.open({ url: database.url });
      const broker = await InProcessBroker.open({ journal });
      const crash = async (): Promise<void> => {
        await broker.abandon();
        await journal.close();
      };
      return { publisher: broker, consumer: broker, deadLetters: broker, crash, close: () => broker.close() };
    },
    end: () => Promise.resolve(),
  };
});
