import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { Commands, sha256 } from '@program-ledger/event-sourcing';
import { createEventStoreSchema, PostgresEventStore } from '@program-ledger/postgres-event-store';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { deadLetterTopic } from './engines.js';
import { parts, type Allowed, type PartSettings } from './parts.js';
import { answer, answeredEvery, at, tallyIdOf, topic } from './sample.js';
import { audited, type Asking } from '../auditor/audited.js';
import type { Law, LoggedEvent } from '../auditor/judge.js';

/*
 * A small run as the parts leave it: the log by the real writer, the rows by the real projector, in a real database; effects and the broker's
 * files as a sound consumer and a sound relay would have left them. Then one thing in it is spoilt, and the auditor must say what.
 */

const load = { streams: 10, events: 100 };

const number = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let left = value * 2; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
};
const text = (value: string): Buffer => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);

/** One batch of Kafka's format, with the records of one partition. */
const batchOf = (events: readonly LoggedEvent[]): Buffer => {
  const records = events.map(({ id, stream, revision, data }, offset) => {
    const headers = Object.entries({ ce_id: id, ce_subject: stream, ce_partitionkey: stream, ce_type: 'sample.added.v1', ce_sequence: String(revision) });
    const body = Buffer.concat([Buffer.alloc(1), number(0), number(offset), text(stream), text(data), number(headers.length), ...headers.flatMap((header) => header.map(text))]);
    return Buffer.concat([number(body.length), body]);
  });
  const head = Buffer.alloc(61);
  head.writeInt32BE(head.length - 12 + Buffer.concat(records).length, 8);
  head.writeInt8(2, 16);
  head.writeInt32BE(records.length, 57);
  return Buffer.concat([head, ...records]);
};

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (const giveUpAt = Date.now() + 30_000; !(await holds()); await pause(50)) if (Date.now() > giveUpAt) throw new Error('waited in vain');
};

const query = async <T extends object>(url: string, statement: string): Promise<readonly T[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
};

const written = async (settings: PartSettings): Promise<void> => {
  await createEventStoreSchema(settings.logUrl);
  const listen = (heard: (message: Allowed) => void): void => heard({ allowed: load.events });
  await parts.writer({ settings, signal: new AbortController().signal, tell: () => undefined, listen });
  const store = await PostgresEventStore.open({ url: settings.logUrl });
  const commands = new Commands(store, { now: () => at });
  for (let stream = 0; stream < load.streams; stream += 1) {
    const id = tallyIdOf(settings.seed, stream);
    await commands.handle(answer, id, { type: 'answer', n: answeredEvery, at }, { commandId: id, commandDigest: sha256(id), correlationId: id, causationId: id, actor: 'service:test' });
  }
  await store.close();
};

const projected = async (settings: PartSettings): Promise<void> => {
  const stopping = new AbortController();
  const projector = parts.projector({ settings, signal: stopping.signal, tell: () => undefined, listen: () => undefined });
  const shown = 'select coalesce(sum(additions), 0)::int as sum from tallies where valid_to is null';
  await until(() => query<{ sum: number }>(settings.serviceUrl, shown).then(([row]) => row?.sum === load.events, () => false));
  stopping.abort();
  await projector;
};

const topicFile = (data: string, name: string): string => {
  mkdirSync(join(data, `${name}-0`), { recursive: true });
  return join(data, `${name}-0`, '00000000000000000000.log');
};

