import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { EventStoreUnavailable, type ProposedEvent, type RecordedEvent } from '@program-ledger/event-sourcing';
import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PostgresEventStore, createEventStoreSchema } from './index.js';

let database: TestDatabase;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  database = await createTestDatabase('event_store');
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await database.drop();
});

const event = (fields: Partial<ProposedEvent> = {}): ProposedEvent => ({
  id: randomUUID(),
  type: 'noted',
  data: '{}',
  metadata: '{}',
  recordedAt: '2025-10-31T00:00:00.000Z',
  ...fields,
});
const newStream = (category = 'noted'): string => `${category}-${randomUUID()}`;

const open = async (url = database.url): Promise<PostgresEventStore> => {
  const store = await PostgresEventStore.open({ url });
  stops.push(() => store.close());
  return store;
};

const created = async (): Promise<PostgresEventStore> => {
  await createEventStoreSchema(database.url);
  return open();
};

const client = async (): Promise<pg.Client> => {
  const connected = new pg.Client({ connectionString: database.url });
  connected.on('error', () => undefined);
  await connected.connect();
  stops.push(() => connected.end().catch(() => undefined));
  return connected;
};

const firstEvents = async (store: PostgresEventStore, after: bigint): Promise<readonly RecordedEvent[]> => {
  for await (const message of store.subscribe({ after, signal: AbortSignal.timeout(20_000) })) if (message.kind === 'events') return message.events;
  throw new Error('waited in vain');
};

describe('creating and opening', () => {
  test('makes the tables once and leaves a log that is there alone, also when two do it at once', async () => {
    expect((await Promise.all([createEventStoreSchema(database.url), createEventStoreSchema(database.url)])).toSorted()).toEqual(['created', 'existing']);
    const store = await open();
    await store.append(newStream(), 'none', [event()]);
    expect(await createEventStoreSchema(database.url)).toBe('existing');
    expect(await store.head()).toBe(1n);
  });

  test('never makes a log by opening one', async () => {
    await expect(PostgresEventStore.open({ url: database.url })).rejects.toThrow('the database holds no event log: make one with createEventStoreSchema');
  });

  test('refuses a log of another version', async () => {
    await createEventStoreSchema(database.url);
    await (await client()).query('update event_store.format set version = 99');
    await expect(PostgresEventStore.open({ url: database.url })).rejects.toThrow('the event log has format 99, this code writes 1');
  });

  test('says that the log is away when nothing listens', async () => {
    await expect(PostgresEventStore.open({ url: 'postgres://postgres:p@127.0.0.1:1/none' })).rejects.toThrow(EventStoreUnavailable);
  });
});

describe('groups', () => {
  test('give each append its own answer', async () => {
    const store = await created();
    const [full, absent, fresh] = [newStream(), newStream(), newStream()];
    const known = event();
    await store.append(full, 'none', [known]);
    const answers = await Promise.all([
      store.append(full, 'none', [event()]),
      store.append(absent, 3, [event()]),
      store.append(fresh, 'none', [event(), event()]),
      store.append(newStream(), 'exists', [event()]),
      store.append(newStream(), 'any', [event()]),
    ]);
    expect(answers).toEqual([
      { status: 'conflict', expected: 'none', actual: 0 },
      { status: 'conflict', expected: 3, actual: 'none' },
      { status: 'appended', revision: 1, position: 3n },
      { status: 'conflict', expected: 'exists', actual: 'none' },
      { status: 'appended', revision: 0, position: 4n },
    ]);
    expect(await store.append(full, 'none', [known])).toEqual({ status: 'repeated', revision: 0, position: 1n });
  });

  test('commit many callers in few transactions', async () => {
    const store = await created();
    await Promise.all(Array.from({ length: 2_000 }, () => store.append(newStream(), 'none', [event()])));
    const { rows } = await (
      await client()
    ).query<{ transactions: number }>('select count(distinct xmin::text)::integer as transactions from event_store.events');
    expect(rows[0]!.transactions).toBeLessThanOrEqual(20);
  });

  test('keep a known id at another revision from spoiling the appends beside it', async () => {
    const store = await created();
    const stream = newStream();
    const known = event();
    await store.append(stream, 'none', [known]);
    await store.append(stream, 0, [event()]);
    const [repeat, other] = await Promise.all([store.append(stream, 1, [known]), store.append(newStream(), 'none', [event()])]);
    expect(repeat).toEqual({ status: 'repeated', revision: 0, position: 1n });
    expect(other).toEqual({ status: 'appended', revision: 0, position: 3n });
  });
});

