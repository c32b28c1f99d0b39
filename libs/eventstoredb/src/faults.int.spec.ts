import { EventStoreDBClient } from '@eventstore/db-client';
import { describe, expect, test } from '@jest/globals';
import { EventStoreLimitExceeded, EventStoreUnavailable, type SubscriptionMessage } from '@program-ledger/event-sourcing';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientUrlOf } from './addresses.js';
import { acquire, openLimits, release } from './connection.js';
import { failure } from './failures.js';
import { EventStoreDb } from './index.js';
import { orderedLog } from './ordered.js';
import { StreamNames } from './recorded.js';
import { tailLimits } from './tail.js';
import { all, ends, event, eventsIn, followed, idsOf, opened, stream, until } from './testing/fault-steps.js';
import { startDouble } from './testing/index.js';

/* What a client alone can show: broken connections, a server that is silent, late, not ready, deaf or down. */

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

  test('of one log close while both append: each waits for its own appends, and both come to an end', async () => {
    const { double, store } = await opened();
    const other = await EventStoreDb.open({ url: double.url, prefix: 'faults' });
    double.faults.answerAfterMs = 100;
    const slow = store.append(stream(), 'none', [event()]);
    const closing = other.close().then(() => 'closed');
    expect(await Promise.race([closing, slow])).toBe('closed');
    const quick = store.append(stream(), 'none', [event()]);
    await store.close();
    expect(await Promise.all([slow, quick])).toMatchObject([{ status: 'appended' }, { status: 'appended' }]);
    double.faults.answerAfterMs = 0;
    const [one, two] = [await EventStoreDb.open({ url: double.url, prefix: 'faults' }), await EventStoreDb.open({ url: double.url, prefix: 'faults' })];
    double.faults.answerAfterMs = 100;
    const appending = [one, two].map((each) => each.append(stream(), 'none', [event()]));
    await Promise.all([one.close(), two.close()]);
    expect(await Promise.all(appending)).toMatchObject([{ status: 'appended' }, { status: 'appended' }]);
    const elsewhere = await startDouble();
    ends.push(() => elsewhere.close());
    await (await EventStoreDb.open({ url: elsewhere.url })).close();
  });

  test('leave no connection open when the last has closed', async () => {
    const { double, store } = await opened();
    await store.append(stream(), 'none', [event()]);
    await store.close();
    await until(() => double.connections() === 0);
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

  test('that the server has lost without a word after it had caught up is made again, though its connection stands', async () => {
    const { double, store } = await opened();
    const { messages, events } = followed(store);
    await until(() => messages.at(-1)?.kind === 'caught-up');
    await store.append(stream(), 'none', [event()]);
    await until(() => events.length === 1);
    await sleep(100);
    double.faults.isDeaf = true;
    await store.append(stream(), 'none', [event()]);
    await sleep(100);
    double.faults.isDeaf = false;
    await until(() => events.length === 2);
  }, 40_000);

  test('that is made again comes after a random while, so that not all who lost one server come back at once', async () => {
    const { double, store } = await opened();
    const opens: number[] = [];
    const { openSubscriptions } = double.node;
    const add = openSubscriptions.add.bind(openSubscriptions);
    openSubscriptions.add = (one) => {
      opens.push(performance.now());
      return add(one);
    };
    followed(store);
    await until(() => opens.length === 1);
    const pausesMs: number[] = [];
    for (let round = 1; round <= 16; round += 1) {
      const dropped = performance.now();
      double.dropSubscriptions();
      await until(() => opens.length === round + 1);
      pausesMs.push(opens.at(-1)! - dropped);
    }
    // A pause without chance would never be shorter than the shortest, and no pause never so long.
    expect(Math.min(...pausesMs)).toBeLessThan(tailLimits.pauseMsMin * 0.9);
    expect(Math.max(...pausesMs)).toBeGreaterThan(tailLimits.pauseMsMin * 0.5);
  });

  test('that the server cancelled takes the call of the appends with it, which the client would leave behind on the connection of before', async () => {
    const { double, store } = await opened();
    const name = stream();
    await store.append(name, 'none', [event()]);
    const { events } = followed(store);
    await until(() => events.length === 1);
    const droppedMs = performance.now();
    double.dropSubscriptions();
    const next = event();
    for (let done = false; !done; ) done = await store.append(name, 0, [next]).then(() => true, () => sleep(10, false));
    await until(() => events.length === 2 && double.connections() === 1);
    expect(idsOf(events).at(-1)).toBe(next.id);
    // Not only because the tail looked for the end of the log by itself.
    expect(performance.now() - droppedMs).toBeLessThan(tailLimits.checkMs / 2);
  });

  test('that is far behind ends with its signal, though the server says nothing', async () => {
    const { double, store } = await opened();
    await store.append(stream(), 'none', [event()]);
    const { messages } = followed(store);
    await until(() => messages.at(-1)?.kind === 'caught-up');
    const abort = new AbortController();
    double.faults.isSilent = true;
    const following = all(eventsIn(store.subscribe({ after: 0n, signal: abort.signal })));
    await sleep(100);
    abort.abort();
    expect(await Promise.race([following, sleep(2_000, 'waits')])).toEqual([]);
    double.faults.isSilent = false;
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
    const connection = await acquire(double.url);
    const abort = new AbortController();
    const positions: bigint[] = [];
    const kinds = new Set<string>();
    for await (const messages of orderedLog({ connection, names }, { after: 0n, prefixes: ['wanted-'], signal: abort.signal })) {
      for (const message of messages) {
        kinds.add(message.kind);
        if (message.kind === 'caught-up') abort.abort();
        else positions.push(message.kind === 'event' ? message.event.position : message.position);
      }
      await sleep(40);
    }
    await release(connection);
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

  test('is asked for its leader by all that read', async () => {
    const { double, store } = await opened();
    const { messages } = followed(store);
    await store.append(stream(), 'any', [event()]);
    await all(store.read(stream()));
    await all(store.readAll({ after: 0n }));
    await store.head();
    await store.positionAt('2090-01-01T00:00:00.000Z');
    await until(() => messages.at(-1)?.kind === 'caught-up');
    expect(double.node.readsOfLeader.length).toBeGreaterThan(6);
    expect(double.node.readsOfLeader).not.toContain(false);
  });

  test('that starts answers nothing at first: opening asks again, and waits longer than where nobody listens', async () => {
    const double = await startDouble();
    ends.push(() => double.close());
    double.faults.isSilent = true;
    const opening = EventStoreDb.open({ url: double.url });
    await sleep(openLimits.awayMsMax + openLimits.attemptMsMax + 500);
    double.faults.isSilent = false;
    await (await opening).close();
  }, 40_000);

  test.each(['esdb://127.0.0.1:1?tls=false', 'esdb://127.0.0.1:1,127.0.0.1:2?tls=false'])(
    'that is nowhere (%s) is unavailable after a while',
    async (url) => {
      const began = Date.now();
      await expect(EventStoreDb.open({ url })).rejects.toThrow(EventStoreUnavailable);
      expect(Date.now() - began).toBeGreaterThan(openLimits.awayMsMax - 1_000);
      expect(Date.now() - began).toBeLessThan(openLimits.awayMsMax + 10_000);
    },
    40_000,
  );

  test('that knows nobody without a password says so, and that none is sent without TLS', async () => {
    const double = await startDouble();
    ends.push(() => double.close());
    const named = double.url.replace('esdb://', 'esdb://admin:changeit@');
    await (await EventStoreDb.open({ url: named })).close();
    double.faults.isRefusing = true;
    await expect(EventStoreDb.open({ url: named })).rejects.toThrow('without TLS (tls=false) the client sends neither user nor password');
    await expect(EventStoreDb.open({ url: double.url })).rejects.toThrow('refuses this user');
  });

  test('that no longer leads ends the appends on it, so that its own end does not take those on the next with it', async () => {
    const { double, store } = await opened();
    const next = await startDouble();
    ends.push(() => next.close());
    // Its log is as long as the one that it takes over.
    next.node.log.append('foreign-1', 'any', [
      { id: randomUUID(), type: 'x', contentType: 'application/json', data: Buffer.alloc(1_000), customMetadata: new Uint8Array() },
    ]);
    await store.append(stream(), 'none', [event()]);
    double.faults.answerAfterMs = 5_000;
    const outcome = store.append(stream(), 'none', [event()]).catch((error: unknown) => error);
    await sleep(50);
    double.faults.leaderAt = next.port;
    await expect(store.head()).rejects.toThrow(EventStoreUnavailable);
    expect(await Promise.race([outcome, sleep(2_000, 'in flight')])).toBeInstanceOf(EventStoreUnavailable);
    next.faults.answerAfterMs = 300;
    const there = store.append(stream(), 'none', [event()]);
    await sleep(100);
    await double.kill();
    expect(await there).toMatchObject({ status: 'appended' });
    expect(next.node.log.records.some(({ stream: name }) => name.startsWith('faults.'))).toBe(true);
  });

  test('that others fill is looked through once for a log that has nothing yet, whoever asks meanwhile', async () => {
    const { double, store } = await opened();
    const { log, calls } = double.node;
    const foreign = Array.from({ length: 500 }, () => ({
      id: randomUUID(),
      type: 'x',
      contentType: 'application/json',
      data: Buffer.from('{}'),
      customMetadata: new Uint8Array(),
    }));
    for (let round = 0; round < 6; round += 1)
      log.append(
        'foreign-1',
        'any',
        foreign.map((one) => ({ ...one, id: randomUUID() })),
      );
    const before = calls.length;
    await Promise.all(Array.from({ length: 5 }, () => store.head()));
    // Each looks near the end, one goes back over 3,000 events, and the others then look at what is new since.
    expect(calls.length - before).toBeLessThan(5 * 2 + 8 + 4 + 4);
    const mine = event();
    await store.append(stream(), 'none', [mine]);
    const floor = log.records.length;
    const visited: unknown[] = [];
    const { records } = log;
    const get = records.slice.bind(records);
    records.slice = (start, end) => {
      const part = get(start, end);
      visited.push(...part);
      return part;
    };
    expect(idsOf(await all(store.readAll({ after: 0n })))).toEqual([mine.id]);
    expect(visited.length).toBeLessThan(floor / 2);
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
      thrown({ code: 'ERR_STREAM_DESTROYED' }, 'Cannot call write after a stream was destroyed'),
      thrown({ code: 'ERR_HTTP2_STREAM_ERROR' }),
      thrown({}, 'Failed to discover after 10 attempts.'),
    ])
      expect(failure(passing)).toBeInstanceOf(EventStoreUnavailable);
    for (const mistake of [
      thrown({ type: 'access-denied', code: 7 }),
      thrown({ type: 'unknown', code: 2 }, 'Exception was thrown by handler.'),
      thrown({ code: 'ERR_INVALID_ARG_TYPE' }),
      new TypeError('x'),
    ])
      expect(failure(mistake)).not.toBeInstanceOf(EventStoreUnavailable);
    expect(failure(thrown({ type: 'access-denied' })).message).toContain('refuses this user');
  });

  test('of either product are taken, the leader is asked, and the deadline is far', () => {
    expect(clientUrlOf('kurrentdb://user:secret@one:2113,two:2113?tls=true&tlsCAFile=/ca.pem')).toBe(
      'esdb://user:secret@one:2113,two:2113?tls=true&tlsCAFile=/ca.pem&nodePreference=leader&defaultDeadline=3600000',
    );
    expect(clientUrlOf('esdb+discover://log.example/?node-preference=Leader&tlsCAFile=%2Fa=b.pem')).toBe(
      'esdb+discover://log.example?node-preference=Leader&tlsCAFile=%2Fa=b.pem&defaultDeadline=3600000',
    );
    expect(() => clientUrlOf('esdb://log.example?nodePreference=follower')).toThrow('ask the leader');
    expect(() => clientUrlOf('postgres://localhost')).toThrow(TypeError);
  });
});
