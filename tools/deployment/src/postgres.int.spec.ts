import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { pointAt, secretsIn, startSecuredPostgres } from './secured-postgres.js';

/* The container `postgres` as far as this machine can be it: its certificate, its rules for who may connect, its operator and its users. */

const root = fileURLToPath(new URL('../../..', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'program-ledger-postgres-'));
chmodSync(place, 0o755);
const secrets = join(place, 'secrets');
const { read } = secretsIn(secrets);
let postgres: EmbeddedPostgres | undefined;

beforeAll(async () => {
  execFileSync(join(root, 'infra/compose/make-secrets'), [secrets], { stdio: 'ignore' });
  postgres = await startSecuredPostgres(join(place, 'postgres'), { secrets, rules: join(root, 'infra/postgres/pg_hba.conf') });
  pointAt(secrets, postgres);
  const words = [join(root, 'apps/program-ledger/dist/main.js'), 'setup', 'postgres', '--secrets', secrets];
  await promisify(execFile)(process.execPath, words, { env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: join(secrets, 'ca.pem') } });
}, 300_000);

afterAll(async () => {
  await postgres?.stop();
  rmSync(place, { recursive: true, force: true });
}, 60_000);

const connects = async (url: string, ssl: pg.ClientConfig['ssl']): Promise<void> => {
  const { username, password, hostname, port, pathname } = new URL(url);
  const client = new pg.Client({ user: username, password, host: hostname, port: Number(port), database: pathname.slice(1), ...(ssl !== undefined && { ssl }) });
  await client.connect();
  await client.end();
};

test('a service is let in over TLS, with its own password, to its own database', async () => {
  await connects(read('review-database-url'), { ca: read('ca.pem') });
});

test('nobody is let in without TLS, or to another’s database, or by a wrong password; and nobody who does not trust the authority comes', async () => {
  const url = read('review-database-url');
  const trusting = { ca: read('ca.pem') };
  await expect(connects(url, false)).rejects.toThrow(/no pg_hba.conf entry|no encryption/);
  await expect(connects(url, { ca: read('review.pem') })).rejects.toThrow(/certificate|issuer/);
  await expect(connects(url.replace('/ledger_review?', '/ledger_funding?'), trusting)).rejects.toThrow('permission denied for database');
  await expect(connects(url.replace(/:\w+@/, ':wrong@'), trusting)).rejects.toThrow('password authentication failed');
});

test('a client is told by its URL alone to verify the server', async () => {
  const client = new pg.Client({ connectionString: read('review-log-url') });
  await expect(client.connect()).rejects.toThrow(/certificate|issuer/);
});
