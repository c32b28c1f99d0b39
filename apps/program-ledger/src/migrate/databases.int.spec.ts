import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { sha256, type RecordedEvent } from '@program-ledger/event-sourcing';
import { startDouble } from '@program-ledger/eventstoredb/testing';
import { createEventStoreSchema, PostgresEventStore } from '@program-ledger/postgres-event-store';
import { openServiceDatabase } from '@program-ledger/read-models';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { databaseOf, serviceNames } from '../setup/access.js';
import { untilAlone } from '../testing/alone.js';
import { command } from '../testing/command.js';
import { fillLog } from '../testing/sample-log.js';
import { databaseAt } from './ends.js';
import { eventsOf } from './events.js';
import { migrate } from './migrate.js';

/* A server of its own: the databases of services have the names that they have everywhere. */

const directory = mkdtempSync(join(tmpdir(), 'moving-databases-'));
chmodSync(directory, 0o755);
let server: EmbeddedPostgres;
let double: Awaited<ReturnType<typeof startDouble>>;
const log: RecordedEvent[] = [];
const urlOf = (database: string): string => databaseAt(server.url, database);

const onDatabase = async <Answer>(database: string, work: (client: pg.Client) => Promise<Answer>): Promise<Answer> => {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  return work(client).finally(() => client.end());
};

beforeAll(async () => {
  server = await startEmbeddedPostgres({ directory: join(directory, 'postgres') });
  await onDatabase('postgres', (client) => client.query('create database ledger_log'));
  await createEventStoreSchema(urlOf('ledger_log'));
  const store = await PostgresEventStore.open({ url: urlOf('ledger_log') });
  await fillLog(store, 60);
  for await (const event of eventsOf(store)) log.push(event);
  await store.close();
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Databases that have followed the log to its end. Their commits take a while, so that a process can be killed in one. */
const followed = async (): Promise<void> => {
  for (const service of serviceNames) {
    const name = databaseOf(service);
    await onDatabase('postgres', (client) => client.query(`drop database if exists ${name} with (force)`));
    await onDatabase('postgres', (client) => client.query(`create database ${name}`));
    await (await openServiceDatabase({ url: urlOf(name), service, views: [], migrations: [] })).destroy();
    await onDatabase(name, async (client) => {
      await client.query(`insert into checkpoints (name, position, epoch) values ('views', ${log.length}, 1)`);
      await client.query(`create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.4); return null; end'`);
      await client.query('create constraint trigger slow after update on checkpoints deferrable initially deferred for each row execute function slow()');
      if (service === 'audit-ledger') await index(client);
    });
  }
};

const index = async (client: pg.Client): Promise<void> => {
  await client.query('create table ledger_event (position bigint primary key, stream text, revision integer, event_id uuid, type text, data_digest text)');
  await client.query('create table ledger_mention (entity uuid, position bigint)');
  for (const { position, stream, revision, id, type, data } of log)
    await client.query('insert into ledger_event values ($1, $2, $3, $4, $5, $6)', [String(position), stream, revision, id, type, sha256(data)]);
};

beforeEach(async () => {
  await followed();
  double = await startDouble();
}, 120_000);
afterEach(() => double.close());

type State = { readonly service: string; readonly position: string; readonly generation: number };

const stateOf = (): Promise<readonly State[]> =>
  Promise.all(
    serviceNames.map((service) => onDatabase(databaseOf(service), async (client) => ({ service, ...(await client.query<{ position: string; generation: number }>('select position, generation from checkpoints')).rows[0]! }))),
  );

const indexedIn = () => onDatabase(databaseOf('audit-ledger'), async (client) => (await client.query<{ position: string; id: string }>('select position, event_id as id from ledger_event order by 1')).rows);

test('a move of databases that is killed (-9) in and between their commits is whole in the end, each moved once', async () => {
  const before = await stateOf();
  let [output, kills] = ['', 0];
  // The server ends a commit that it was asked for also when who asked is dead: the next run finds that database moved.
  for (const line of [/of the digest sha256/, /applications: positions moved( before)?$/m, /gpu-grants: positions moved( before)?$/m, undefined]) {
    const running = command('--from', urlOf('ledger_log'), '--to', double.url, '--databases', server.url);
    if (line !== undefined && (await running.said(line)) && running.kill()) kills += 1;
    const { code, output: last } = await running.ended;
    output = last;
    expect(code).toBe(line === undefined ? 0 : null);
    for (const database of ['ledger_log', ...serviceNames.map(databaseOf)]) await untilAlone(urlOf(database));
    if (kills === 1) expect((await stateOf()).slice(1)).toEqual(before.slice(1));
  }
  expect(kills).toBe(3);
  expect(output).toMatch(/applications: positions moved before\n[^]*audit-ledger: positions moved\n/);
  const { ends } = (await moved()).verified!;
  expect(await stateOf()).toEqual(before.map(({ service }) => ({ service, position: String(ends[1]), generation: 1 })));
  const indexed = await indexedIn();
  expect(indexed.map(({ id }) => id)).toEqual(log.map(({ id }) => id));
  expect(indexed.at(-1)!.position).toBe(String(ends[1]));
}, 240_000);

const moved = (dryRun = false) =>
  migrate({ from: { at: urlOf('ledger_log') }, to: { at: double.url }, mode: 'rehearsal', databases: server.url, dryRun, say: () => undefined });

test('the database of another log, found last, leaves no other moved; a dry run finds it too', async () => {
  const before = await stateOf();
  await onDatabase(databaseOf('audit-ledger'), (client) => client.query('update ledger_event set event_id = gen_random_uuid() where position = (select max(position) from ledger_event)'));
  for (const dryRun of [true, false]) {
    await expect(moved(dryRun)).rejects.toThrow(/The database of audit-ledger does not go with the source: .* the id differs\. Nothing was changed in any of them\./);
    expect(await stateOf()).toEqual(before);
  }
}, 120_000);

test('a dry run looks at databases before there is a copy, and when they have been moved, and moves none', async () => {
  const before = await stateOf();
  expect(await moved(true)).toMatchObject({ copied: log.length, verified: null });
  expect(await stateOf()).toEqual(before);
  expect(await moved()).toMatchObject({ copied: log.length });
  const after = await stateOf();
  expect(after).not.toEqual(before);
  expect(await moved(true)).toMatchObject({ found: log.length, copied: 0, verified: { events: log.length } });
  expect(await stateOf()).toEqual(after);
}, 120_000);
