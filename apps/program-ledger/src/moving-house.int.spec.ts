/* eslint-disable @nx/enforce-module-boundaries -- what the command does to a platform is seen on the platform */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { createTestDatabase } from '@program-ledger/embedded-postgres/testing';
import { EventStore } from '@program-ledger/event-sourcing';
import { startDouble } from '@program-ledger/eventstoredb/testing';
import { Client, stageFor, stories, type Captured } from '@program-ledger/journeys';
import { readPlatformSettings, startPlatform, type Platform } from '@program-ledger/platform';
import { createEventStoreSchema } from '@program-ledger/postgres-event-store';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ownColumns } from './migrate/databases.js';
import { openSource, openTarget } from './migrate/ends.js';
import { pairsOf } from './migrate/events.js';
import { migrate } from './migrate/migrate.js';

/* A story is played on the embedded platform, its log moves to another engine, and the platform goes on there. */

const root = mkdtempSync(join(tmpdir(), 'moving-house-'));
chmodSync(root, 0o755);
const directoryOf = (name: string): string => join(root, name);
const said: string[] = [];
const say = (line: string): void => void said.push(line);
let captured: readonly Captured[];
let issuerPort: number;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const stops: (() => Promise<unknown>)[] = [];
const stopped = async (): Promise<void> => {
  for (const stop of stops.splice(0).reverse()) await stop();
};
afterEach(stopped);

const start = async (name: string, more: Record<string, string> = {}): Promise<Platform> => {
  const wanted = { LEDGER_DATA: directoryOf(name), LEDGER_PORT: '0', LEDGER_DEVELOPMENT_ISSUER_PORT: String(issuerPort), LEDGER_LOG_LEVEL: 'silent', ...more };
  const platform = await startPlatform(readPlatformSettings(wanted), { environment: {} });
  stops.push(() => platform.stop());
  return platform;
};

const headOf = ({ process: { app } }: Platform): Promise<bigint> => app.nest.get<EventStore>(EventStore, { strict: false }).head();

const clientOf = ({ url, issuerUrl }: Platform, run: string): Client => new Client({ api: url, issuer: issuerUrl ?? '' }, run);

