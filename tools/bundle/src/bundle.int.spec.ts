import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundle, programs } from './bundle.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** What the image holds, and nothing around it. */
const directory = mkdtempSync(join(tmpdir(), 'program-ledger-bundle-'));
const app = join(directory, 'app');
const services = ['applications', 'review', 'gpu-grants', 'funding', 'audit-ledger'];

const databases = new Map<string, TestDatabase>();
const running = new Set<ChildProcess>();

beforeAll(async () => {
  await bundle(root, app);
  for (const name of ['log', 'broker', ...services]) databases.set(name, await createTestDatabase(name));
}, 120_000);

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  for (const database of databases.values()) await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

const urlOf = (name: string): string => databases.get(name)!.url;
const engines = () => ({ LEDGER_LOG_URL: urlOf('log'), LEDGER_BROKER_URL: urlOf('broker') });

type Started = { readonly child: ChildProcess; readonly said: () => string };

/** With the environment that is given and no other: nothing of this workspace reaches it. */
const start = (program: string, environment: Readonly<Record<string, string>>): Started => {
  const child = spawn(process.execPath, [join(app, `${program}.mjs`)], { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said };
};

/** Where it says that it listens. */
const listening = async ({ child, said }: Started): Promise<string> => {
  for (const until = Date.now() + 60_000; Date.now() < until && child.exitCode === null; await sleep(50)) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said()) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`did not start:\n${said()}`);
};

const ended = async ({ child, said }: Started): Promise<readonly [number | null, string]> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return [child.exitCode, said()];
};

const until = async (asks: () => Promise<boolean>): Promise<boolean> => {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) if (await asks().catch(() => false)) return true;
  return false;
};

test('no package is above the directory that the programs run in', () => {
  const above = (path: string): readonly string[] => (dirname(path) === path ? [path] : [path, ...above(dirname(path))]);
  expect(above(app).filter((path) => existsSync(join(path, 'node_modules')))).toEqual([]);
});

test('each program is one file, and the licences of what is in them go with them', () => {
  expect(readdirSync(app).sort()).toEqual(['NOTICES.txt', ...[...programs(root).keys()].map((name) => `${name}.mjs`)].sort());
  const told = readFileSync(join(app, 'NOTICES.txt'), 'utf8').match(/^\S+ \d+\.\d+\.\d+\S* \(.+\)$/gm)?.map((line) => line.split(' ')[0]);
  expect(told).toEqual(expect.arrayContaining(['@nestjs/core', 'fastify', 'pg', 'typeorm', 'zod', 'kafkajs', '@eventstore/db-client']));
});

test('the first step makes log, broker and topics', async () => {
  const [code, said] = await ended(start('prepare', engines()));
  expect([code, said]).toEqual([0, expect.stringContaining('topics are declared')]);
});

test('the clients of Kafka and EventStoreDB are in the programs: who is not there is what is missing', async () => {
  const away = { LEDGER_LOG_URL: 'esdb://127.0.0.1:9?tls=false', LEDGER_BROKER_URL: 'kafka://127.0.0.1:9', LEDGER_START_SECONDS: '1' };
  const [prepared, saidOfBroker] = await ended(start('prepare', away));
  expect([prepared, saidOfBroker]).toEqual([1, expect.stringContaining('the broker')]);
  const [served, saidOfLog] = await ended(start('funding', { ...away, LEDGER_DATABASE_URL: urlOf('funding'), LEDGER_ISSUER: 'https://issuer.invalid' }));
  expect([served, saidOfLog]).toEqual([1, expect.stringContaining('the event log')]);
  expect(`${saidOfBroker}${saidOfLog}`).not.toContain('MODULE_NOT_FOUND');
});

test.each(services)('%s starts on them, is ready, and ends in order when told to', async (service) => {
  const settings = { ...engines(), LEDGER_DATABASE_URL: urlOf(service), LEDGER_PORT: '0', LEDGER_DATA: join(directory, 'data'), LEDGER_ISSUER: 'https://issuer.invalid/realms/none', LEDGER_LOG_LEVEL: 'warn' };
  const started = start(service, { ...settings, REVIEW_SEALING_SECRET: 'an invented secret for a test only' });
  const url = await listening(started);
  expect(await until(async () => (await fetch(`${url}/health/ready`)).ok)).toBe(true);
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Readonly<Record<string, unknown>> };
  expect(Object.keys(paths).some((path) => path.startsWith(`/${service}/`))).toBe(true);
  expect(await (await fetch(`${url}/docs/page.js`)).text()).toContain('openapi.json');
  started.child.kill('SIGTERM');
  expect(await ended(started)).toEqual([0, expect.stringContaining('stopped')]);
});

test('the gateway starts before there is anything behind it, lives, and says that nothing is ready', async () => {
  const started = start('gateway', { LEDGER_PORT: '0', GATEWAY_UPSTREAMS: 'review=http://127.0.0.1:9' });
  const url = await listening(started);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect((await fetch(`${url}/health/ready`)).status).toBe(503);
  started.child.kill('SIGTERM');
  expect((await ended(started))[0]).toBe(0);
});

test('a program that lacks its settings names them all and does not start', async () => {
  const [code, said] = await ended(start('funding', {}));
  expect(code).toBe(1);
  for (const key of ['LEDGER_LOG_URL', 'LEDGER_BROKER_URL', 'LEDGER_DATABASE_URL', 'LEDGER_ISSUER']) expect(said).toContain(key);
});
