import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { startDouble } from '@program-ledger/eventstoredb/testing';
import { EventStoreDb } from '@program-ledger/eventstoredb';
import { beginning, type EventStore } from '@program-ledger/event-sourcing';
import { createEventStoreSchema, PostgresEventStore } from '@program-ledger/postgres-event-store';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { migrate } from './migrate/migrate.js';
import { fillLog } from './testing/sample-log.js';

let source: TestDatabase;
const appends = 400;
const events = 1_001;

beforeAll(async () => {
  source = await createTestDatabase('migrate_from');
  await createEventStoreSchema(source.url);
  const store = await PostgresEventStore.open({ url: source.url });
  await fillLog(store, appends);
  await store.close();
});
afterAll(() => source.drop());

const program = fileURLToPath(new URL('testing/migrating.mjs', import.meta.url));
const withSources = '--conditions=@program-ledger/source';

/** Runs the command in a process of its own, and kills it when told. */
const command = (to: string, ...more: readonly string[]) => {
  const child = spawn(process.execPath, [withSources, program, 'migrate', '--from', source.url, '--to', to, ...more], { env: { ...process.env, NODE_OPTIONS: '' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return { ended: ended.then((code) => ({ code, output })), kill: () => child.kill('SIGKILL'), isRunning: () => child.exitCode === null && child.signalCode === null };
};

const lengthOf = async (store: EventStore): Promise<number> => {
  let count = 0;
  for await (const page of store.readAll({ after: beginning })) count += page.length;
  return count;
};

/** Kills the copy once it has come some way, again and again, until one run comes to the end. */
const killedUntilDone = async (url: string, target: EventStore): Promise<number> => {
  for (let kills = 0; ; ) {
    const before = await lengthOf(target);
    const running = command(url);
    while (running.isRunning() && kills < 4 && (await lengthOf(target)) < before + 40) await sleep(2);
    if (kills < 4 && running.isRunning() && running.kill()) kills += 1;
    const { code, output } = await running.ended;
    if (code === null) continue;
    expect(output).toMatch(new RegExp(`${events} events are the same in both logs, of the digest sha256:[0-9a-f]{64}`));
    expect(code).toBe(0);
    return kills;
  }
};

describe('a copy that is killed (-9) again and again is whole in the end, without a duplicate', () => {
  test('on PostgreSQL', async () => {
    const target = await createTestDatabase('migrate_to');
    await createEventStoreSchema(target.url);
    const observer = await PostgresEventStore.open({ url: target.url });
    const kills = await killedUntilDone(target.url, observer);
    expect(await lengthOf(observer)).toBe(events);
    expect(kills).toBeGreaterThan(1);
    await observer.close();
    await target.drop();
  }, 240_000);

  test('on EventStoreDB, as its double is one', async () => {
    const double = await startDouble();
    const observer = await EventStoreDb.open({ url: double.url });
    const kills = await killedUntilDone(double.url, observer);
    expect(await lengthOf(observer)).toBe(events);
    expect(kills).toBeGreaterThan(1);
    await observer.close();
    await double.close();
  }, 240_000);
});

describe('a move', () => {
  test('out of a log that somebody is connected to is refused', async () => {
    const target = await createTestDatabase('migrate_to');
    await createEventStoreSchema(target.url);
    const running = await PostgresEventStore.open({ url: source.url });
    const asked = () => migrate({ from: { at: source.url }, to: { at: target.url }, mode: 'rehearsal', dryRun: false, say: () => undefined });
    await expect(asked()).rejects.toThrow('The source is in use');
    await running.close();
    await target.drop();
  });

  test('to a place that holds no log, to a directory, or to Kafka is refused', async () => {
    const empty = await createTestDatabase('no_log');
    const to = (at: string) => migrate({ from: { at: source.url }, to: { at }, mode: 'rehearsal', dryRun: false, say: () => undefined });
    await expect(to(empty.url)).rejects.toThrow('the database holds no event log');
    await expect(to('/tmp/somewhere')).rejects.toThrow('a directory can only be moved out of');
    await expect(to('kafka://127.0.0.1:9092')).rejects.toThrow('Kafka carries messages');
    await expect(to('http://127.0.0.1')).rejects.toThrow('A log is named by');
    await empty.drop();
  });
});
