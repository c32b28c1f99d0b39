import { expect, test } from '@jest/globals';
import { createTestDatabase } from '@program-ledger/embedded-postgres/testing';
import { EventStoreDb } from '@program-ledger/eventstoredb';
import { createEventStoreSchema, PostgresEventStore } from '@program-ledger/postgres-event-store';
import { randomBytes } from 'node:crypto';
import { migrate } from './migrate/migrate.js';
import { killedUntilDone, lengthOf } from './testing/killed-until-done.js';
import { fillLog } from './testing/sample-log.js';

/* Alone in its file, since the client allows one server a process. The prefix is new each time: it can run again and again on a server that stays. */

const server = process.env['EVENTSTOREDB_URL'] ?? '';
const events = 1_001;

if (server === '') {
  process.stderr.write('\nNOT RUN: a migration to a real EventStoreDB. Set EVENTSTOREDB_URL (esdb://127.0.0.1:2113?tls=false) to run it.\n\n');
  test('a migration to a real EventStoreDB did not run: EVENTSTOREDB_URL names no server', () => expect(server).toBe(''));
} else {
  test('a copy to the server at EVENTSTOREDB_URL, killed (-9) again and again, is whole in the end, and is found whole when it is said again', async () => {
    const prefix = `move${randomBytes(6).toString('hex')}`;
    const source = await createTestDatabase('migrate_from');
    await createEventStoreSchema(source.url);
    const store = await PostgresEventStore.open({ url: source.url });
    await fillLog(store, 400);
    await store.close();
    const observer = await EventStoreDb.open({ url: server, prefix });
    const { kills, code, output } = await killedUntilDone(observer, source.url, ['--to', server, '--to-prefix', prefix]);
    expect(output).toMatch(new RegExp(`${events} events are the same in both logs, of the digest sha256:[0-9a-f]{64}`));
    expect(code).toBe(0);
    expect(kills).toBeGreaterThan(1);
    expect(await lengthOf(observer)).toBe(events);
    const again = await migrate({ from: { at: source.url }, to: { at: server, prefix }, mode: 'rehearsal', dryRun: false, say: () => undefined });
    expect(again).toMatchObject({ found: events, copied: 0, verified: { events } });
    await observer.close();
    await source.drop();
  }, 600_000);
}
