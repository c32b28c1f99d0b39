import { afterAll, expect, test } from '@jest/globals';
import { EventStoreDb } from '@program-ledger/eventstoredb';
import { startDouble } from '@program-ledger/eventstoredb/testing';
import { randomUUID } from 'node:crypto';
import { eventsOf } from './auditor/log.js';

/* The auditor shares no code with the adapter: what the one writes to a server, the other must find by itself. */

const double = await startDouble();
afterAll(() => double.close());

test.each(['esdb', 'kurrentdb'])(
  'the auditor reads from an EventStoreDB (%s://) what the adapter wrote there under its prefix, and nothing else',
  async (scheme) => {
    const prefix = `torture7x${scheme}`;
    const event = (data: string) => ({ id: randomUUID(), type: 'added', data, metadata: '{}', recordedAt: '2025-10-31T00:00:00.000Z' });
    const stores = await Promise.all([prefix, `${prefix}2`, undefined].map((name) => EventStoreDb.open({ url: double.url, prefix: name })));
    const [store] = stores as [EventStoreDb, EventStoreDb, EventStoreDb];
    const written = [event('{"n":1,"amount":10}'), event('{"n": 2, "amount": 20}')];
    const answer = event('{"n":2}');
    await store.append('tally-a', 'none', written);
    for (const other of stores) await other.append('note-a', 'any', [event('{}')]);
    for (const other of stores.slice(1)) await other.append('tally-a', 'any', [event('{"n":1,"amount":10}')]);
    await store.append('answer-a', 'none', [answer]);
    const found = [];
    for await (const { position: _, ...rest } of eventsOf({ kind: 'eventstoredb', url: double.url.replace('esdb', scheme), prefix })) found.push(rest);
    await Promise.all(stores.map((one) => one.close()));
    expect(found).toEqual([
      ...written.map(({ id, data }, revision) => ({ stream: 'tally-a', revision, id, type: 'added', data })),
      { stream: 'answer-a', revision: 0, id: answer.id, type: 'added', data: answer.data },
    ]);
  },
);
