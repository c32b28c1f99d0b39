import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { withDeadLetterTopics, type Delivery, type Outgoing, type Topic } from '@program-ledger/messaging';
import { messagingContract } from '@program-ledger/messaging/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openPostgresBroker } from './postgres-broker.js';
import { createBrokerSchema, declareTopics } from './schema.js';
import { SharedBroker } from './shared-broker.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('shared_broker');
  await createBrokerSchema(database.url);
});
afterAll(() => database.drop());

const open = (): Promise<SharedBroker> => SharedBroker.open({ url: database.url });

messagingContract('broker on PostgreSQL, shared by processes', async (topics: readonly Topic[]) => {
  await declareTopics(database.url, topics);
  return {
    connect: async () => {
      const broker = await open();
      return { publisher: broker, consumer: broker, deadLetters: broker, crash: () => broker.abandon(), close: () => broker.close() };
    },
    end: () => Promise.resolve(),
  };
});

const message = (topic: string, key: string, id: string): Outgoing => ({
  topic,
  message: { id, type: 'sample.thing-done.v1', source: '/sample', subject: key, time: '2026-01-01T00:00:00.000Z', sequence: id, key, correlationid: id, causationid: id, actor: 'kim', data: { id } },
});
const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  for (const giveUpAt = Date.now() + 10_000; !(await done()); await sleep(10)) if (Date.now() > giveUpAt) throw new Error('waited in vain');
};

describe('two processes on one broker', () => {
  let topic = '';
  let run = 0;
  const prepared = async (): Promise<string> => {
    topic = `shared${(run += 1)}.things`;
    await declareTopics(database.url, withDeadLetterTopics([{ name: topic, partitions: 4 }], [{ group: 'group', topics: [topic] }]));
    return topic;
  };

  test('both publish to one topic, and every message is handed out once, in order by key', async () => {
    const name = await prepared();
    const [one, two] = [await open(), await open()];
    const seen: string[] = [];
    await two.subscribe({ group: 'group', topics: [name], handle: ({ message: { key, sequence } }) => Promise.resolve(void seen.push(`${key}/${sequence}`)) });
    const send = async (broker: SharedBroker, key: string): Promise<void> => {
      for (let index = 0; index < 50; index += 1) await broker.publish([message(name, key, String(index))]);
    };
    await Promise.all([send(one, 'of-one'), send(two, 'of-two'), send(one, 'also-one')]);
    await until(() => seen.length === 150);
    for (const key of ['of-one', 'of-two', 'also-one']) expect(seen.filter((each) => each.startsWith(`${key}/`))).toEqual(Array.from({ length: 50 }, (_, index) => `${key}/${index}`));
    await Promise.all([one.close(), two.close()]);
  });

  test('one works for a group while the other waits, and takes over when it goes', async () => {
    const name = await prepared();
    const [one, two] = [await open(), await open()];
    const by: Record<'one' | 'two', string[]> = { one: [], two: [] };
    const noting = (who: 'one' | 'two') => ({ message: { id } }: Delivery): Promise<void> => Promise.resolve(void by[who].push(id));
    const subscription = await one.subscribe({ group: 'group', topics: [name], handle: noting('one') });
    const waiting = await two.subscribe({ group: 'group', topics: [name], handle: noting('two') });
    await one.publish(['1', '2', '3'].map((id) => message(name, `key-${id}`, id)));
    await until(() => by.one.length === 3);
    await until(async () => (await waiting.lag()) === 0);
    await subscription.stop();
    await one.publish([message(name, 'key-4', '4')]);
    await until(() => by.two.includes('4'));
    expect(by).toEqual({ one: expect.arrayContaining(['1', '2', '3']), two: ['4'] });
    await Promise.all([one.close(), two.close()]);
  });

  test('a connection that is lost loses the groups, and they are taken again', async () => {
    const name = await prepared();
    const one = await open();
    const seen = new Set<string>();
    await one.subscribe({ group: 'group', topics: [name], handle: ({ message: { id } }) => Promise.resolve(void seen.add(id)) });
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'broker leases' and datname = current_database()`);
    await admin.end();
    await until(() => one.publish([message(name, 'key', 'after')]).then(() => true, () => false));
    await until(() => seen.has('after'));
    await one.close();
  });

  test('letters are handed out again by the one that works, whoever is asked', async () => {
    const name = await prepared();
    const [one, two] = [await open(), await open()];
    const { PermanentFailure } = await import('@program-ledger/messaging');
    let mended = false;
    const done: string[] = [];
    const handle = ({ message: { id } }: Delivery): Promise<void> => (mended ? Promise.resolve(void done.push(id)) : Promise.reject(new PermanentFailure('broken', 'as asked')));
    await one.subscribe({ group: 'group', topics: [name], handle });
    await one.publish([message(name, 'key', '1'), message(name, 'key', '2')]);
    await until(async () => (await two.list('group')).filter((letter) => letter.topic === name).length === 2);
    mended = true;
    await two.redrive('group', 'key');
    await until(() => done.length === 2);
    expect(done).toEqual(['1', '2']);
    await Promise.all([one.close(), two.close()]);
  });

  test('who wants a broker for itself is refused one that is shared', async () => {
    const one = await open();
    await expect(openPostgresBroker({ url: database.url })).rejects.toThrow('another process uses this broker');
    await one.close();
  }, 20_000);
});
