import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { LogAccessDenied, type ProposedEvent } from '@program-ledger/event-sourcing';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createEventStoreSchema, grantLogAccess, PostgresEventStore, type LogRole } from './index.js';

let database: TestDatabase;
let owner: pg.Client;
let suffix: string;
const stops: (() => Promise<unknown>)[] = [];
const roles = ['grants', 'reviews', 'readers', 'strangers'] as const;
type Name = (typeof roles)[number];
const named = (name: Name): string => `${name}_${suffix}`;

beforeEach(async () => {
  database = await createTestDatabase('log_access');
  suffix = randomUUID().slice(0, 8);
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  for (const name of roles) await owner.query(`create role ${named(name)} login password 'secret'`);
  await createEventStoreSchema(database.url);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  for (const name of roles) await owner.query(`drop owned by ${named(name)}; drop role ${named(name)}`);
  await owner.end();
  await database.drop();
});

const event = (): ProposedEvent => ({ id: randomUUID(), type: 'noted', data: '{}', metadata: '{}', recordedAt: '2025-10-31T00:00:00.000Z' });
const newStream = (category: string): string => `${category}-${randomUUID()}`;
const urlOf = (name: Name): string => Object.assign(new URL(database.url), { username: named(name), password: 'secret' }).href;

const open = async (url: string): Promise<PostgresEventStore> => {
  const store = await PostgresEventStore.open({ url });
  stops.push(() => store.close());
  return store;
};
const connected = async (name: Name): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: urlOf(name) });
  await client.connect();
  stops.push(() => client.end());
  return client;
};

const grants = (): readonly LogRole[] => [
  { role: named('grants'), categories: ['grant', 'pool'] },
  { role: named('reviews'), categories: ['panel'] },
  { role: named('readers'), categories: [] },
];

describe('a role that owns categories', () => {
  test('appends to them, and what it may not append is refused to it alone', async () => {
    await grantLogAccess(database.url, grants());
    const service = await open(urlOf('grants'));
    const asked = ['grant', 'panel', 'pool', 'grantee'].map((category) => service.append(newStream(category), 'none', [event()]));
    const answers = await Promise.allSettled(asked);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    const [, foreign] = answers;
    expect(foreign).toMatchObject({ reason: { name: 'LogAccessDenied', message: `the category of a stream does not belong to the role ${named('grants')}` } });
    expect(await service.head()).toBe(2n);
  });

  test('reads the whole log, and follows what others write', async () => {
    await grantLogAccess(database.url, grants());
    const [writer, reader] = [await open(urlOf('reviews')), await open(urlOf('grants'))];
    const stream = newStream('panel');
    const first = (async () => {
      for await (const message of reader.subscribe({ after: 0n, signal: AbortSignal.timeout(20_000) })) if (message.kind === 'events') return message.events[0]?.stream;
      return undefined;
    })();
    await writer.append(stream, 'none', [event()]);
    expect(await first).toBe(stream);
    expect(await reader.positionAt('2026-01-01T00:00:00.000Z')).toBe(1n);
  });

  test.each([
    `insert into event_store.events values (9, 'grant-1', 0, gen_random_uuid(), 'noted', '{}', '{}', 0, 0)`,
    `update event_store.events set data = 'changed'`,
    'delete from event_store.events',
    'truncate event_store.events',
    'alter table event_store.events add column more text',
    'drop table event_store.events',
    'alter table event_store.events disable trigger all',
    'begin; lock table event_store.events in access exclusive mode',
    'select from event_store.turn for update',
    'delete from event_store.turn',
    'update event_store.format set version = 9',
    'select * from event_store.category_owner',
    `insert into event_store.category_owner values (session_user, 'panel')`,
    'create table event_store.mine (one integer)',
    `create or replace function event_store.position_at(_instant bigint) returns bigint language sql as 'select 0::bigint'`,
    'alter function event_store.append security invoker',
    'drop schema event_store cascade',
  ])('is refused by the server: %s', async (statement) => {
    await grantLogAccess(database.url, grants());
    await (await open(urlOf('grants'))).append(newStream('grant'), 'none', [event()]);
    await expect((await connected('grants')).query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test('cannot give itself another name for the function to ask about', async () => {
    await grantLogAccess(database.url, grants());
    const service = await connected('grants');
    for (const statement of [`set session authorization ${named('reviews')}`, `set role ${named('reviews')}`]) await expect(service.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test('has another set of them after the next grant', async () => {
    await grantLogAccess(database.url, grants());
    await grantLogAccess(database.url, [{ role: named('grants'), categories: ['panel'] }]);
    const service = await open(urlOf('grants'));
    await expect(service.append(newStream('grant'), 'none', [event()])).rejects.toThrow(LogAccessDenied);
    expect(await service.append(newStream('panel'), 'none', [event()])).toMatchObject({ status: 'appended' });
  });
});

describe('a role without categories', () => {
  test('reads, and appends nothing', async () => {
    await grantLogAccess(database.url, grants());
    const reader = await open(urlOf('readers'));
    expect(await reader.head()).toBe(0n);
    await expect(reader.append(newStream('grant'), 'none', [event()])).rejects.toThrow(LogAccessDenied);
  });
});

describe('a role that nobody has named', () => {
  test('cannot even open the log, also one made when functions were everybody’s', async () => {
    await expect(PostgresEventStore.open({ url: urlOf('strangers') })).rejects.toThrow(LogAccessDenied);
    await owner.query('grant usage on schema event_store to public');
    await grantLogAccess(database.url, grants());
    await expect((await connected('strangers')).query('select event_store.position_at(0)')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('granting', () => {
  test('keeps the events of a log that is there, and its owner appends to everything', async () => {
    const before = await open(database.url);
    await before.append(newStream('grant'), 'none', [event()]);
    await grantLogAccess(database.url, grants());
    expect(await before.append(newStream('panel'), 'none', [event()])).toMatchObject({ position: 2n });
  });

  test('gives nothing when one of the roles is unknown, or a category is no category', async () => {
    await expect(grantLogAccess(database.url, [...grants(), { role: `nobody_${suffix}`, categories: [] }])).rejects.toThrow('does not exist');
    await expect(grantLogAccess(database.url, [{ role: named('grants'), categories: ['grant-1'] }])).rejects.toThrow('is no category');
    await expect(PostgresEventStore.open({ url: urlOf('grants') })).rejects.toThrow(LogAccessDenied);
  });
});
