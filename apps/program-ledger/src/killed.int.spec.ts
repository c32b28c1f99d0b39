import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { startDouble } from '@program-ledger/eventstoredb/testing';
import { EventStoreDb } from '@program-ledger/eventstoredb';
import type { EventStore } from '@program-ledger/event-sourcing';
import { createEventStoreSchema, PostgresEventStore } from '@program-ledger/postgres-event-store';
import type { Place } from './migrate/ends.js';
import { migrate } from './migrate/migrate.js';
import { killedUntilDone, lengthOf } from './testing/killed-until-done.js';
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

const survivesKills = async (observer: EventStore, url: string): Promise<void> => {
  const { kills, code, output } = await killedUntilDone(observer, source.url, ['--to', url]);
  expect(output).toMatch(new RegExp(`${events} events are the same in both logs, of the digest sha256:[0-9a-f]{64}`));
  expect(code).toBe(0);
  expect(await lengthOf(observer)).toBe(events);
  expect(kills).toBeGreaterThan(1);
};

describe('a copy that is killed (-9) again and again is whole in the end, without a duplicate', () => {
  test('on PostgreSQL', async () => {
    const target = await createTestDatabase('migrate_to');
    await createEventStoreSchema(target.url);
    const observer = await PostgresEventStore.open({ url: target.url });
    await survivesKills(observer, target.url);
    await observer.close();
    await target.drop();
  }, 240_000);

  test('on EventStoreDB, as its double is one', async () => {
    const double = await startDouble();
    const observer = await EventStoreDb.open({ url: double.url });
    await survivesKills(observer, double.url);
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

  test('with a prefix where there are none, at either end, is refused', async () => {
    const empty = await createTestDatabase('no_prefix');
    const between = (from: Place, to: Place) => migrate({ from, to, mode: 'rehearsal', dryRun: false, say: () => undefined });
    await expect(between({ at: source.url }, { at: empty.url, prefix: 'mine' })).rejects.toThrow('in PostgreSQL a log has its database to itself');
    await expect(between({ at: source.url, prefix: 'mine' }, { at: empty.url })).rejects.toThrow('in PostgreSQL a log has its database to itself');
    await expect(between({ at: '/tmp', prefix: 'mine' }, { at: empty.url })).rejects.toThrow('A directory holds one log, without a prefix');
    await empty.drop();
  });
});
