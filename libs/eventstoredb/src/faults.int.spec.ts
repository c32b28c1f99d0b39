import { EventStoreDBClient } from '@eventstore/db-client';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  EventStoreLimitExceeded,
  EventStoreUnavailable,
  type ProposedEvent,
  type RecordedEvent,
  type SubscriptionMessage,
} from '@program-ledger/event-sourcing';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clientUrlOf } from './connection.js';
import { failure } from './failures.js';
import { EventStoreDb } from './index.js';
import { orderedLog } from './ordered.js';
import { StreamNames } from './recorded.js';
import { tailLimits } from './tail.js';
import { startDouble, type Double } from './testing/index.js';

/* What a client alone can show: lost answers, broken connections, a server that is silent, late, not ready, deaf or down. */

const library = fileURLToPath(new URL('..', import.meta.url));
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const opened = async (): Promise<{ readonly double: Double; readonly store: EventStoreDb }> => {
  const double = await startDouble();
  ends.push(() => double.close());
  const store = await EventStoreDb.open({ url: double.url, prefix: 'faults' });
  ends.push(() => store.close());
  return { double, store };
};

const event = (fields: Partial<ProposedEvent> = {}): ProposedEvent => ({
  id: randomUUID(),
  type: 'noted',
  data: '{"n":1}',
  metadata: '{}',
  recordedAt: '2025-10-31T00:00:00.000Z',
  ...fields,
});

const stream = (): string => `noted-${randomUUID()}`;

const all = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
};

const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id);

const until = async (reached: () => boolean): Promise<void> => {
  for (const giveUpAt = Date.now() + 20_000; !reached(); await sleep(2)) if (Date.now() > giveUpAt) throw new Error('waited in vain');
};

const followed = (store: EventStoreDb, prefixes?: readonly string[]) => {
  const abort = new AbortController();
  const [messages, events]: [SubscriptionMessage[], RecordedEvent[]] = [[], []];
  const done = (async () => {
    for await (const message of store.subscribe({ after: 0n, signal: abort.signal, ...(prefixes === undefined ? {} : { prefixes }) })) {
      messages.push(message);
      if (message.kind === 'events') events.push(...message.events);
    }
  })();
  ends.push(async () => {
    abort.abort();
    await done;
  });
  return { messages, events };
};

