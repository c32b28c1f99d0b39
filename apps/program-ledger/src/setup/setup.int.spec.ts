/* eslint-disable @nx/enforce-module-boundaries -- what the command does to a platform is seen on the platform */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { LogAccessDenied } from '@program-ledger/event-sourcing';
import { BrokerAccessDenied, type Message } from '@program-ledger/messaging';
import { services } from '@program-ledger/platform';
import { openPostgresBroker } from '@program-ledger/postgres-broker';
import { createEventStoreSchema, PostgresEventStore } from '@program-ledger/postgres-event-store';
import { topicsOf } from '@program-ledger/host';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { run } from '../commands.js';
import { sampleEvent } from '../testing/sample-log.js';
import { brokerRoleOf, categoriesOf, serviceNames, type ServiceName } from './access.js';

/* Names of roles are the whole server's, which other tests share: here each has a suffix. */

const suffix = randomUUID().slice(0, 8);
const secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
let log: TestDatabase;
let broker: TestDatabase;
let database: TestDatabase;
let admin: pg.Client;
const said: string[] = [];

const urlOf = (service: ServiceName, kind: 'log' | 'broker' | 'database'): string => readFileSync(join(secrets, `${service}-${kind}-url`), 'utf8');
const roleOf = (service: ServiceName): string => `${service.replaceAll('-', '_')}_${suffix}`;
const setUp = (...more: readonly string[]): Promise<void> =>
  run({ words: ['setup', 'postgres', '--secrets', secrets, ...more], environment: { LEDGER_ADMIN_URL: process.env['TEST_DATABASE_URL'] }, say: (line) => void said.push(line) });

beforeAll(async () => {
  [log, broker, database] = [await createTestDatabase('setup_log'), await createTestDatabase('setup_broker'), await createTestDatabase('setup_service')];
  admin = new pg.Client({ connectionString: log.url });
  await admin.connect();
  for (const service of serviceNames)
    for (const [kind, { url }] of Object.entries({ log, broker, database })) {
      const own = Object.assign(new URL(url), { username: roleOf(service), password: `secret-${service}` });
      if (kind === 'database') own.pathname = `${own.pathname}_${service.replaceAll('-', '_')}`;
      writeFileSync(join(secrets, `${service}-${kind}-url`), `${own.href}\n`);
    }
  // A log of an earlier version, with an event in it.
  await createEventStoreSchema(log.url);
  const before = await PostgresEventStore.open({ url: log.url });
  await before.append('programme-before', 'none', [sampleEvent(1)]);
  await before.close();
  await setUp('--declare', 'rehearsal');
}, 120_000);

afterAll(async () => {
  for (const service of serviceNames) await admin.query(`drop database if exists ${pg.escapeIdentifier(new URL(urlOf(service, 'database')).pathname.slice(1).trim())} with (force)`);
  await admin.end();
  await Promise.all([log.drop(), broker.drop(), database.drop()]);
  const last = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
  await last.connect();
  for (const service of serviceNames) await last.query(`drop role ${roleOf(service)}`);
  await last.end();
  rmSync(secrets, { recursive: true });
});

test('the lists of services, categories and topics are those of the services themselves', () => {
  expect([...serviceNames].sort()).toEqual(services.map(({ name }) => name).sort());
  for (const { name, aggregates, directory } of services) {
    const written = new Set([...aggregates, ...(directory === undefined ? [] : [directory.clock])].map(({ category }) => category));
    expect([...categoriesOf(name as ServiceName)].sort()).toEqual([...written].sort());
  }
  const written = serviceNames.flatMap((service) => brokerRoleOf(service, '').topics);
  expect([...written].sort()).toEqual(topicsOf(services).map(({ name }) => name).sort());
});

test('said again it changes nothing, and the log keeps its events and says what it is', async () => {
  const store = await PostgresEventStore.open({ url: log.url });
  const before = await store.head();
  await setUp('--declare', 'rehearsal');
  expect(before).toBe(2n);
  expect(await store.head()).toBe(before);
  await store.close();
  await expect(setUp('--declare', 'production')).rejects.toThrow('production is never made out of one');
});

