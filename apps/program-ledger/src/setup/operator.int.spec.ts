import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openServiceDatabase } from '@program-ledger/read-models';
import { PostgresEventStore } from '@program-ledger/postgres-event-store';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { run } from '../commands.js';
import { assertAlone } from '../migrate/ends.js';
import { databaseOf, serviceNames, type ServiceName } from './access.js';

/* An operator who may make roles and databases, and is no superuser: all that `setup` asks for. Names are the whole server's: here each has a suffix. */

const suffix = randomUUID().slice(0, 8);
const operator = `operator_${suffix}`;
const stranger = `stranger_${suffix}`;
const secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
const server = process.env['TEST_DATABASE_URL'] ?? '';
const operatorUrl = Object.assign(new URL(server), { username: operator, password: 'operates' }).href;
const roleOf = (service: ServiceName): string => `${databaseOf(service)}_${suffix}`;
const urlOf = (service: ServiceName, kind: 'log' | 'broker' | 'database'): string => readFileSync(join(secrets, `${service}-${kind}-url`), 'utf8');
const said: string[] = [];
const setUp = (): Promise<void> => run({ words: ['setup', 'postgres', '--secrets', secrets, '--declare', 'rehearsal'], environment: { LEDGER_ADMIN_URL: operatorUrl }, say: (line) => void said.push(line) });

const asSuperuser = async (run: (client: pg.Client) => Promise<void>): Promise<void> => {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await run(client).finally(() => client.end());
};

beforeAll(async () => {
  await asSuperuser(async (client) => void (await client.query(`create role ${operator} login createdb createrole password 'operates'`)));
  for (const service of serviceNames)
    for (const [kind, database] of Object.entries({ log: `log_${suffix}`, broker: `broker_${suffix}`, database: roleOf(service) }))
      writeFileSync(join(secrets, `${service}-${kind}-url`), Object.assign(new URL(server), { username: roleOf(service), password: `secret-${service}`, pathname: `/${database}` }).href);
  await setUp();
}, 120_000);

afterAll(async () => {
  await asSuperuser(async (client) => {
    for (const database of [`log_${suffix}`, `broker_${suffix}`, ...serviceNames.map(roleOf)]) await client.query(`drop database if exists ${database} with (force)`);
    for (const role of [...serviceNames.map(roleOf), stranger, operator]) await client.query(`drop role if exists ${role}`);
  });
  rmSync(secrets, { recursive: true });
});

describe('an operator who is no superuser', () => {
  test('sets a server up, and again after a release', async () => {
    const before = said.splice(0);
    await setUp();
    expect(said).toEqual(before.map((line) => line.replace(/: created$/, ': existing')));
  });

  test('sees a service that is connected to the log, or to its own database', async () => {
    const logUrl = Object.assign(new URL(operatorUrl), { pathname: `/log_${suffix}` }).href;
    await assertAlone(logUrl, 'The source');
    const store = await PostgresEventStore.open({ url: urlOf('review', 'log') });
    await expect(assertAlone(logUrl, 'The source')).rejects.toThrow('The source is in use');
    await store.close();
    await assertAlone(logUrl, 'The source');
    const ownUrl = Object.assign(new URL(operatorUrl), { pathname: `/${roleOf('review')}` }).href;
    const database = await openServiceDatabase({ url: urlOf('review', 'database'), service: 'review', views: [], migrations: [] });
    await expect(assertAlone(ownUrl, 'The database of review')).rejects.toThrow('The database of review is in use');
    await database.destroy();
  });

  test('sees somebody whose role it has no right to, of whom PostgreSQL tells little', async () => {
    const logUrl = Object.assign(new URL(operatorUrl), { pathname: `/log_${suffix}` });
    await asSuperuser(async (client) => {
      await client.query(`create role ${stranger} login password 'strange'`);
      await client.query(`grant connect on database log_${suffix} to ${stranger}`);
    });
    const connected = new pg.Client({ connectionString: Object.assign(new URL(logUrl), { username: stranger, password: 'strange' }).href });
    await connected.connect();
    await expect(assertAlone(logUrl.href, 'The source')).rejects.toThrow('The source is in use: 1 other connection is open');
    await connected.end();
    await assertAlone(logUrl.href, 'The source');
  });

  test('is itself no service, nor is a role that has the rights of another', async () => {
    const file = join(secrets, 'review-log-url');
    const before = urlOf('review', 'log');
    const as = (user: string, password: string) => writeFileSync(file, Object.assign(new URL(before), { username: user, password }).href);
    as(operator, 'operates');
    await expect(setUp()).rejects.toThrow('is the operator that sets this server up');
    writeFileSync(file, before);
    for (const more of [roleOf('funding'), 'pg_write_all_data']) {
      await asSuperuser(async (client) => void (await client.query(`grant ${more} to ${roleOf('review')}`)));
      await expect(setUp()).rejects.toThrow(`has the rights of ${more} too`);
      await asSuperuser(async (client) => void (await client.query(`revoke ${more} from ${roleOf('review')}`)));
    }
    await setUp();
  });
});
