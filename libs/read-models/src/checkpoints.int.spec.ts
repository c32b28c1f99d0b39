import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { Fenced } from '@program-ledger/messaging';
import pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { PostgresCheckpoints, PostgresInbox } from './checkpoints.js';
import { openServiceDatabase, readModelMigration, viewsMigration } from './service-database.js';
import { driftOf, schemaOf } from './testing/index.js';
import { grantsView, teamsView } from './testing/sample-grants.js';

let at: TestDatabase;
const opened: { close: () => Promise<void> }[] = [];
const open = async (): Promise<DataSource> => {
  const views = [grantsView(), teamsView];
  const database = await openServiceDatabase({ url: at.url, service: 'test', views, migrations: [viewsMigration('Sample', 3, views), readModelMigration] });
  opened.push({ close: () => database.destroy() });
  return database;
};
const openCheckpoints = async (): Promise<PostgresCheckpoints> => {
  const database = await open();
  const checkpoints = new PostgresCheckpoints(database);
  opened.push(checkpoints);
  return checkpoints;
};

beforeEach(async () => {
  at = await createTestDatabase('checkpoints');
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
  await at.drop();
});

describe('a lease', () => {
  test('is held by one, who finds the position where the last one left it', async () => {
    const [one, other] = [await openCheckpoints(), await openCheckpoints()];
    const lease = await one.acquire('relay');
    expect(lease).toEqual({ name: 'relay', position: 0n, epoch: 1 });
    await one.advance(lease, 5n);
    await one.advance(lease, 7n);
    const waiting = other.acquire('relay');
    await one.release(lease);
    expect(await waiting).toEqual({ name: 'relay', position: 7n, epoch: 2 });
  });

  test('is waited for until the signal aborts', async () => {
    const [one, other] = [await openCheckpoints(), await openCheckpoints()];
    await one.acquire('relay');
    await expect(other.acquire('relay', AbortSignal.timeout(300))).rejects.toThrow();
    await expect(one.acquire('relay', AbortSignal.timeout(300))).rejects.toThrow();
    expect(await one.acquire('another')).toMatchObject({ epoch: 1 });
  });

  test('goes to one of two who ask at once on the same connection', async () => {
    const checkpoints = await openCheckpoints();
    const signal = AbortSignal.timeout(500);
    const asked = await Promise.allSettled([checkpoints.acquire('relay', signal), checkpoints.acquire('relay', signal)]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('goes to another when its holder is cut off, and the old holder moves nothing any more', async () => {
    const [one, other] = [await openCheckpoints(), await openCheckpoints()];
    const lease = await one.acquire('relay');
    await one.advance(lease, 5n);
    const client = new pg.Client({ connectionString: at.url });
    await client.connect();
    await client.query(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`,
    );
    await client.end();
    const taken = await other.acquire('relay');
    await expect(one.advance(lease, 6n)).rejects.toThrow(Fenced);
    await other.advance(taken, 9n);
    await expect(other.advance(taken, 8n)).rejects.toThrow(Fenced);
    await one.release(lease);
    await other.release(taken);
    expect(await one.acquire('relay')).toEqual({ name: 'relay', position: 9n, epoch: 3 });
  });
});

describe('an effect', () => {
  const write = (what: string) => async (transaction: EntityManager) => {
    await transaction.query(`insert into checkpoints (name, position, epoch) values ($1, 0, 0)`, [what]);
  };

  test('is applied once a message and group', async () => {
    const inbox = new PostgresInbox(await open());
    expect(await inbox.once('a', 'm1', write('first'))).toBe('done');
    expect(await inbox.once('a', 'm1', write('first'))).toBe('repeated');
    expect(await inbox.once('b', 'm1', write('second'))).toBe('done');
  });

  test('that fails leaves no trace and is applied when the message comes again', async () => {
    const database = await open();
    const inbox = new PostgresInbox(database);
    const failing = async (transaction: EntityManager): Promise<void> => {
      await write('half')(transaction);
      throw new Error('cut');
    };
    await expect(inbox.once('a', 'm1', failing)).rejects.toThrow('cut');
    expect(await database.query('select 1 from checkpoints')).toEqual([]);
    expect(await inbox.once('a', 'm1', write('whole'))).toBe('done');
  });

  test('is applied once by two who are handed the message at the same time', async () => {
    const [one, other] = [new PostgresInbox(await open()), new PostgresInbox(await open())];
    const slowly = async (transaction: EntityManager): Promise<void> => {
      await write('once')(transaction);
      await transaction.query('select pg_sleep(0.1)');
    };
    expect((await Promise.all([one.once('a', 'm1', slowly), other.once('a', 'm1', slowly)])).sort()).toEqual(['done', 'repeated']);
  });
});

describe('the database of a service', () => {
  test('is what its entities say', async () => {
    expect(await driftOf(await open())).toEqual([]);
  });

  test('has this schema', async () => {
    expect(await schemaOf(await open())).toBe(`checkpoints
  name text collate "C" not null
  position bigint not null
  epoch integer not null
  generation integer not null

command_register
  command_id uuid not null
  command_digest text collate "C" not null
  stream text collate "C" not null
  quiet boolean not null
  since timestamp with time zone not null
  expires_at timestamp with time zone not null

inbox
  consumer text collate "C" not null
  message_id text collate "C" not null
  expires_at timestamp with time zone not null

parked_streams
  view text collate "C" not null
  stream text collate "C" not null
  revision integer not null
  position bigint not null
  event_type text collate "C" not null
  reason text collate "C" not null

sample_grants
  key text collate "C" not null
  valid_from bigint not null
  valid_to bigint
  revision integer not null
  at_from text collate "C"
  programme_id uuid not null
  team text collate "C" not null
  gpus integer not null
  delivered_at text collate "C"
  notes json not null

sample_teams
  key text collate "C" not null
  valid_from bigint not null
  valid_to bigint
  revision integer not null
  at_from text collate "C"
  programme_id uuid not null
  grants integer not null
  gpus bigint not null

view_states
  view text collate "C" not null
  fingerprint text collate "C" not null

CREATE UNIQUE INDEX checkpoints_pk ON public.checkpoints USING btree (name)
CREATE INDEX command_register_expires ON public.command_register USING brin (expires_at)
CREATE UNIQUE INDEX command_register_pk ON public.command_register USING btree (command_id)
CREATE UNIQUE INDEX inbox_pk ON public.inbox USING btree (consumer, message_id)
CREATE UNIQUE INDEX parked_streams_pk ON public.parked_streams USING btree (view, stream)
CREATE INDEX sample_grants_by1 ON public.sample_grants USING btree (programme_id, team, key)
CREATE UNIQUE INDEX sample_grants_live ON public.sample_grants USING btree (key) WHERE (valid_to IS NULL)
CREATE UNIQUE INDEX sample_grants_pk ON public.sample_grants USING btree (key, valid_from)
CREATE INDEX sample_grants_time ON public.sample_grants USING btree (programme_id, at_from, valid_from)
CREATE UNIQUE INDEX sample_teams_live ON public.sample_teams USING btree (key) WHERE (valid_to IS NULL)
CREATE UNIQUE INDEX sample_teams_pk ON public.sample_teams USING btree (key, valid_from)
CREATE INDEX sample_teams_time ON public.sample_teams USING btree (programme_id, at_from, valid_from)
CREATE UNIQUE INDEX view_states_pk ON public.view_states USING btree (view)
`);
  });

  test('opens a second time without migrating again', async () => {
    const before = await schemaOf(await open());
    expect(await schemaOf(await open())).toBe(before);
  });
});
