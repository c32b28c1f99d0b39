import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guardOf } from '@program-ledger/embedded-postgres/processes';
import { prepareEngines } from '@program-ledger/engines';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/* The three commands as an operator types them, on a directory of their own, and what they print used as a shell would use it. */

const root = fileURLToPath(new URL('../../..', import.meta.url));
const has = (program: string, flag: string): boolean => spawnSync(program, [flag], { stdio: 'ignore' }).status === 0;
const canRunKafka = has('java', '-version') && has('mvn', '-v');

type Said = { readonly code: number | null; readonly variables: string; readonly told: string };

/** A server of somebody else's would still be there after `down`. */
const environment = { ...process.env, EVENTSTOREDB_URL: undefined };

/** Variables are said on standard output, everything for people on standard error. */
const engines = (command: string, directory: string): Promise<Said> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['tools/run.mjs', 'engines', command, '--data', directory], { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let [variables, told] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (variables += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    child.once('close', (code) => resolve({ code, variables, told }));
  });

/** As `eval "$(npm run engines -- up)"` would leave them. */
const evaluated = (printed: string): Readonly<Record<string, string>> =>
  JSON.parse(execFileSync('/bin/sh', ['-c', `${printed}\nexec "$NODE" -p 'JSON.stringify(process.env)'`], { env: { NODE: process.execPath }, encoding: 'utf8' })) as Record<string, string>;

const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });

/** Processes that were begun with the directory in their command; none where the system does not list them. */
const processesOf = (directory: string): readonly string[] =>
  (existsSync('/proc/self/cmdline') ? readdirSync('/proc') : []).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(directory) ? [`${pid} ${command}`] : [];
    } catch {
      return [];
    }
  });

describe('npm run engines', () => {
  let directory = '';
  let up: Said;
  let guard: ReturnType<typeof guardOf> | undefined;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'engines-'));
    chmodSync(directory, 0o755);
    up = await engines('up', directory);
    // What keeps the engines outlives its command on purpose; here it must not outlive a test that is interrupted.
    const { pid } = JSON.parse(readFileSync(join(directory, 'engines.json'), 'utf8')) as { readonly pid: number };
    guard = guardOf(pid, { signal: 'TERM' });
  }, 600_000);
  afterAll(async () => {
    guard?.kill('SIGKILL');
    await engines('down', directory);
    rmSync(directory, { recursive: true, force: true });
  }, 120_000);

  test('up brings PostgreSQL, and Kafka where Java and Maven are, and says why of what it cannot bring', () => {
    expect(up).toMatchObject({ code: 0 });
    expect(up.told).toMatch(/^PostgreSQL +ready/mu);
    expect(up.told).toMatch(canRunKafka ? /^Kafka +ready/mu : /^Kafka +absent +\S/mu);
    expect(up.told).toMatch(/^EventStoreDB +(?:ready|absent +\S)/mu);
    if (!canRunKafka) process.stderr.write('\nNOT RUN: Kafka under npm run engines, since Java or Maven is not on this machine\n\n');
  });

  test('the variables that it prints are those with which log and broker are prepared', async () => {
    const { LEDGER_LOG_URL, LEDGER_BROKER_URL, KAFKA_BROKERS } = evaluated(up.variables);
    if (canRunKafka) expect(LEDGER_BROKER_URL).toBe(`kafka://${KAFKA_BROKERS}`);
    await prepareEngines({ LEDGER_LOG_URL, LEDGER_BROKER_URL });
    expect(await answers(LEDGER_BROKER_URL ?? '')).toBe(true);
  }, 120_000);

  test('status prints the same, and up again changes nothing', async () => {
    expect(await engines('status', directory)).toMatchObject({ code: 0, variables: up.variables });
    expect(await engines('up', directory)).toMatchObject({ code: 0, variables: up.variables });
  }, 120_000);

  test('down leaves nothing running, and status says so', async () => {
    const { LEDGER_LOG_URL = '', LEDGER_BROKER_URL = '' } = evaluated(up.variables);
    expect(await engines('down', directory)).toMatchObject({ code: 0 });
    expect(await engines('status', directory)).toMatchObject({ code: 1, variables: '' });
    expect(processesOf(directory)).toEqual([]);
    expect(await Promise.all([LEDGER_LOG_URL, LEDGER_BROKER_URL].map(answers))).toEqual([false, false]);
  }, 120_000);
});
