import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@program-ledger/embedded-postgres/testing';
import { canonicalJson, sha256, uuidFrom, type JsonObject } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { DataSource } from 'typeorm';
import { indexEvents } from '../projections/ledger-index/ledger-index.projection.js';
import { LedgerIndex1730000000001, ledgerTables } from '../projections/ledger-index/ledger-index.entity.js';
import { LedgerIndex } from './ledger-index.js';

const [call, application, panel, stranger] = ['call', 'application', 'panel', 'stranger'].map((name) => uuidFrom(name)) as [string, string, string, string];
const recordedAt = '2026-01-01T00:00:00.000Z';

describe('the index finds everything that concerns a thing, across services', () => {
  const store = new InMemoryEventStore();
  let database: DataSource;
  let drop: () => Promise<void>;
  let index: LedgerIndex;

  const write = async (stream: string, type: string, data: JsonObject): Promise<void> => {
    const text = canonicalJson(data);
    await store.append(stream, 'any', [{ id: uuidFrom(stream, type), type, data: text, metadata: canonicalJson({ dataDigest: sha256(text) }), recordedAt }]);
  };

  beforeAll(async () => {
    const made = await createTestDatabase();
    drop = made.drop;
    database = await new DataSource({ type: 'postgres', url: made.url, entities: ledgerTables, migrations: [LedgerIndex1730000000001], migrationsRun: true }).initialize();
    await write(`application-${application}`, 'application-started', { callId: call });
    await write(`panel-${panel}`, 'panel-convened', { callId: call, subjects: [application] });
    await write(`panel-${panel}`, 'scoring-closed', {});
    await write(`grant-${stranger}`, 'grant-reserved', { team: stranger });
    index = new LedgerIndex(store, database);
    index.onApplicationBootstrap();
    expect(await index.reached(await store.head(), 5_000)).toBe(true);
  });

  afterAll(async () => {
    await index.beforeApplicationShutdown();
    await database.destroy();
    await drop();
  });

  const streamsOf = async (entity: string, upTo?: bigint) => (await index.historyOf(entity, 0n, upTo ?? (await store.head()), 100)).map(({ stream, revision }) => `${stream.split('-')[0]}@${revision}`);

  test('an application has its own stream, and all of a panel that was convened on it, also events that do not name it', async () => {
    expect(await streamsOf(application)).toEqual(['application@0', 'panel@0', 'panel@1']);
  });

  test('a call has both, a stranger neither', async () => {
    expect(await streamsOf(call)).toEqual(['application@0', 'panel@0', 'panel@1']);
    expect(await streamsOf(stranger)).toEqual(['grant@0']);
  });

  test('as of a position there is nothing of later', async () => {
    expect(await streamsOf(application, 2n)).toEqual(['application@0', 'panel@0']);
  });

  test('an event written now is found as soon as the index has come to it', async () => {
    await write(`application-${application}`, 'application-withdrawn', {});
    expect(await index.reached(await store.head(), 5_000)).toBe(true);
    expect((await index.streamOf(`application-${application}`, 0n, await store.head(), 10)).map(({ revision }) => revision)).toEqual([0, 1]);
  });

  test('a batch indexed twice, as by two processes, changes nothing', async () => {
    const count = async () => (await database.query(`select (select count(*) from ledger_event) + (select count(*) from ledger_mention) + (select count(*) from ledger_belonging) as rows`)) as unknown;
    const before = await count();
    for await (const page of store.readAll({ after: 0n })) await database.transaction((transaction) => indexEvents(transaction, page));
    expect(await count()).toEqual(before);
  });

  test('a position that the log has not come to is not reached', async () => {
    expect(await index.reached((await store.head()) + 1n, 50)).toBe(false);
  });
});