describe('an append whose outcome is unknown', () => {
  test('is stored once when it is sent again with the same ids, though its answer was lost after it was stored', async () => {
    const { double, store } = await opened();
    const [name, events] = [stream(), [event(), event()]];
    double.faults.answersToLose = 1;
    await expect(store.append(name, 'none', events)).rejects.toThrow(EventStoreUnavailable);
    const { revision, position } = (await store.append(name, 'none', events)) as { revision: number; position: bigint };
    expect(revision).toBe(1);
    expect(await all(store.read(name))).toHaveLength(2);
    expect(await store.head()).toBe(position);
  });

  test('is stored once even with any, and after a restart that made the server forget its ids', async () => {
    const { double, store } = await opened();
    const [name, events] = [stream(), [event()]];
    await store.append(name, 'none', [event()]);
    double.faults.answersToLose = 1;
    await expect(store.append(name, 'any', events)).rejects.toThrow(EventStoreUnavailable);
    await double.kill();
    await double.restart();
    for (let round = 0; ; round += 1) {
      const result = await store.append(name, 'any', events).catch(() => undefined);
      if (result !== undefined) {
        expect(result).toMatchObject({ status: 'repeated', revision: 1 });
        break;
      }
      await sleep(20);
    }
    expect(await all(store.read(name))).toHaveLength(2);
    expect(double.node.log.stream(`faults.${name}`)).toMatchObject({ last: 1n });
  });

  test('never leaves the process as any', async () => {
    const { double, store } = await opened();
    const seen: unknown[] = [];
    const append = double.node.log.append.bind(double.node.log);
    double.node.log.append = (name, expected, events) => {
      seen.push(expected);
      return append(name, expected, events);
    };
    const name = stream();
    for (const expected of ['any', 'exists', 'any', 2] as const) await store.append(name, expected, [event()]);
    expect(seen).toEqual(['no_stream', 0n, 1n, 2n]);
  });

  test('two hundred at once lose their connection again and again: each is stored once, and nothing escapes that ends the process', async () => {
    const { double, store } = await opened();
    const loader = ['--conditions=@program-ledger/source', '--import', `${library}../embedded-postgres/jest/typescript.mjs`];
    const child = spawn(process.execPath, [...loader, `${library}jest/flood.mjs`, double.url], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    let [said, complained] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (complained += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    ends.push(async () => child.kill('SIGKILL'));
    await until(() => said.includes('ready') || child.exitCode !== null);
    for (let cut = 0; cut < 12 && child.exitCode === null; cut += 1) {
      await sleep(60 + 20 * (cut % 3));
      if (cut % 3 === 0) double.stall();
      if (cut % 3 === 0) await sleep(100);
      double.cut();
      if (cut % 4 === 1) await double.kill();
      if (cut % 4 === 1) await sleep(150).then(double.restart);
    }
    child.stdin.write('stop');
    expect([await ended, complained]).toEqual([0, '']);
    expect(double.node.log.records.filter(({ stream: name }) => name.startsWith('flood.'))).toHaveLength(Number(said.trim().split('\n').at(-1)));
    await store.append(stream(), 'none', [event()]).catch(() => undefined);
  });
});

describe('two stores of one process', () => {
  test('share one client, so that one that closes leaves the appends of the other alone', async () => {
    const { double, store } = await opened();
    const other = await EventStoreDb.open({ url: double.url, prefix: 'other' });
    double.faults.answerAfterMs = 60;
    const appending = store.append(stream(), 'none', [event()]);
    await sleep(20);
    await other.close();
    expect(await appending).toMatchObject({ status: 'appended' });
  });

  test('would not be left alone by a client of its own: that is why there is one, and why another server is refused', async () => {
    const { double } = await opened();
    const [one, two] = [0, 1].map(() => EventStoreDBClient.connectionString(clientUrlOf(double.url)));
    const sent = { id: randomUUID(), type: 'noted', contentType: 'application/json' as const, data: {}, metadata: {} };
    await two!.appendToStream('x-1', [sent]);
    await one!.appendToStream('x-2', [sent]);
    double.faults.isSilent = true;
    const appending = one!.appendToStream('x-3', [sent]).then(
      () => 'answered',
      () => 'rejected',
    );
    await sleep(30);
    await two!.dispose();
    expect(await Promise.race([appending, sleep(2_000, 'left alone')])).toBe('rejected');
    double.faults.isSilent = false;
    await one!.dispose();
    await expect(EventStoreDb.open({ url: 'esdb://127.0.0.1:1?tls=false' })).rejects.toThrow('one at a time');
  });

  test('of different prefixes see only their own events', async () => {
    const { double, store } = await opened();
    const other = await EventStoreDb.open({ url: double.url, prefix: 'other' });
    ends.push(() => other.close());
    const whole = await EventStoreDb.open({ url: double.url });
    ends.push(() => whole.close());
    const [mine, theirs, unnamed] = [event(), event(), event()];
    const name = stream();
    await store.append(name, 'none', [mine]);
    await other.append(name, 'none', [theirs]);
    await whole.append(name, 'none', [unnamed]);
    for (const [seen, log] of [
      [mine, store],
      [theirs, other],
      [unnamed, whole],
    ] as const) {
      expect(idsOf(await all(log.readAll({ after: 0n })))).toEqual([seen.id]);
      expect((await all(log.read(name)))[0]).toMatchObject({ ...seen, stream: name });
      expect(await log.head()).toBe((await all(log.read(name)))[0]!.position);
    }
  });
});

describe('a subscription', () => {
  test('goes on after its connection broke, its server was killed and it was dropped, without a gap, a double or a wrong order', async () => {
    const { double, store } = await opened();
    const { events } = followed(store);
    const ids: string[] = [];
    const name = stream();
    for (const trouble of [double.cut, double.dropSubscriptions, double.kill, double.cut, double.dropSubscriptions]) {
      for (let round = 0; round < 20; round += 1) {
        const next = event();
        for (let done = false; !done; )
          done = await store.append(name, 'any', [next]).then(
            () => true,
            () => sleep(10, false),
          );
        ids.push(next.id);
      }
      await trouble();
      if (trouble === double.kill) await double.restart();
    }
    await until(() => events.length >= ids.length);
    expect(idsOf(events)).toEqual(ids);
  });

  test.each(['isReady', 'isDeaf'] as const)('that a server confirms and then leaves without a word is given up, and made again (%s)', async (fault) => {
    const { double, store } = await opened();
    await store.append(stream(), 'none', [event()]);
    double.faults[fault] = fault === 'isDeaf';
    const { events } = followed(store);
    await sleep(200);
    expect(events).toEqual([]);
    double.faults[fault] = fault !== 'isDeaf';
    await until(() => events.length === 1);
  });

  test('names no position before the events up to it have been taken, though the client calls back long before', async () => {
    const { store } = await opened();
    const [wanted, other] = [`wanted-${randomUUID()}`, stream()];
    for (let round = 0; round < 12; round += 1) {
      await store.append(wanted, 'any', [event()]);
      await store.append(
        other,
        'any',
        Array.from({ length: 450 }, () => event()),
      );
    }
    const expected = idsOf(await all(store.read(wanted)));
    // A consumer that crashes after any message goes on from the position that it stored last, and still sees every event.
    for (let crashAfter = 1; crashAfter < 30; crashAfter += 1) {
      const taken = new Set<string>();
      let stored = 0n;
      for (const life of [crashAfter, Infinity]) {
        const abort = new AbortController();
        let left = life;
        for await (const message of store.subscribe({ after: stored, prefixes: ['wanted-'], signal: abort.signal, pageSize: 3 })) {
          if (left === 0) break;
          left -= 1;
          if (message.kind === 'events') for (const { id, position } of message.events) void (taken.add(id), (stored = position));
          else stored = message.position;
          if (message.kind === 'caught-up') break;
        }
        abort.abort();
      }
      expect([...taken]).toEqual(expected);
    }
  });

  test('gives checkpoints in their place among the events, however slowly they are taken', async () => {
    const { double, store } = await opened();
    const names = new StreamNames('faults');
    for (const category of ['wanted', 'noted', 'wanted', 'noted'])
      for (let batch = 0; batch < (category === 'noted' ? 10 : 1); batch += 1)
        await store.append(
          `${category}-${randomUUID()}`,
          'none',
          Array.from({ length: category === 'noted' ? 500 : 200 }, () => event()),
        );
    const client = EventStoreDBClient.connectionString(clientUrlOf(double.url));
    const abort = new AbortController();
    const positions: bigint[] = [];
    const kinds = new Set<string>();
    for await (const messages of orderedLog({ client, names }, { after: 0n, prefixes: ['wanted-'], signal: abort.signal })) {
      for (const message of messages) {
        kinds.add(message.kind);
        if (message.kind === 'caught-up') abort.abort();
        else positions.push(message.kind === 'event' ? message.event.position : message.position);
      }
      await sleep(40);
    }
    client.dispose().catch(() => undefined);
    expect([...kinds].toSorted()).toEqual(['caught-up', 'checkpoint', 'event']);
    expect(positions).toEqual(positions.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(positions.length).toBeGreaterThan(400);
  });

  test('waits for a consumer that stands still while more arrives than is kept, and then gives all of it in order', async () => {
    const { store } = await opened();
    const abort = new AbortController();
    const messages = store.subscribe({ after: 0n, signal: abort.signal })[Symbol.asyncIterator]();
    await messages.next();
    const name = stream();
    const total = tailLimits.eventsMax + 2_000;
    for (let sent = 0; sent < total; sent += 500)
      await store.append(
        name,
        'any',
        Array.from({ length: 500 }, () => event()),
      );
    const revisions: number[] = [];
    while (revisions.length < total) {
      const { value } = (await messages.next()) as { value: SubscriptionMessage };
      if (value.kind === 'events') revisions.push(...value.events.map(({ revision }) => revision));
    }
    abort.abort();
    expect(revisions).toEqual(revisions.map((_, index) => index));
  });
});

describe('a server', () => {
  test('that is not ready yet is unavailable, and opening waits for it', async () => {
    const { double, store } = await opened();
    double.faults.isReady = false;
    await expect(store.append(stream(), 'none', [event()])).rejects.toThrow(EventStoreUnavailable);
    await expect(all(store.read(stream()))).rejects.toThrow(EventStoreUnavailable);
    const opening = EventStoreDb.open({ url: double.url, prefix: 'faults' });
    await sleep(100);
    double.faults.isReady = true;
    await (await opening).close();
  });

  test('that is down makes every call unavailable, and is found again when it is back', async () => {
    const { double, store } = await opened();
    const name = stream();
    await store.append(name, 'none', [event()]);
    await double.kill();
    for (const call of [
      () => store.append(stream(), 'none', [event()]),
      () => all(store.read(name)),
      () => store.head(),
      () => all(store.readAll({ after: 0n })),
    ])
      await expect(call()).rejects.toThrow(EventStoreUnavailable);
    await double.restart();
    await until(() => true);
    for (let round = 0; round < 50; round += 1)
      if (
        await store.head().then(
          () => true,
          () => sleep(20, false),
        )
      )
        break;
    expect(await all(store.read(name))).toHaveLength(1);
  });

  test('that does not answer is given up after our own time, whatever the client waits for', async () => {
    const { double, store } = await opened();
    double.faults.isSilent = true;
    const began = Date.now();
    const calls = [store.append(stream(), 'none', [event()]), store.head(), all(store.read(stream()))];
    for (const call of await Promise.allSettled(calls)) expect(call).toMatchObject({ status: 'rejected', reason: expect.any(EventStoreUnavailable) });
    expect(Date.now() - began).toBeLessThan(17_000);
    double.faults.isSilent = false;
    double.cut();
  }, 40_000);

  test('with a smaller limit than ours says so as a limit', async () => {
    const double = await startDouble({ appendBytesMax: 64 });
    ends.push(() => double.close());
    const store = await EventStoreDb.open({ url: double.url });
    ends.push(() => store.close());
    await expect(store.append(stream(), 'none', [event({ data: `{"t":"${'x'.repeat(80)}"}` })])).rejects.toThrow(EventStoreLimitExceeded);
  });

  test('on which a stream was deleted, or written by somebody else, is not believed', async () => {
    const { double, store } = await opened();
    const { log } = double.node;
    const [ended, hidden, mixed] = [stream(), stream(), stream()];
    for (const name of [ended, hidden, mixed]) await store.append(name, 'none', [event()]);
    log.tombstone(`faults.${ended}`, 'any');
    await expect(all(store.read(ended))).rejects.toThrow('was deleted on the server');
    await expect(store.append(ended, 0, [event()])).rejects.toThrow('was deleted on the server');
    log.delete(`faults.${hidden}`, 'any');
    await expect(store.append(hidden, 'none', [event()])).rejects.toThrow('tampered');
    await expect(all(store.read(hidden))).rejects.toThrow('tampered');
    log.append(`faults.${mixed}`, 'any', [
      { id: randomUUID(), type: 'forged', contentType: 'application/json', data: Buffer.from('{}'), customMetadata: new Uint8Array() },
    ]);
    await expect(all(store.read(mixed))).rejects.toThrow('tampered');
  });

  test('refuses a position that is none with words of our own', async () => {
    const { store } = await opened();
    await store.append(stream(), 'none', [event(), event(), event()]);
    const [first] = await all(store.readAll({ after: 0n }));
    await expect(all(store.readAll({ after: first!.position + 2n }))).rejects.toThrow('no event of this log has that position');
  });
});

describe('errors and addresses', () => {
  test('are told apart: what passes is unavailable, the rest is a mistake', () => {
    const thrown = (fields: object, message = ''): Error => Object.assign(new Error(message), fields);
    for (const passing of [
      thrown({ type: 'unavailable', code: 14 }),
      thrown({ code: 14 }, '14 UNAVAILABLE: No connection established'),
      thrown({ type: 'unknown' }, 'Could not recognize Server Is Not Ready'),
      thrown({ type: 'deadline-exceeded' }),
      thrown({ type: 'cancelled', code: 1 }),
      thrown({ type: 'unknown', code: 13 }, 'Received RST_STREAM'),
      thrown({ code: 'ECONNREFUSED' }),
    ])
      expect(failure(passing)).toBeInstanceOf(EventStoreUnavailable);
    for (const mistake of [
      thrown({ type: 'access-denied', code: 7 }),
      thrown({ type: 'unknown', code: 2 }, 'Exception was thrown by handler.'),
      new TypeError('x'),
    ])
      expect(failure(mistake)).not.toBeInstanceOf(EventStoreUnavailable);
    expect(failure(thrown({ type: 'access-denied' })).message).toContain('refuses this user');
  });

  test('of either product are taken, the leader is asked, and the deadline is far', () => {
    expect(clientUrlOf('kurrentdb://user:secret@one:2113,two:2113?tls=true&tlsCAFile=/ca.pem')).toBe(
      'esdb://user:secret@one:2113,two:2113?tls=true&tlsCAFile=/ca.pem&nodePreference=leader&defaultDeadline=3600000',
    );
    expect(clientUrlOf('esdb+discover://log.example/?nodePreference=follower')).toBe(
      'esdb+discover://log.example?nodePreference=follower&defaultDeadline=3600000',
    );
    expect(() => clientUrlOf('postgres://localhost')).toThrow(TypeError);
  });
});
