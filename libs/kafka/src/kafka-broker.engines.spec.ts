import { afterAll } from '@jest/globals';
import { messagingContract } from '@program-ledger/messaging/testing';
import { openKafka } from './kafka-broker.js';
import { describeOn, impatient, realKafka, stopped } from './testing/real-kafka.js';
import { declareTopics } from './topics.js';

const started = await realKafka('the messaging contract on Kafka');
afterAll(() => stopped(started));

describeOn(started, 'Kafka', ({ brokers }) => {
  messagingContract(
    'kafka',
    async (topics) => {
      await declareTopics({ brokers }, topics);
      return {
        connect: async () => {
          const broker = await openKafka({ brokers, clientId: 'contract', limits: impatient });
          return { publisher: broker, consumer: broker, deadLetters: broker, crash: () => broker.abandon(), close: () => broker.close() };
        },
        end: () => Promise.resolve(),
      };
    },
    { patienceMs: 20_000 },
  );
});