describe('other transactions', () => {
  test('that are long hold up neither writers nor readers, and hide nothing from them', async () => {
    const store = await created();
    const long = await client();
    await long.query('begin isolation level repeatable read');
    await long.query('select * from event_store.turn');
    await long.query('create table beside (one integer)');
    for (let round = 0; round < 20; round += 1) await store.append(newStream(), 'none', [event()]);
    expect(await store.head()).toBe(20n);
    expect(await firstEvents(await open(), 0n)).toHaveLength(20);
    await long.query('rollback');
  });

  test('that are rolled back leave no gap', async () => {
    const store = await created();
    const rolledBack = await client();
    await store.append(newStream(), 'none', [event()]);
    await rolledBack.query('begin');
    await rolledBack.query(
      `select * from event_store.append(array['noted-x'], array[-1], array[1], 10, false, array['noted-x'], array[1], array[0], array['${randomUUID()}']::uuid[], array['noted'], array['{}'], array['{}'], array[0]::bigint[])`,
    );
    const waiting = store.append(newStream(), 'none', [event()]);
    await sleep(50);
    await rolledBack.query('rollback');
    expect(await waiting).toMatchObject({ position: 2n });
  });
});

describe('a connection that breaks', () => {
  /** Stands between the store and PostgreSQL, and lets through what it is told to. */
  const proxy = async () => {
    const target = new URL(database.url);
    const sockets = new Set<Socket>();
    let muted = false;
    const server = createServer((socket) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const end of [socket, upstream]) {
        sockets.add(end);
        end.on('error', () => undefined);
        end.on('close', () => (socket.destroy(), upstream.destroy()));
      }
      socket.pipe(upstream);
      upstream.on('data', (chunk) => void (muted || socket.write(chunk)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = new URL(database.url);
    url.port = String(port);
    const cut = (): void => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    };
    stops.push(async () => (cut(), server.close()));
    return { url: url.href, cut, mute: (value: boolean) => (muted = value) };
  };

  test('after the append was sent makes its outcome unknown, and the same append again tells', async () => {
    await createEventStoreSchema(database.url);
    const between = await proxy();
    const store = await open(between.url);
    const stream = newStream();
    await store.append(stream, 'none', [event()]);
    between.mute(true);
    const lost = [event()];
    const unknown = store.append(stream, 0, lost);
    unknown.catch(() => undefined);
    const direct = await open();
    while ((await direct.head()) < 2n) await sleep(5);
    between.cut();
    between.mute(false);
    await expect(unknown).rejects.toThrow(EventStoreUnavailable);
    expect(await store.append(stream, 0, lost)).toEqual({ status: 'repeated', revision: 1, position: 2n });
  });

  test('ends a read with an error, and never a subscription', async () => {
    await createEventStoreSchema(database.url);
    const between = await proxy();
    const store = await open(between.url);
    const direct = await open();
    const abort = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const message of store.subscribe({ after: 0n, signal: abort.signal }))
        if (message.kind === 'events') seen.push(...message.events.map(({ id }) => id));
    })();
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const written = event();
      ids.push(written.id);
      await direct.append(newStream(), 'none', [written]);
      if (round === 2) {
        between.mute(true);
        const reading = store.head();
        reading.catch(() => undefined);
        await sleep(20);
        between.cut();
        between.mute(false);
        await expect(reading).rejects.toThrow(EventStoreUnavailable);
      }
    }
    while (seen.length < ids.length) await sleep(10);
    abort.abort();
    await following;
    expect(seen).toEqual(ids);
  });
});

describe('waking up', () => {
  test('hears of appends by another process long before it polls', async () => {
    const [follower, other] = [await created(), await open()];
    const heard: number[] = [];
    const abort = new AbortController();
    const following = (async () => {
      for await (const message of follower.subscribe({ after: 0n, signal: abort.signal })) if (message.kind === 'events') heard.push(Date.now());
    })();
    await sleep(100);
    const waits: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const sentAt = Date.now();
      await other.append(newStream(), 'none', [event()]);
      while (heard.length <= round) await sleep(1);
      waits.push(heard[round]! - sentAt);
    }
    abort.abort();
    await following;
    expect(waits.toSorted((a, b) => a - b)[5]).toBeLessThan(200);
  });

  test('asks the database nothing for what this process appended itself', async () => {
    const store = await created();
    const seen: RecordedEvent[] = [];
    const abort = new AbortController();
    const following = (async () => {
      for await (const message of store.subscribe({ after: 0n, signal: abort.signal })) if (message.kind === 'events') seen.push(...message.events);
    })();
    await store.append(newStream(), 'none', [event()]);
    while (seen.length < 1) await sleep(1);
    const observer = await client();
    const rowsRead = async (): Promise<number> => {
      const { rows } = await observer.query<{ read: string }>(
        `select seq_tup_read + coalesce(idx_tup_fetch, 0) as read from pg_stat_user_tables where relname = 'events'`,
      );
      return Number(rows[0]!.read);
    };
    const before = await rowsRead();
    await Promise.all(Array.from({ length: 300 }, () => store.append(newStream(), 'none', [event()])));
    while (seen.length < 301) await sleep(1);
    abort.abort();
    await following;
    await sleep(1_100);
    expect((await rowsRead()) - before).toBeLessThan(50);
    expect(seen.map(({ position }) => position)).toEqual(seen.map((_, index) => BigInt(index + 1)));
  });
});