beforeAll(async () => {
  issuerPort = await freePort();
  const platform = await start('before');
  const client = clientOf(platform, 'moving');
  await stories['second-chance']!.play(stageFor(client, 'moving', 'en', () => undefined));
  captured = [...new Map(client.captured.map((one) => [`${one.person.subject} ${one.path} ${one.position}`, one])).values()];
  await quiet(platform);
  await stopped();
}, 300_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Waits until everything that was published has been taken, so that what comes afterwards is of the move. */
const quiet = async (platform: Platform): Promise<void> => {
  for (let still = 0; still < 10; ) {
    const report = (await (await fetch(`${platform.url}/health/ready`)).json()) as object;
    still = /"(lag|lagSeconds|messages)":[1-9]/.test(JSON.stringify(report)) ? 0 : still + 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

type Carried = { readonly records: number; readonly letters: number; readonly inbox: number };

/** How many messages the broker of a platform carries, and how many effects its services have noted. */
const carriedIn = async (name: string): Promise<Carried> => {
  const server = await startEmbeddedPostgres({ directory: join(directoryOf(name), 'postgres') });
  const count = async (database: string, table: string): Promise<number> => {
    const client = new pg.Client({ connectionString: Object.assign(new URL(server.url), { pathname: `/${database}` }).href });
    await client.connect();
    const { rows } = await client.query<{ count: number }>(`select count(*)::integer as count from ${table}`);
    await client.end();
    return rows[0]!.count;
  };
  try {
    const inboxes = await Promise.all(['applications', 'review', 'gpu_grants', 'funding'].map((service) => count(`ledger_${service}`, 'inbox')));
    return { records: await count('ledger_broker', 'broker.records'), letters: await count('ledger_broker', 'broker.letters'), inbox: inboxes.reduce((sum, each) => sum + each, 0) };
  } finally {
    await server.stop();
  }
};

/** Positions as texts, in bodies and headers, are the one thing that a move changes. */
const placesOf = async (name: string, url: string): Promise<ReadonlyMap<string, string>> => {
  const [source, target] = [await openSource({ at: directoryOf(name) }, say), await openTarget({ at: url })];
  const places = new Map<string, string>();
  for await (const { event, there } of pairsOf(source.store, target.store, await source.store.head())) places.set(String(event.position), String(there));
  await target.close();
  await source.close();
  return places;
};
const moved = (body: string, places: ReadonlyMap<string, string>): string => body.replace(/"(position|headPosition|next)":"(\d+)"/g, (_, name: string, at: string) => `"${name}":"${places.get(at) ?? at}"`);

/** A new programme, and a role in it: a command, its publication, and an effect in each of the other services. */
const everyServiceHears = async (client: Client): Promise<void> => {
  const administrator = { subject: 'next.administrator', name: 'Next', roles: ['administrator'] };
  const chair = { subject: 'next.chair', name: 'Chair', roles: [] };
  const title = { ko: '이사 뒤의 사업', en: 'After the move' };
  const { id } = await client.post(administrator, '/applications/programmes', { title, timeZone: 'Asia/Seoul', startsAt: '2027-03-01T00:00:00.000Z', provenance: 'invented' });
  await client.post(administrator, `/applications/programmes/${id}/roles`, { subject: chair.subject, role: 'committee-member' });
  for (const service of ['applications', 'review', 'gpu-grants', 'funding'])
    await client.until<{ readonly roles: readonly string[] }>(chair, `/${service}/programmes/${id}/roles/mine`, ({ roles }) => roles.includes('committee-member'), `${service} to hear of the role`);
};

/** Moves a copy of the platform's directory to a log, goes on there, and holds it against what was before. */
const moves = async (name: string, url: string): Promise<void> => {
  execFileSync('cp', ['-a', directoryOf('before'), directoryOf(name)]);
  const before = await carriedIn(name);
  const move = () => migrate({ from: { at: directoryOf(name) }, to: { at: url }, mode: 'rehearsal', databases: directoryOf(name), dryRun: false, say });
  const { verified, copied } = await move();
  expect(copied).toBe(verified!.events);
  expect(await move()).toMatchObject({ found: copied, copied: 0 });
  expect(said.at(-1)).toBe('audit-ledger: positions moved before');
  const places = await placesOf(name, url);
  const platform = await start(name, { LEDGER_LOG_URL: url });
  const client = clientOf(platform, 'moving');
  const different: string[] = [];
  for (const { person, path, position, body } of captured) {
    const answer = await client.raw(person, `${path}${path.includes('?') ? '&' : '?'}asOf=${places.get(position)}`);
    if (answer.raw !== moved(body, places)) different.push(`${path} as of ${position}`);
  }
  expect(different).toEqual([]);
  await quiet(platform);
  expect(await headOf(platform)).toBe(verified!.ends[1]);
  await stopped();
  expect(await carriedIn(name)).toEqual(before);
  const next = await start(name, { LEDGER_LOG_URL: url });
  await everyServiceHears(clientOf(next, 'after the move'));
  await stopped();
  const now = await carriedIn(name);
  expect(now.letters).toBe(before.letters);
  expect(now.records).toBeGreaterThan(before.records);
};

describe('after its log has moved, a platform answers as before, publishes and applies nothing again, and goes on', () => {
  test('on another PostgreSQL', async () => {
    const database = await createTestDatabase('moved');
    await createEventStoreSchema(database.url);
    await moves('postgres', database.url);
    await database.drop();
  }, 300_000);

  test('on EventStoreDB, as its double is one', async () => {
    const double = await startDouble();
    await moves('eventstoredb', double.url).finally(() => double.close());
  }, 300_000);
});

test('no table of a service holds a number as large as a position that a move would forget', async () => {
  const server = await startEmbeddedPostgres({ directory: join(directoryOf('before'), 'postgres') });
  const known = new Set(['checkpoints.position', 'parked_streams.position', ...Object.values(ownColumns).flatMap((columns) => columns.map(({ table, column }) => `${table}.${column}`))]);
  try {
    for (const service of ['applications', 'review', 'gpu_grants', 'funding', 'audit_ledger']) {
      const client = new pg.Client({ connectionString: Object.assign(new URL(server.url), { pathname: `/ledger_${service}` }).href });
      await client.connect();
      // Views say what their columns are: positions there are those of versions, the other large numbers are amounts.
      const { rows } = await client.query<{ at: string }>(
        `select table_name || '.' || column_name as at from information_schema.columns c
         where table_schema = 'public' and data_type in ('bigint', 'numeric') and table_name <> 'migrations'
           and not exists (select from information_schema.columns v where v.table_schema = 'public' and v.table_name = c.table_name and v.column_name = 'valid_from')`,
      );
      await client.end();
      expect(rows.map(({ at }) => at).filter((at) => !known.has(at))).toEqual([]);
    }
  } finally {
    await server.stop();
  }
}, 60_000);
