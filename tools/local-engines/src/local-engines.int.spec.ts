import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { alive } from '@program-ledger/embedded-postgres/processes';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { State } from './state.js';

/*
 * The command as it is typed. Java is hidden from it, so that Kafka is absent; what stands for Docker is a program of that name that runs a double of
 * the server's `/info` where it is told to, and what stands for an installation is the same double.
 */

const place = mkdtempSync(join(tmpdir(), 'local-engines-'));
chmodSync(place, 0o755);
const [data, bin, home] = [join(place, 'data'), join(place, 'bin'), join(place, 'home')];
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const infoDouble = `const [port, pidFile] = process.argv.slice(2); require('fs').writeFileSync(pidFile, String(process.pid));
require('http').createServer((_, answer) => answer.end(JSON.stringify({ state: 'leader', esVersion: '24.6.0' }))).listen(Number(port), '127.0.0.1');`;

const engines = (word: string, environment: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number; readonly out: string; readonly said: string }> =>
  new Promise((resolve) => {
    const env = { PATH: `${bin}:/usr/bin:/bin`, JAVA_HOME: join(place, 'no-java'), ...environment };
    execFile(process.execPath, [main, word, '--data', data], { env }, (error, out, said) => resolve({ code: error === null ? 0 : Number(error.code), out, said }));
  });

const state = (): State => JSON.parse(readFileSync(join(data, 'engines.json'), 'utf8')) as State;
const pidIn = (name: string): number => Number(readFileSync(join(place, name), 'utf8'));
const until = async (holds: () => boolean): Promise<boolean> => {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) if (holds()) return true;
  return false;
};
const sourced = (file: string, word: string): string => execFileSync('/bin/sh', ['-c', `. ${join(data, 'env', file)} && printf %s "$${word}"`], { encoding: 'utf8' });
const canConnect = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.end();
};

beforeAll(() => {
  for (const directory of [bin, home]) mkdirSync(directory);
  writeFileSync(join(place, 'double.cjs'), infoDouble);
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\ncase $1 in version) exec test -e ${place}/docker-is-there ;; rm) exit 1 ;; esac\nfor word; do case $word in 127.0.0.1:*:2113) port=\${word#*:}; port=\${port%%:*} ;; esac; done\nexec '${process.execPath}' ${place}/double.cjs "$port" ${place}/docker.pid\n`, { mode: 0o755 });
  writeFileSync(join(home, 'eventstored'), `#!/bin/sh\nfor word; do case $word in --node-port=*) port=\${word#*=} ;; esac; done\nexec '${process.execPath}' ${place}/double.cjs "$port" ${place}/installed.pid\n`, { mode: 0o755 });
});

afterAll(async () => {
  await engines('down');
  rmSync(place, { recursive: true, force: true });
}, 90_000);

test('two that are begun at once are one, and what a shell can evaluate is all that is printed', async () => {
  const both = await Promise.all([engines('up'), engines('up')]);
  for (const { code, out, said } of both) {
    expect([code, said]).toEqual([0, expect.stringMatching(/PostgreSQL +ready +\d+\.\d+ [\s\S]*Kafka +absent +Kafka needs Java[\s\S]*EventStoreDB absent/)]);
    expect(out.trim().split('\n')).toEqual([expect.stringMatching(/^export LEDGER_LOG_URL='postgres:/), expect.stringMatching(/^export LEDGER_BROKER_URL='postgres:/)]);
  }
}, 120_000);

test('a shell that sources the file of a service has what the service reads; nobody else may read it', async () => {
  expect(statSync(join(data, 'env')).mode & 0o077).toBe(0);
  expect(statSync(join(data, 'env/review')).mode & 0o077).toBe(0);
  expect(sourced('review', 'LEDGER_ISSUER')).toBe('http://127.0.0.1:7401');
  expect(readFileSync(sourced('review', 'REVIEW_SEALING_SECRET_FILE'), 'utf8')).toMatch(/^\w{48}$/);
  for (const word of ['LEDGER_LOG_URL', 'LEDGER_BROKER_URL', 'LEDGER_DATABASE_URL']) await canConnect(sourced('review', word));
  expect(sourced('all', 'LEDGER_DATABASE_URL')).toBe('');
});

test('asked again, what was absent is tried again where the environment now says that it is', async () => {
  const { code, out, said } = await engines('up', { EVENTSTOREDB_HOME: home });
  expect([code, said]).toEqual([0, expect.stringMatching(/EventStoreDB: was absent, and is tried again[\s\S]*EventStoreDB ready +24\.6\.0/)]);
  expect(out).toContain("export LEDGER_LOG_URL='esdb://127.0.0.1:");
  expect(sourced('funding', 'LEDGER_LOG_URL')).toContain('esdb://');
}, 60_000);

test('a server that dies is noticed, and started again when asked', async () => {
  process.kill(pidIn('installed.pid'), 'SIGKILL');
  expect(await until(() => state().engines.EventStoreDB.is === 'failed')).toBe(true);
  const told = await engines('status');
  expect([told.code, told.said]).toEqual([1, expect.stringMatching(/EventStoreDB failed +ended by itself/)]);
  expect((await engines('up', { EVENTSTOREDB_HOME: home })).said).toMatch(/EventStoreDB: was failed, and is tried again[\s\S]*EventStoreDB ready/);
}, 60_000);

test('addresses stay right when all was stopped and started again', async () => {
  const before = sourced('review', 'LEDGER_DATABASE_URL');
  expect((await engines('down')).code).toBe(0);
  expect(alive(pidIn('installed.pid'))).toBe(false);
  writeFileSync(join(place, 'docker-is-there'), '');
  expect((await engines('up')).said).toMatch(/EventStoreDB ready +24\.6\.0 +data: Docker's volume/);
  expect(sourced('review', 'LEDGER_DATABASE_URL')).toBe(before);
  await canConnect(before);
}, 120_000);

test('whoever kills the keeper has stopped the servers too, one in Docker as well', async () => {
  const [keeper, docker] = [state().pid, pidIn('docker.pid')];
  const postgres = Number(readFileSync(join((state().engines.PostgreSQL as { readonly data: string }).data, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  expect([keeper, docker, postgres].map(alive)).toEqual([true, true, true]);
  process.kill(keeper, 'SIGKILL');
  expect(await until(() => ![keeper, docker, postgres].some(alive))).toBe(true);
  expect((await engines('status')).said).toContain('No engines run');
}, 60_000);

test('a word that is none of its own is answered with the usage', async () => {
  const child = spawn(process.execPath, [main, 'upp']);
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(2);
});