describe('the auditor, of what lies in a database and in files,', () => {
  const directory = mkdtempSync(join(tmpdir(), 'audited-'));
  const databases: TestDatabase[] = [];
  let asking: Asking;
  let added: readonly LoggedEvent[];

  const runOf = async (seed: number): Promise<Asking> => {
    const database = await createTestDatabase('audited');
    databases.push(database);
    const acknowledged = join(directory, `acknowledged-${databases.length}`);
    const brokerData = join(directory, `kafka-${databases.length}`);
    const settings: PartSettings = { ...load, seed, logUrl: database.url, serviceUrl: database.url, brokerUrl: 'kafka://127.0.0.1:9', acknowledged };
    await written(settings);
    await projected(settings);
    await query(database.url, "insert into effects (message_id, key, n, amount) select id, stream, (data::json->>'n')::int, (data::json->>'amount')::int from event_store.events where type = 'added' order by position");
    const events = await query<LoggedEvent>(database.url, "select position, stream, revision, id, type, data from event_store.events where type = 'added' order by position");
    writeFileSync(topicFile(brokerData, topic), batchOf(events));
    writeFileSync(topicFile(brokerData, deadLetterTopic), '');
    return { streams: load.streams, perStream: load.events / load.streams, answeredEvery, gapless: true, log: { kind: 'postgres', url: database.url }, serviceUrl: database.url, brokerData, topic, deadLetterTopic, acknowledged };
  };

  beforeAll(async () => {
    asking = await runOf(3);
    added = await query<LoggedEvent>(asking.serviceUrl, "select position, stream, revision, id, type, data from event_store.events where type = 'added' order by position");
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  const spoilt = async ({ by, mended }: { readonly by: () => Promise<unknown>; readonly mended: () => Promise<unknown> }) => {
    await by();
    try {
      return await audited(asking);
    } finally {
      await mended();
    }
  };
  const bySql = (by: string, mended: string) => spoilt({ by: () => query(asking.serviceUrl, by), mended: () => query(asking.serviceUrl, mended) });
  const inFile = (file: string, content: string | Buffer) => {
    const before = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    return spoilt({ by: () => Promise.resolve(writeFileSync(file, content)), mended: () => Promise.resolve(writeFileSync(file, before)) });
  };

  test('has nothing to say of a sound run, and reads all of it', async () => {
    const { digest: _, ...found } = await audited(asking);
    expect(found).toEqual({ events: 110, acknowledged: 100, messages: 100, repeats: 0, effects: 100, rows: 10, counts: { lost: 0, twice: 0, order: 0, strange: 0 }, findings: [] });
  });

  test('has the same digest of two runs of a seed, and another of another seed', async () => {
    const digests = [asking, await runOf(3), await runOf(4)].map(async (each) => (await audited(each)).digest);
    const [first, second, other] = await Promise.all(digests);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  const keptAside = 'create table aside as select * from effects where applied = 40';
  test.each<readonly [string, Law, string, string]>([
    ['an effect that was lost', 'lost', `${keptAside}; delete from effects where applied = 40`, 'insert into effects select * from aside; drop table aside'],
    ['an effect that came twice', 'twice', 'insert into effects select 999, message_id, key, n, amount from effects where applied = 40', 'delete from effects where applied = 999'],
    ['an effect with another amount', 'strange', 'update effects set amount = amount + 1 where applied = 40', 'update effects set amount = amount - 1 where applied = 40'],
    ['an effect that came too early', 'order', 'update effects set applied = -applied where applied = 100', 'update effects set applied = -applied where applied = -100'],
    ['a row that counted an addition twice', 'twice', 'update tallies set additions = additions + 1 where valid_to is null', 'update tallies set additions = additions - 1 where valid_to is null'],
    ['a stream that is parked', 'strange', "insert into parked_streams values ('tallies', 'tally-x', 1, 1, 'an error', 1)", 'delete from parked_streams'],
  ])('finds %s', async (_, law, by, mended) => expect((await bySql(by, mended)).counts[law]).toBeGreaterThan(0));

  test('finds what was acknowledged and is not in the log', async () => {
    expect((await inFile(asking.acknowledged, `${readFileSync(asking.acknowledged, 'utf8')}${added[0]?.stream ?? ''} 11\n`)).counts).toMatchObject({ lost: 1 });
  });

  test('finds a message that is not in the files of the broker, one that is altered there, and one among the dead letters', async () => {
    const file = topicFile(asking.brokerData, topic);
    expect((await inFile(file, batchOf(added.slice(0, -1)))).counts).toMatchObject({ lost: 1, strange: 0 });
    expect((await inFile(file, batchOf(added.map((event, index) => (index === 5 ? { ...event, data: '{"n":1,"amount":-1}' } : event))))).counts).toMatchObject({ lost: 0, strange: 1 });
    expect((await inFile(topicFile(asking.brokerData, deadLetterTopic), batchOf(added.slice(0, 1)))).counts).toMatchObject({ lost: 0, strange: 1 });
  });

  test('takes a message that was delivered again for a repeat, and no fault', async () => {
    const found = await inFile(topicFile(asking.brokerData, topic), Buffer.concat([batchOf(added), batchOf(added.slice(0, 3))]));
    expect(found).toMatchObject({ messages: 103, repeats: 3, findings: [] });
  });
});
