// Another process: takes the messages from Kafka and decides on each, into the same log.
import { Commands } from '../../libs/event-sourcing/dist/index.js';
import { openKafka, parseKafkaUrl } from '../../libs/kafka/dist/index.js';
import { issue, reacting, reaction } from '../../libs/messaging/dist/index.js';
import { PostgresEventStore } from '../../libs/postgres-event-store/dist/index.js';
import { openServiceDatabase, PostgresCommandRegister, PostgresInbox } from '../../libs/read-models/dist/index.js';
import { answer, group, migrations, talliesView, topic } from '../../apps/journeys/dist/torture/sample.js';
import { z } from 'zod';

const added = z.object({ n: z.int(), amount: z.int(), at: z.string() });
const rows = [reaction('answer', 'sample.added.v1', added, ({ n, at }, { key }) => [issue(answer, key.slice('tally-'.length), { type: 'answer', n, at })])];

export const open = async ({ logUrl, serviceUrl, brokers }) => {
  const store = await PostgresEventStore.open({ url: logUrl });
  const database = await openServiceDatabase({ url: serviceUrl, service: 'bench', views: [talliesView], migrations });
  const consumer = await openKafka({ ...parseKafkaUrl(`kafka://${brokers.join(',')}`), clientId: 'bench-reactor' });
  const commands = new Commands(store, { now: () => new Date().toISOString(), register: new PostgresCommandRegister(database) });
  const handle = reacting({ service: group, rows, commands, inbox: new PostgresInbox(database) });
  const subscription = await consumer.subscribe({ group, topics: [topic], handle });
  return {
    close: async () => {
      await subscription.stop();
      await consumer.close();
      await database.destroy();
      await store.close();
    },
  };
};
