import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { BrokerAccessDenied, PermanentFailure, withDeadLetterTopics, type Delivery, type InProcessBroker, type Message } from '@program-ledger/messaging';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createBrokerSchema, declareTopics, grantBrokerAccess, openPostgresBroker } from './index.js';

let database: TestDatabase;
let owner: pg.Client;
let suffix: string;
const stops: (() => Promise<unknown>)[] = [];
const roles = ['review', 'funding', 'strangers'] as const;
type Name = (typeof roles)[number];
const named = (name: Name): string => `${name}_${suffix}`;
const urlOf = (name: Name): string => Object.assign(new URL(database.url), { username: named(name), password: 'secret' }).href;

beforeEach(async () => {
  database = await createTestDatabase('broker_access');
  suffix = randomUUID().slice(0, 8);
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  for (const name of roles) await owner.query(`create role ${named(name)} login password 'secret'`);
  await createBrokerSchema(database.url);
  const declared = ['review.decision', 'funding.agreement'].map((name) => ({ name, partitions: 2 }));
  await declareTopics(
    database.url,
    withDeadLetterTopics(declared, [
      { group: 'funding', topics: ['review.decision'] },
      { group: 'review', topics: ['funding.agreement', 'review.decision'] },
    ]),
  );
  await grantBrokerAccess(database.url, [
    { role: named('review'), topics: ['review.decision', 'funding.agreement.review.dlt', 'review.decision.review.dlt'], groups: ['review'] },
    { role: named('funding'), topics: ['funding.agreement', 'review.decision.funding.dlt'], groups: ['funding'] },
  ]);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  for (const name of roles) await owner.query(`drop owned by ${named(name)}; drop role ${named(name)}`);
  await owner.end();
  await database.drop();
});

const open = async (name: Name): Promise<InProcessBroker> => {
  const broker = await openPostgresBroker({ url: urlOf(name) });
  stops.push(() => broker.close());
  return broker;
};

const messageOf = (type: string, sequence = 0): Message => {
  const [id, key] = [randomUUID(), `decision-${randomUUID()}`];
  const envelope = { id, type, source: '/program-ledger/review', subject: key, time: '2025-10-31T00:00:00.000Z', sequence: String(sequence), key };
  return { ...envelope, correlationid: id, causationid: id, actor: 'service:review', data: { at: '2025-10-31T00:00:00.000Z' } };
};
const outgoing = (topic: string) => ({ topic, message: messageOf('review.stage-decided.v1') });

describe('a role of one service', () => {
  test('publishes to its own topics, and what it may not publish is refused to it alone', async () => {
    const broker = await open('review');
    const answers = await Promise.allSettled(['review.decision', 'funding.agreement', 'review.decision'].map((topic) => broker.publish([outgoing(topic)])));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { name: 'BrokerAccessDenied' } });
  });

  test('takes messages of others, commits its own positions and parks its own letters', async () => {
    const review = await open('review');
    await review.publish([outgoing('review.decision'), outgoing('review.decision')]);
    await review.close();
    const funding = await open('funding');
    const taken: Delivery[] = [];
    const handle = (delivery: Delivery): Promise<void> => {
      taken.push(delivery);
      return taken.length === 1 ? Promise.reject(new PermanentFailure('no-agreement', 'there is none')) : Promise.resolve();
    };
    const subscription = await funding.subscribe({ group: 'funding', topics: ['review.decision'], handle });
    while (taken.length < 2 || (await subscription.lag()) > 0) await sleep(10);
    expect(await funding.list('funding')).toMatchObject([{ cause: { code: 'no-agreement' } }]);
    await funding.close();
    const { rows } = await owner.query('select consumer_group, sum(next)::integer as next from broker.positions group by 1');
    expect(rows).toEqual([{ consumer_group: 'funding', next: 2 }]);
  });

  test('cannot join a foreign group, and its own messages still go out beside the attempt', async () => {
    const review = await open('review');
    const joining = review.subscribe({ group: 'funding', topics: ['review.decision'], handle: () => Promise.resolve() });
    const publishing = review.publish([outgoing('review.decision')]);
    await expect(joining).rejects.toThrow(BrokerAccessDenied);
    await publishing;
    const { rows } = await owner.query('select * from broker.positions');
    expect(rows).toEqual([]);
  });

  test.each([
    `insert into broker.topics values ('review.more', 1)`,
    `insert into broker.records values ('funding.agreement', 0, 0, 'k', '{}', '{}')`,
    `insert into broker.positions values ('funding', 'review.decision', 0, 99)`,
    `insert into broker.letters values ('funding', 'review.decision', 0, 0, 'k', '{}', '{}', 'c', 'm', false)`,
    `update broker.records set value = 'changed'`,
    'truncate broker.records',
    'delete from broker.positions',
    `insert into broker.topic_writer values (session_user, 'funding.agreement')`,
    'alter table broker.records disable row level security',
    'drop policy writers_publish on broker.records',
    'drop table broker.topics',
  ])('is refused by the server: %s', async (statement) => {
    const client = new pg.Client({ connectionString: urlOf('review') });
    await client.connect();
    stops.push(() => client.end());
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test('finds nothing of others to change where the server answers with no rows', async () => {
    await owner.query(`insert into broker.positions values ('funding', 'review.decision', 0, 7)`);
    await owner.query(`insert into broker.letters values ('funding', 'review.decision', 0, 0, 'k', '{}', '{}', 'c', 'm', false)`);
    await owner.query(`insert into broker.records values ('funding.agreement', 0, 0, 'k', '{}', '{}')`);
    const client = new pg.Client({ connectionString: urlOf('review') });
    await client.connect();
    stops.push(() => client.end());
    for (const statement of ['update broker.positions set next = 0', 'update broker.letters set redriving = true', 'delete from broker.letters', 'delete from broker.records'])
      expect((await client.query(statement)).rowCount).toBe(0);
  });
});

describe('granting', () => {
  test('is for topics that are there, and said again it is what was said last', async () => {
    await expect(grantBrokerAccess(database.url, [{ role: named('review'), topics: ['review.unknown'], groups: [] }])).rejects.toThrow('foreign key');
    await grantBrokerAccess(database.url, [{ role: named('review'), topics: [], groups: [] }]);
    await expect((await open('review')).publish([outgoing('review.decision')])).rejects.toThrow(BrokerAccessDenied);
  });

  test('leaves out who was not named', async () => {
    await expect(openPostgresBroker({ url: urlOf('strangers') })).rejects.toThrow(BrokerAccessDenied);
  });
});
