import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { prepareEngines, startService, StartRefused, type RunningService } from '@program-ledger/engines';
import { ForeignDirectory, SettingsInvalid, startDevelopmentIssuer, type DevelopmentIssuer, type Environment } from '@program-ledger/host';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { services } from './services.js';

const [applications, review] = ['applications', 'review'].map((name) => services.find((service) => service.name === name)!) as [(typeof services)[number], (typeof services)[number]];
const directory = mkdtempSync(join(tmpdir(), 'service-process-'));
const databases = new Map<string, TestDatabase>();
let issuer: DevelopmentIssuer;
let running: RunningService[] = [];

const environmentOf = (service: string, more: Environment = {}): Environment => ({
  LEDGER_LOG_URL: databases.get('log')?.url,
  LEDGER_BROKER_URL: databases.get('broker')?.url,
  LEDGER_DATABASE_URL: databases.get(service)?.url,
  LEDGER_ISSUER: issuer.url,
  LEDGER_DATA: directory,
  LEDGER_PORT: '0',
  LEDGER_LOG_LEVEL: 'silent',
  LEDGER_START_SECONDS: '0',
  LEDGER_DRAIN_SECONDS: '5',
  REVIEW_SEALING_SECRET: 'a secret of this test, long enough for anybody',
  ...more,
});
const start = async (definition: (typeof services)[number], more: Environment = {}): Promise<RunningService> => {
  const started = await startService(definition, { port: 0, environment: environmentOf(definition.name, more) });
  running.push(started);
  return started;
};
const readiness = async ({ url }: RunningService) => {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, body: (await response.json()) as { readonly parts: readonly { readonly part: string }[] } };
};
const untilReady = async (service: RunningService): Promise<void> => {
  for (const giveUpAt = Date.now() + 20_000; (await readiness(service)).status !== 200; await sleep(50)) if (Date.now() > giveUpAt) throw new Error(JSON.stringify(await readiness(service)));
};

beforeAll(async () => {
  for (const name of ['log', 'broker', 'applications', 'review']) databases.set(name, await createTestDatabase(`split_${name}`));
  issuer = await startDevelopmentIssuer({ mode: 'rehearsal', directory, port: 0, audience: 'program-ledger' });
});
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()));
  running = [];
});
afterAll(async () => {
  await issuer.close();
  for (const database of databases.values()) await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

describe('a service as a process of its own', () => {
  test('does not start on a log that nobody has made', async () => {
    await expect(start(review)).rejects.toThrow('make one with createEventStoreSchema');
  });

  test('starts once log and broker are prepared, which may be done again', async () => {
    for (let times = 0; times < 2; times += 1) expect(await prepareEngines(environmentOf('review'))).toContainEqual(expect.stringContaining('topics are declared'));
    const alone = await start(review);
    await untilReady(alone);
    const { body } = await readiness(alone);
    expect(body.parts.map(({ part }) => part)).toEqual(expect.arrayContaining(['review.reactions', 'review.views', 'review.relay', 'review.follows', 'review.follows.reactions']));
  });

  test('hears what another process publishes: topics of the others are known to it', async () => {
    const [first, second] = [await start(applications), await start(review)];
    const token = await issuer.token({ subject: 'administrator', roles: ['administrator'] });
    const created = await fetch(`${first.url}/applications/programmes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'create' },
      body: JSON.stringify({ title: { ko: '가상 사업', en: 'An invented programme' }, timeZone: 'Asia/Seoul', provenance: 'invented', startsAt: '2026-03-02T00:00:00.000Z' }),
    });
    expect(created.status).toBe(201);
    const { id } = (await created.json()) as { readonly id: string };
    const granted = await fetch(`${first.url}/applications/programmes/${id}/roles`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'grant' },
      body: JSON.stringify({ subject: 'jang', role: 'programme-administrator' }),
    });
    expect(granted.status).toBe(200);
    const mine = `${second.url}/review/programmes/${id}/roles/mine`;
    const known = async (): Promise<string> => (await fetch(mine, { headers: { authorization: `Bearer ${await issuer.token({ subject: 'jang' })}` } })).text();
    for (const giveUpAt = Date.now() + 10_000; !(await known()).includes('programme-administrator'); await sleep(50)) if (Date.now() > giveUpAt) throw new Error(await known());
  });

  test('may have two instances, started at once on an empty database: one brings it up to date, both are ready', async () => {
    const fresh = await createTestDatabase('split_fresh');
    const both = await Promise.all([start(review, { LEDGER_DATABASE_URL: fresh.url }), start(review, { LEDGER_DATABASE_URL: fresh.url })]);
    for (const each of both) await untilReady(each);
    await Promise.all(both.map((each) => each.stop()));
    running = [];
    await fresh.drop();
  });

  test('that keeps files is refused another directory than the one its database knows', async () => {
    const fresh = await createTestDatabase('split_files');
    const both = await Promise.all([start(applications, { LEDGER_DATABASE_URL: fresh.url }), start(applications, { LEDGER_DATABASE_URL: fresh.url })]);
    expect(both).toHaveLength(2);
    await expect(start(applications, { LEDGER_DATABASE_URL: fresh.url, LEDGER_DATA: join(directory, 'elsewhere') })).rejects.toThrow(ForeignDirectory);
    await Promise.all(running.map((each) => each.stop()));
    running = [];
    await fresh.drop();
  });

  test('is refused with every fault at once, before anything is opened', async () => {
    await expect(startService(review, { port: 0, environment: {} })).rejects.toThrow(SettingsInvalid);
    await expect(startService(review, { port: 0, environment: {} })).rejects.toThrow(/LEDGER_ISSUER[^]*LEDGER_LOG_URL[^]*REVIEW_SEALING_SECRET/);
  });

  test('as production does not start on the log of a rehearsal', async () => {
    await expect(start(review, { LEDGER_MODE: 'production' })).rejects.toThrow(StartRefused);
  });

  test('is refused in one sentence, without the address, when its database is not there', async () => {
    const away = start(review, { LEDGER_DATABASE_URL: 'postgres://review:hidden@127.0.0.1:9/review' });
    await expect(away).rejects.toThrow(/^the database of the service could not be reached[^\n]+$/);
  });
});

describe('its process', () => {
  const main = fileURLToPath(new URL('../../review/dist/main.js', import.meta.url));
  const run = (environment: Environment) => {
    const child = spawn(process.execPath, [main], { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { text: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said.text += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    return { child, said, ended };
  };
  const untilSaid = async (said: { readonly text: string }, what: string): Promise<void> => {
    for (const giveUpAt = Date.now() + 30_000; !said.text.includes(what); await sleep(20)) if (Date.now() > giveUpAt) throw new Error(said.text);
  };

  test('ends with 1 and all faults when it is told too little', async () => {
    const { said, ended } = run({});
    expect(await ended).toBe(1);
    expect(said.text).toMatch(/LEDGER_LOG_URL[^]*REVIEW_SEALING_SECRET/);
    expect(said.text).not.toContain('at ');
  }, 30_000);

  test('drains on SIGTERM and ends with 0', async () => {
    const { child, said, ended } = run(environmentOf('review'));
    await untilSaid(said, 'review runs (rehearsal)');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(said.text).toContain('stopped');
  }, 40_000);
});
