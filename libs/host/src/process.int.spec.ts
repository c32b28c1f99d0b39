import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { Commands, uuidFrom, type RecordedEvent } from '@program-ledger/event-sourcing';
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { ForeignCategory, GuardedStore } from './service/guarded-store.js';
import { SettingsInvalid } from './settings.js';
import { Metrics } from './telemetry/metrics.js';
import { startCollector, type Collector } from './testing/collector.js';
import { bell, bells, broken, desk, deskService, doors, jammed, unwritten } from './testing/doors-and-bells.js';
import { door } from './testing/door.js';
import { startTestProcess, undeclaredRoutes, walkAsStranger, wrongExamples, type TestProcess } from './testing/index.js';

const services = [deskService, doors, bells];
const programmeId = '33333333-3333-4333-8333-333333333333';
const path = `/doors/programmes/${programmeId}`;
const databases = new Map<string, TestDatabase>();
let running: TestProcess;
let commands: Commands;
let collector: Collector;

const databaseUrl = (service: string): string => databases.get(service)?.url ?? '';
const start = () => startTestProcess({ services, databaseUrl, environment: { DOORS_MASTER_KEY: 'sesame', LEDGER_OTLP_URL: collector.url }, faults: { seed: 7, duplicateRate: 0.3, fallBackRate: 0.2, fallBackMax: 3 } });
const eventually = async <T>(ask: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    const seen = await ask();
    if (wanted(seen) || tries > 400) return seen;
    await sleep(10);
  }
};

beforeAll(async () => {
  for (const { name } of services) databases.set(name, await createTestDatabase(`host_${name}`));
  collector = await startCollector();
  running = await start();
  commands = new Commands(running.store, { now: () => new Date().toISOString() });
  const at = '2026-03-02T00:00:00.000Z';
  const context = (id: string) => ({ commandId: uuidFrom(id), commandDigest: id, correlationId: uuidFrom(id), causationId: uuidFrom(id), actor: 'desk' });
  await commands.handle(desk, programmeId, { type: 'create-programme', programmeId, at }, context('create'));
  await commands.handle(desk, programmeId, { type: 'grant-role', programmeId, subject: 'jang', role: 'doorkeeper', at }, context('grant'));
  await eventually(() => running.ask('GET', `${path}/roles/mine`, { as: 'jang' }), ({ body }) => JSON.stringify(body).includes('doorkeeper'));
});

afterAll(async () => {
  await running.stop();
  collector.close();
  for (const database of databases.values()) await database.drop();
});

type Done = { readonly id: string; readonly position: string };
const build = async (): Promise<Done> => (await running.ask<Done>('POST', `${path}/doors`, { as: 'jang', body: { colour: 'red', width: 90 } })).body;
const move = async (id: string, how: 'opening' | 'closing'): Promise<Done> => (await running.ask<Done>('POST', `${path}/doors/${id}/${how}`, { as: 'jang' })).body;
const notesOf = async (id: string): Promise<number> => {
  const client = new pg.Client({ connectionString: databaseUrl('bells') });
  await client.connect();
  const { rows } = await client.query('select door from notes where door = $1', [id]);
  await client.end();
  return rows.length;
};
const see = (id: string, headers: Record<string, string> = {}, query = '') => running.ask<{ state: string; moved: number }>('GET', `${path}/overview/${id}${query}`, { as: 'anybody', headers });

describe('a role', () => {
  test('that was recorded for a programme lets in there, and nowhere else', async () => {
    expect((await running.ask('POST', `${path}/doors`, { as: 'jang', body: { colour: 'red', width: 90 } })).status).toBe(201);
    const elsewhere = `/doors/programmes/${uuidFrom('elsewhere')}/doors`;
    expect(await running.ask('POST', elsewhere, { as: 'jang', body: { colour: 'red', width: 90 } })).toMatchObject({ status: 403, body: { code: 'role-missing' } });
  });

  test('is recorded in the event with the one who acted', async () => {
    const { history } = await commands.load(door, (await build()).id);
    expect(history[0]?.metadata).toMatchObject({ actor: 'jang', role: 'doorkeeper' });
  });
});

