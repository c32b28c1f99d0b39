import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { BrokerUnavailable, InProcessBroker, withDeadLetterTopics, type Delivery, type Message, type Topic } from '@program-ledger/messaging';
import { messagingContract } from '@program-ledger/messaging/testing';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openPostgresBroker } from './postgres-broker.js';
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

describe('making a broker', () => {
  test('is apart from opening one, and done once', async () => {
    const empty = await createTestDatabase('no_broker');
    await expect(openPostgresBroker({ url: empty.url })).rejects.toThrow('make one with createBrokerSchema');
    expect([await createBrokerSchema(empty.url), await createBrokerSchema(empty.url)]).toEqual(['created', 'existing']);
    await (await openPostgresBroker({ url: empty.url })).close();
    await empty.drop();
  });

  test('a topic keeps its number of partitions', async () => {
    await declareTopics(database.url, [{ name: 'kept.topic', partitions: 4 }]);
    await declareTopics(database.url, [{ name: 'kept.topic', partitions: 4 }]);
    await expect(declareTopics(database.url, [{ name: 'kept.topic', partitions: 5 }])).rejects.toThrow('has 4 partitions and keeps them');
    await expect(declareTopics(database.url, [{ name: 'Kept Topic', partitions: 1 }])).rejects.toThrow('no name of a topic');
    await expect(declareTopics(database.url, [{ name: 'kept.wide', partitions: 65 }])).rejects.toThrow('cannot have 65 partitions');
  });

  test('one process at a time owns it, and the next may as soon as the first has closed', async () => {
    const first = await openPostgresBroker({ url: database.url });
    const second = openPostgresBroker({ url: database.url });
    await first.close();
    await (await second).close();
  });
});

describe('a broker in trouble', () => {
  test('loses nothing and keeps the order while its connections are cut again and again', async () => {
    const { topic, group } = await declared('cut');
    const broker = await openPostgresBroker({ url: database.url });
    const received = collecting();
    await broker.subscribe({ group, topics: [topic], handle: received.handle });
    let refused = 0;
    for (let sequence = 0; sequence < 60; sequence += 1) {
      const cutting = sequence % 15 === 7 ? cutConnections() : undefined;
      const outgoing = keys.map((key) => ({ topic, message: messageOf(key, sequence) }));
      while (!(await broker.publish(outgoing).then(() => true, expectUnavailable))) refused += 1;
      await cutting;
    }
    await eventually(() => received.ids().size === keys.length * 60);
    for (const key of keys) expect(received.firstsOf(key)).toEqual(Array.from({ length: 60 }, (_, sequence) => sequence));
    expect(refused).toBeLessThan(60);
    await broker.close();
    await expectDense(topic);
  });

  test('killed again and again, it has all that was acknowledged, and each group goes on in order', async () => {
    const { topic, group } = await declared('killed');
    const handled: (readonly [string, number])[] = [];
    let sent = -1;
    for (const lines of [40, 90, 150, 65, 200]) sent = Math.max(sent, await killedAfter(lines, [database.url, topic, group, String(sent + 1)], handled));
    expect(sent).toBeGreaterThan(0);

    const broker = await openPostgresBroker({ url: database.url });
    const subscription = await broker.subscribe({
      group,
      topics: [topic],
      handle: ({ message }) => Promise.resolve(void handled.push([message.key, Number(message.sequence)])),
    });
    await eventually(async () => (await subscription.lag()) === 0);
    await broker.close();
    for (const key of keys) {
      const firsts = [...new Set(handled.filter(([of]) => of === key).map(([, sequence]) => sequence))];
      expect(firsts).toEqual(firsts.map((_, index) => index));
      expect(firsts.length).toBeGreaterThan(sent);
    }
    await expectDense(topic);
  });

  test('prunes only what every group has had', async () => {
    const { topic, group } = await declared('pruned');
    const journal = await PostgresJournal.open({ url: database.url, recordsRetainedMax: 10 });
    await journal.prune();
    const broker = await InProcessBroker.open({ journal });
    const [quick, slow] = [collecting(), collecting()];
    await (await broker.subscribe({ group: `${group}-slow`, topics: [topic], handle: slow.handle })).stop();
    const subscription = await broker.subscribe({ group, topics: [topic], handle: quick.handle });
    const only = keys[0]!;
    await broker.publish(Array.from({ length: 100 }, (_, sequence) => ({ topic, message: messageOf(only, sequence) })));
    await eventually(async () => quick.ids().size === 100 && (await subscription.lag()) === 0);
    expect(await journal.prune()).toBe(0);
    const late = await broker.subscribe({ group: `${group}-slow`, topics: [topic], handle: slow.handle });
    await eventually(async () => slow.ids().size === 100 && (await late.lag()) === 0);
    await late.stop();
    await subscription.stop();
    expect(await journal.prune()).toBe(90);
    const fresh = collecting();
    await broker.subscribe({ group: `${group}-new`, topics: [topic], handle: fresh.handle });
    await eventually(() => fresh.ids().size === 10);
    expect(fresh.firstsOf(only)[0]).toBe(90);
    await broker.close();
  });
});

const keys = Array.from({ length: 8 }, (_, n) => `key-${n}`);

const declared = async (name: string): Promise<{ readonly topic: string; readonly group: string }> => {
  const [topic, group] = [`counting.${name}`, `reading-${name}`];
  const groups = [group, `${group}-slow`, `${group}-new`].map((each) => ({ group: each, topics: [topic] }));
  await declareTopics(database.url, withDeadLetterTopics([{ name: topic, partitions: 4 }], groups));
  return { topic, group };
};

const messageOf = (key: string, sequence: number): Message => ({
  id: `${key}-${sequence}`,
  type: 'counting.counted.v1',
  source: '/program-ledger/counting',
  subject: key,
  time: '2025-07-01T00:00:00.000Z',
  sequence: String(sequence),
  key,
  correlationid: 'correlation',
  causationid: 'cause',
  actor: 'person-1',
  data: { by: 1 },
});

const collecting = () => {
  const all: Message[] = [];
  return {
    handle: ({ message }: Delivery): Promise<void> => Promise.resolve(void all.push(message)),
    ids: (): ReadonlySet<string> => new Set(all.map(({ id }) => id)),
    firstsOf: (key: string): readonly number[] => [...new Set(all.filter((message) => message.key === key).map(({ sequence }) => Number(sequence)))],
  };
};

const expectUnavailable = (error: unknown): false => {
  expect(error).toBeInstanceOf(BrokerUnavailable);
  return false;
};

/** Runs a process that publishes and consumes, kills it after so many lines of its output, and answers the last sequence acknowledged. */
const killedAfter = async (lines: number, args: readonly string[], handled: (readonly [string, number])[]): Promise<number> => {
  const script = fileURLToPath(new URL('./testing/killed.mjs', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@program-ledger/source', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let [said, sent] = [0, -1];
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, first, second] = line.split(' ');
    if (what === 'sent') sent = Number(first);
    else handled.push([first!, Number(second)]);
    said += 1;
    if (said === lines) child.kill('SIGKILL');
  }
  return sent;
};

const onDatabase = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<readonly Row[]> => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
};

const cutConnections = () =>
  onDatabase(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'broker%'`);

/** No offset is missing or used twice. */
const expectDense = async (topic: string): Promise<void> => {
  const rows = await onDatabase<{ count: string; next: string }>(
    'select count(*), max(record_offset) + 1 as next from broker.records where topic = $1 group by partition',
    [topic],
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { count, next } of rows) expect(count).toBe(next);
};

const eventually = async (holds: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> => {
  const deadline = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