describe.each(serviceNames)('%s, by its own URL', (service) => {
  const foreign = serviceNames.filter((other) => other !== service).flatMap(categoriesOf);

  test('appends to its own categories and to no other', async () => {
    const store = await PostgresEventStore.open({ url: urlOf(service, 'log').trim() });
    for (const category of categoriesOf(service)) expect(await store.append(`${category}-${randomUUID()}`, 'none', [sampleEvent(2)])).toMatchObject({ status: 'appended' });
    for (const category of [...foreign, 'instance', 'unheard']) await expect(store.append(`${category}-${randomUUID()}`, 'none', [sampleEvent(3)])).rejects.toThrow(LogAccessDenied);
    await store.close();
  });

  test.each([
    `insert into event_store.events select * from event_store.events limit 1`,
    `update event_store.events set data = 'changed'`,
    'delete from event_store.events',
    'truncate event_store.events',
    'alter table event_store.events alter column data drop not null',
    `insert into event_store.category_owner values (session_user, 'instance')`,
    'select from event_store.turn for update',
    'drop table event_store.events',
    `create or replace function event_store.position_at(_instant bigint) returns bigint language sql as 'select 0'`,
    'create table event_store.mine (one integer)',
    'create table public.mine (one integer)',
    'create temporary table mine (one integer)',
    'create schema mine',
    'create database mine',
    'create role mine',
    'alter role current_user bypassrls',
    `set role ${new URL(process.env['TEST_DATABASE_URL'] ?? '').username}`,
    `copy event_store.events from program 'true'`,
  ])('cannot go round the append: %s', async (statement) => {
    const client = new pg.Client({ connectionString: urlOf(service, 'log').trim() });
    await client.connect();
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  test('publishes to its own topics and to no other, and joins no foreign group', async () => {
    const { topics, groups } = brokerRoleOf(service, '');
    const carrier = await openPostgresBroker({ url: urlOf(service, 'broker').trim() });
    const outgoing = (topic: string) => [{ topic, message: messageOf() }];
    for (const topic of topics.slice(0, 3)) await carrier.publish(outgoing(topic));
    const others = serviceNames.filter((other) => other !== service).map((other) => brokerRoleOf(other, ''));
    for (const topic of others.flatMap((other) => other.topics.slice(0, 2))) await expect(carrier.publish(outgoing(topic))).rejects.toThrow(BrokerAccessDenied);
    for (const group of others.flatMap((other) => other.groups)) expect(groups).not.toContain(group);
    await carrier.close();
  });

  test('reaches the database of no other service', async () => {
    for (const other of serviceNames.filter((each) => each !== service)) {
      const url = Object.assign(new URL(urlOf(other, 'database').trim()), { username: roleOf(service), password: `secret-${service}` });
      await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toMatchObject({ code: '42501' });
    }
    const own = new pg.Client({ connectionString: urlOf(service, 'database').trim() });
    await own.connect();
    await own.query('create table mine (one integer)');
    await own.end();
  });
});

const messageOf = (): Message => {
  const id = randomUUID();
  const envelope = { id, type: 'review.stage-decided.v1', source: '/program-ledger/review', subject: 'decision-1', time: '2025-10-31T00:00:00.000Z', sequence: '0', key: id };
  return { ...envelope, correlationid: id, causationid: id, actor: 'service:review', data: { at: '2025-10-31T00:00:00.000Z' } };
};

describe('setting up', () => {
  test('refuses a service that would be a superuser, one log in two places, and secrets that are not there', async () => {
    const other = mkdtempSync(join(tmpdir(), 'secrets-'));
    const setUpOther = () => run({ words: ['setup', 'postgres', '--secrets', other], environment: { LEDGER_ADMIN_URL: process.env['TEST_DATABASE_URL'] }, say: () => undefined });
    writeFileSync(join(other, 'review-log-url'), log.url);
    await expect(setUpOther()).rejects.toThrow('is a superuser of this server');
    writeFileSync(join(other, 'review-log-url'), urlOf('review', 'log'));
    writeFileSync(join(other, 'funding-log-url'), urlOf('funding', 'broker'));
    await expect(setUpOther()).rejects.toThrow('All services share one log');
    writeFileSync(join(other, 'funding-log-url'), 'postgres://127.0.0.1/log');
    await expect(setUpOther()).rejects.toThrow('says no user');
    rmSync(other, { recursive: true });
    await expect(setUpOther()).rejects.toThrow('is not there');
  });

  test('makes the files of services once, for their owner’s eyes only', async () => {
    const { makePostgresSecrets } = await import('./secrets.js');
    const made = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'made');
    const files = makePostgresSecrets(made, 'postgres://admin:word@server:5432/postgres');
    expect(files).toHaveLength(15);
    expect(makePostgresSecrets(made, 'postgres://admin:word@server:5432/postgres')).toEqual([]);
    for (const file of files) expect(statSync(file).mode & 0o077).toBe(0);
    const passwords = ['database', 'log', 'broker'].map((kind) => new URL(readFileSync(join(made, `gpu-grants-${kind}-url`), 'utf8')).password);
    expect(new Set(passwords).size).toBe(1);
    expect(readFileSync(join(made, 'gpu-grants-log-url'), 'utf8')).toMatch(/^postgres:\/\/ledger_gpu_grants:.+@server:5432\/ledger_log$/);
  });
});