describe('a key', () => {
  test('stands for one request: not for another on another stream, in another instance, or after a restart', async () => {
    const [one, other] = [(await build()).id, (await build()).id];
    const open = (process: TestProcess, id: string, key = 'a key for one door') => process.ask('POST', `${path}/doors/${id}/opening`, { as: 'jang', key });
    const close = (process: TestProcess, id: string) => process.ask('POST', `${path}/doors/${id}/closing`, { as: 'jang', key: 'a key that closed nothing' });
    const first = await open(running, one);
    expect(first.status).toBe(200);
    expect((await close(running, other)).status).toBe(200);
    for (const times of [1, 2]) {
      const second = await startTestProcess({ services, databaseUrl, store: running.store, environment: { DOORS_MASTER_KEY: 'sesame' } });
      expect(await open(second, other)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
      expect(await close(second, one)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
      expect((await open(second, one)).body).toEqual(first.body);
      expect((await open(second, other, `another key, ${times}`)).status).toBe(times === 1 ? 200 : 409);
      expect((await close(second, other)).status).toBe(200);
      await second.stop();
    }
    expect((await commands.load(door, other)).state).toEqual({ door: 'open' });
    expect((await fetch(`${running.url}/metrics`).then((answer) => answer.text())).includes('remembered_rows{service="doors",memory="command_register"}')).toBe(true);
  });
});

describe('a view', () => {
  test('shows what a command has done to whoever waits for its position', async () => {
    const { id, position } = await build();
    const seen = await see(id, { 'x-min-position': position });
    expect(seen).toMatchObject({ status: 200, body: { state: 'closed', moved: 0 } });
    expect(BigInt(seen.headers.get('x-log-position') ?? 0)).toBeGreaterThanOrEqual(BigInt(position));
  });

  test('answers as of a position byte for byte what it answered then', async () => {
    const { id, position } = await build();
    const then = await see(id, { 'x-min-position': position });
    const { position: later } = await move(id, 'opening');
    expect((await see(id, { 'x-min-position': later })).body.state).toBe('open');
    expect((await see(id, {}, `?asOf=${then.headers.get('x-log-position')}`)).text).toBe(then.text);
    expect((await see(id, {}, `?asOf=${BigInt(position) - 1n}`)).status).toBe(404);
  });

  test('answers as of an instant, and refuses one that has not come', async () => {
    const { id, position } = await build();
    await see(id, { 'x-min-position': position });
    await sleep(5);
    const between = new Date().toISOString();
    await sleep(5);
    await move(id, 'opening');
    expect((await see(id, {}, `?asOf=${between}`)).body.state).toBe('closed');
    expect(await see(id, {}, '?asOf=2999-01-01T00:00:00.000Z')).toMatchObject({ status: 422, body: { code: 'position-ahead' } });
  });

  test.each(['?asOf=yesterday', '?asOf=2026-03-02T00:00:00Z', '?asOf=2026-03-02', '?asOf=-1', '?asOf=1&programmeAsOf=2026-03-02T00:00:00.000Z', '?programmeAsOf=1'])('refuses %s', async (query) =>
    expect(await see(uuidFrom('any'), {}, query)).toMatchObject({ status: 400, body: { code: 'request-invalid' } }));

  test('refuses a position that the log does not have', async () => {
    expect(await see(uuidFrom('any'), {}, '?asOf=999999999')).toMatchObject({ status: 422, body: { code: 'position-ahead', errors: [{ pointer: 'query:asOf' }] } });
    expect(await see(uuidFrom('any'), { 'x-min-position': '999999999' })).toMatchObject({ status: 422, body: { errors: [{ pointer: 'header:X-Min-Position' }] } });
  });

  test('bears an ETag whose front is what If-Match takes, and says 304 to who knows it', async () => {
    const { id, position } = await build();
    const seen = await see(id, { 'x-min-position': position });
    const etag = seen.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"0-[\w-]{16}"$/);
    expect(await see(id, { 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
    const opening = () => running.ask('POST', `${path}/doors/${id}/opening`, { as: 'jang', headers: { 'if-match': etag } });
    expect((await opening()).status).toBe(200);
    expect(await opening()).toMatchObject({ status: 412, body: { code: 'revision-conflict' } });
  });

  test('is waited for until it changes, or until the time is over', async () => {
    const { id, position } = await build();
    const etag = (await see(id, { 'x-min-position': position })).headers.get('etag') ?? '';
    const waiting = see(id, { 'if-none-match': etag, prefer: 'wait=10' });
    await sleep(100);
    await move(id, 'opening');
    expect(await waiting).toMatchObject({ status: 200, body: { state: 'open' } });
    const began = performance.now();
    const unchanged = await see(id, { 'if-none-match': (await see(id)).headers.get('etag') ?? '', prefer: 'wait=1' });
    expect(unchanged.status).toBe(304);
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  test('is waited for until it is there at all', async () => {
    const key = 'a door to come';
    const id = uuidFrom(uuidFrom('jang', key), 'door');
    const waiting = see(id, { prefer: 'wait=10' });
    await sleep(50);
    await running.ask('POST', `${path}/doors`, { as: 'jang', key, body: { colour: 'red', width: 90 } });
    expect((await waiting).status).toBe(200);
    expect((await see(uuidFrom('never'), { prefer: 'wait=1' })).status).toBe(404);
  });

  test('is read page by page, within the limit', async () => {
    const list = (query: string) => running.ask<{ items: { id: string }[]; next: string | null }>('GET', `${path}/overview${query}`, { as: 'anybody' });
    const { position } = await build();
    await see(uuidFrom('any'), { 'x-min-position': position });
    const all = (await list('?limit=200')).body.items.map(({ id }) => id);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body } = await list(`?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      paged.push(...body.items.map(({ id }) => id));
      next = body.next;
    }
    expect(paged).toEqual(all);
    for (const bad of ['0', '201', '-1', '1.5', 'many']) expect(await list(`?limit=${bad}`)).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:limit' }] } });
    expect(await list('?cursor=%00')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:cursor' }] } });
    expect(await list('?asOf=1&asOf=2')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:asOf' }] } });
  });
});

describe('a reaction', () => {
  test('in another service follows once however often its message comes, in the same trace, for the same person', async () => {
    const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
    const { id } = await build();
    await running.ask('POST', `${path}/doors/${id}/opening`, { as: 'jang', headers: { traceparent } });
    const { history } = await eventually(() => commands.load(bell, id), ({ history: seen }) => seen.length > 0);
    expect(history[0]?.metadata).toMatchObject({ actor: 'service:bells', onBehalfOf: 'jang' });
    expect(history[0]?.metadata.traceparent).toMatch(/^00-1{32}-(?!2{16})/);
    await sleep(100);
    expect((await commands.load(bell, id)).history).toHaveLength(1);
    expect(await notesOf(id)).toBe(1);
  });

  test('that fails for now has the one before it of the same message tried again, which has no second effect', async () => {
    const { id } = await build();
    unwritten.set(id, 0);
    await move(id, 'opening');
    await eventually(() => Promise.resolve(unwritten.get(id) ?? 0), (failures) => failures >= 3);
    expect(unwritten.get(id)).toBeGreaterThanOrEqual(3);
    expect((await commands.load(bell, id)).history).toHaveLength(1);
    expect(await notesOf(id)).toBe(0);
    unwritten.delete(id);
    await eventually(() => notesOf(id), (notes) => notes > 0);
    await sleep(100);
    expect([(await commands.load(bell, id)).history.length, await notesOf(id)]).toEqual([1, 1]);
  });

  test('is a span of its own, below the one of the request that caused it, which is below the asker’s, in any collector', async () => {
    const trace = '5'.repeat(32);
    const { id } = await build();
    await running.ask('POST', `${path}/doors/${id}/opening`, { as: 'jang', headers: { traceparent: `00-${trace}-${'6'.repeat(16)}-01` } });
    const spans = () => Promise.resolve(collector.spans.filter(({ traceId }) => traceId === trace));
    const seen = await eventually(spans, (all) => all.some(({ name }) => name.startsWith('bells ')));
    const request = seen.find(({ name }) => name.startsWith('POST '));
    expect(request).toMatchObject({ name: 'POST /doors/programmes/:programmeId/doors/:doorId/opening', parentSpanId: '6'.repeat(16) });
    expect(seen.find(({ name }) => name === 'bells doors.door-opened.v1')).toMatchObject({ parentSpanId: request?.spanId });
    const [opening, ringing] = [(await commands.load(door, id)).history.at(-1), (await commands.load(bell, id)).history[0]];
    expect(opening?.metadata.traceparent).toBe(`00-${trace}-${request?.spanId}-01`);
    expect(seen.map(({ spanId }) => `00-${trace}-${spanId}-01`)).toContain(ringing?.metadata.traceparent);
  });

  test('that is refused leaves its message among the dead letters, with the reason, until an operator redrives it', async () => {
    const { id } = await build();
    broken.add(id);
    await move(id, 'opening');
    type Letters = { readonly items: readonly { readonly key: string; readonly cause: { readonly code: string } }[] };
    const letters = async () => (await running.ask<Letters>('GET', '/bells/operations/dead-letters', { as: 'op', roles: ['operator'] })).body.items;
    const [letter] = await eventually(letters, (seen) => seen.length > 0);
    expect(letter).toMatchObject({ key: `door-${id}`, cause: { code: 'bell-broken' } });
    const redrive = (as: string, roles: readonly ['operator'] | readonly []) => running.ask('POST', '/bells/operations/dead-letters/redrive', { as, roles, body: { group: 'bells', key: `door-${id}` } });
    expect((await redrive('somebody', [])).status).toBe(403);
    broken.delete(id);
    expect(await redrive('op', ['operator'])).toMatchObject({ status: 200, body: { letters: 1 } });
    await eventually(letters, (seen) => seen.length === 0);
    expect((await commands.load(bell, id)).history).toHaveLength(1);
  });
});

describe('a service', () => {
  test('cannot write what belongs to another', async () => {
    const store = new GuardedStore(running.store, { service: 'bells', categories: new Set(['bell']) }, new Metrics());
    await expect(store.append(`door-${uuidFrom('x')}`, 'none', [])).rejects.toThrow(ForeignCategory);
  });

  test('cannot publish what belongs to another: its relay is held there', async () => {
    const forged = uuidFrom('a door that nobody opened');
    let tries = 0;
    const forging = ({ id }: RecordedEvent) => {
      tries += 1;
      const envelope = { id, type: 'doors.door-opened.v1', source: '/program-ledger/doors', subject: `door-${forged}`, time: '2026-03-02T00:00:00.000Z', sequence: '0', key: `door-${forged}` };
      return { topic: 'doors.door', message: { ...envelope, correlationid: id, causationid: id, actor: 'service:applications', data: { programmeId, doorId: forged, at: envelope.time } } };
    };
    const forger = { ...deskService, publishes: Object.assign(forging, { service: 'applications', topics: ['applications.desk'], prefixes: ['desk-'] }) };
    const own = new Map<string, TestDatabase>();
    for (const { name } of services) own.set(name, await createTestDatabase(`host_forged_${name}`));
    const process = await startTestProcess({ services: [forger, doors, bells], databaseUrl: (service) => own.get(service)?.url ?? '', store: running.store, environment: { DOORS_MASTER_KEY: 'sesame' } });
    await eventually(() => Promise.resolve(tries), (seen) => seen >= 6);
    expect(tries).toBeGreaterThanOrEqual(6);
    expect((await commands.load(bell, forged)).history).toEqual([]);
    await process.stop();
    for (const database of own.values()) await database.drop();
  });

  test('parks what a view cannot fold, lists it, and folds it again when an operator asks', async () => {
    const { id } = await build();
    const stream = `door-${id}`;
    jammed.add(stream);
    await move(id, 'opening');
    const { position } = await move(id, 'closing');
    expect((await see(id, { 'x-min-position': position })).body).toMatchObject({ state: 'open', moved: 1 });
    const operate = (method: string, route: string, body?: object) => running.ask(method, `/doors/operations/${route}`, { as: 'op', roles: ['operator'], ...(body !== undefined && { body }) });
    expect((await operate('GET', 'parked')).body).toEqual({ items: [{ view: 'door-overview', stream, revision: 2, position, eventType: 'door-closed', reason: expect.stringContaining('jammed') }] });
    const retry = () => operate('POST', 'parked/retry', { view: 'door-overview', stream });
    expect(await retry()).toMatchObject({ status: 200, body: { outcome: 'parked' } });
    jammed.delete(stream);
    expect(await retry()).toMatchObject({ status: 200, body: { outcome: 'resumed' } });
    expect((await see(id)).body).toMatchObject({ state: 'closed', moved: 2 });
    expect((await retry()).status).toBe(404);
  });

  test('has its views rebuilt by an operator while they answer', async () => {
    const { id } = await build();
    const rebuilt = await running.ask('POST', '/doors/operations/views/door-overview/rebuild', { as: 'op', roles: ['operator'] });
    expect(rebuilt).toMatchObject({ status: 200, body: { view: 'door-overview', same: true } });
    expect((await see(id, { prefer: 'wait=5' })).status).toBe(200);
    expect((await running.ask('POST', '/doors/operations/views/none/rebuild', { as: 'op', roles: ['operator'] })).status).toBe(404);
    expect((await running.ask('GET', '/doors/operations/parked', { as: 'op', roles: ['operator'] })).body).toEqual({ items: [] });
  });

  test('that lacks a setting keeps the process from starting, and says what it is for', async () => {
    const starting = startTestProcess({ services: [doors], databaseUrl });
    await expect(starting).rejects.toThrow(SettingsInvalid);
    await expect(starting).rejects.toThrow('DOORS_MASTER_KEY');
    await expect(starting).rejects.toThrow('opens every door');
  });
});

describe('the process', () => {
  test('is ready when nothing is far behind, and says what it looked at', async () => {
    const { status, body } = await running.ask<{ parts: { part: string }[] }>('GET', '/health/ready');
    expect(status).toBe(200);
    expect(body.parts.map(({ part }) => part).sort()).toEqual(['applications.relay', 'bells.reactions', 'doors.reactions', 'doors.relay', 'doors.views']);
  });

  test('measures lag, appends, reactions and what waits for an operator', async () => {
    const { text } = await running.ask('GET', '/metrics');
    for (const sample of ['lag_seconds{part="doors.views"}', 'log_append_seconds_count{category="door",outcome="appended"}', 'reaction_seconds_count{group="bells",outcome="done"}', 'parked_streams{service="doors"}']) expect(text).toContain(sample);
  });

  test('has no route that nobody declared and no example that its own schema refuses', () => {
    expect(undeclaredRoutes(running.app.nest)).toEqual([]);
    expect(wrongExamples(running.app.nest)).toEqual([]);
  });

  test('refuses a stranger wherever something belongs to somebody', async () => {
    const { id } = await build();
    const walked = await walkAsStranger(running.app.nest, { url: running.url, token: await running.token('stranger'), parameters: { programmeId, doorId: id, view: 'door-overview' } });
    const open = walked.filter(({ status }) => status !== 403 && status !== 404).map(({ route }) => `${route.method} ${route.path}`);
    expect(open).toEqual(walked.filter(({ route }) => route.accesses.some(({ kind }) => kind === 'authenticated')).map(({ route }) => `${route.method} ${route.path}`));
    expect(walked.length).toBeGreaterThan(open.length);
  });

  test('drains: what is under way is answered, what comes after is not, and the next one goes on where it ended', async () => {
    const { id } = await build();
    const waiting = see(id, { 'if-none-match': '"x"', prefer: 'wait=20' });
    await sleep(100);
    const underWay = Array.from({ length: 100 }, () => build());
    const settled = Promise.allSettled(underWay);
    await Promise.any(underWay);
    const before = running.store;
    const began = performance.now();
    await running.stop();
    expect(performance.now() - began).toBeLessThan(4_000);
    expect((await waiting).status).toBe(200);
    // A connection that was not yet taken is refused; what was taken is answered, done or not done.
    const built = (await settled).flatMap((done) => (done.status === 'fulfilled' && 'position' in done.value ? [done.value] : []));
    expect(built.length).toBeGreaterThan(0);
    await expect(fetch(`${running.url}/health/live`)).rejects.toThrow();
    running = await startTestProcess({ services, databaseUrl, store: before, environment: { DOORS_MASTER_KEY: 'sesame' } });
    for (const done of built) expect((await see(done.id, { 'x-min-position': done.position })).status).toBe(200);
  });
});
