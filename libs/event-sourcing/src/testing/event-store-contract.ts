import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import {
  EventStoreLimitExceeded,
  eventStoreLimits,
  type EventStore,
  type EventStoreLimits,
  type ExpectedRevision,
  type Position,
  type ProposedEvent,
  type SubscriptionMessage,
} from '../event-store.js';
import {
  all,
  appendInTurn,
  appendInsisting,
  appended,
  categoryAndStream,
  disposable,
  event,
  expectAscending,
  fill,
  follow,
  idsOf,
  modelled,
  pages,
  streamIn,
} from './log-steps.js';

/** One log seen through two independent stores, as two processes would. A twin may give the same store twice. */
export type ContractedLog = {
  readonly stores: readonly [EventStore, EventStore];
  /** Where the suite may: kills the server without warning and starts it again with what it had stored. */
  restart?(): Promise<void>;
  dispose(): Promise<void>;
};

/** What a store cannot do, by name of the case, with the reason that is printed. */
export type Cannot = Readonly<Record<string, string>>;

const killed = 'lose and double nothing that they insist on while the server is killed again and again';
/** For cases of many thousand events, of a log that others have filled, or of a server that has to come back. */
const longMs = 240_000;

/**
 * The behaviour that every EventStore shares. `makeLog` opens a log of its own for the suite; it may hold foreign events.
 * A case named in `cannot` passes with its reason printed instead of being left out in silence.
 */
export const eventStoreContract = (
  name: string,
  makeLog: (limits: Partial<EventStoreLimits>) => Promise<ContractedLog>,
  { cannot = {}, restarts = false }: { cannot?: Cannot; restarts?: boolean } = {},
): void => {
  describe(`${name} is an event store`, () => {
    let log: ContractedLog;
    let store: EventStore;
    let second: EventStore;

    beforeAll(async () => {
      log = await makeLog({});
      [store, second] = log.stores;
    });
    afterAll(() => log.dispose());

    const can = (title: string, check: () => Promise<void>, timeoutMs?: number): void => {
      const reason = cannot[title];
      test(reason === undefined ? title : `${title} (cannot: ${reason})`, reason === undefined ? check : () => undefined, timeoutMs);
    };
    if (!restarts) cannot = { [killed]: 'this server is not ours to kill', ...cannot };

    describe('expectations', () => {
      can('creates a stream with none, once', async () => {
        const stream = streamIn('expected');
        expect(await store.append(stream, 'none', [event()])).toMatchObject({ status: 'appended', revision: 0 });
        expect(await store.append(stream, 'none', [event()])).toEqual({ status: 'conflict', expected: 'none', actual: 0 });
      });

      can('appends at the exact revision only, and names the actual one otherwise', async () => {
        const stream = streamIn('expected');
        expect(await store.append(stream, 0, [event()])).toEqual({ status: 'conflict', expected: 0, actual: 'none' });
        await store.append(stream, 'none', [event(), event()]);
        expect(await store.append(stream, 0, [event()])).toEqual({ status: 'conflict', expected: 0, actual: 1 });
        expect(await store.append(stream, 2, [event()])).toEqual({ status: 'conflict', expected: 2, actual: 1 });
        expect(await store.append(stream, 1, [event(), event()])).toMatchObject({ status: 'appended', revision: 3 });
      });

      can('appends with exists only to a stream that is there', async () => {
        const stream = streamIn('expected');
        expect(await store.append(stream, 'exists', [event()])).toEqual({ status: 'conflict', expected: 'exists', actual: 'none' });
        await store.append(stream, 'any', [event()]);
        expect(await store.append(stream, 'exists', [event()])).toMatchObject({ status: 'appended', revision: 1 });
      });

      can('appends with any to what is there and what is not', async () => {
        const stream = streamIn('expected');
        expect(await store.append(stream, 'any', [event()])).toMatchObject({ status: 'appended', revision: 0 });
        expect(await store.append(stream, 'any', [event()])).toMatchObject({ status: 'appended', revision: 1 });
      });

      can('writes nothing on a conflict', async () => {
        const stream = streamIn('expected');
        const kept = event();
        await store.append(stream, 'none', [kept]);
        const head = await store.head();
        await store.append(stream, 'none', [event(), event()]);
        await store.append(stream, 7, [event()]);
        expect(await store.head()).toBe(head);
        expect(idsOf(await all(store.read(stream)))).toEqual([kept.id]);
      });
    });

    describe('repeats', () => {
      for (const expected of ['none', 'any'] as const)
        can(`answers an append of ${expected} that comes again with the first result`, async () => {
          const stream = streamIn('repeated');
          const events = [event(), event()];
          const first = appended(await store.append(stream, expected, events));
          expect(await store.append(stream, expected, events)).toEqual({ ...first, status: 'repeated' });
          await store.append(stream, 1, [event()]);
          expect(await second.append(stream, expected, events)).toEqual({ ...first, status: 'repeated' });
          expect(await all(store.read(stream))).toHaveLength(3);
        });

      can('answers an append at an exact revision, or to an existing stream, that comes again', async () => {
        const stream = streamIn('repeated');
        await store.append(stream, 'none', [event()]);
        const [exact, existing] = [[event()], [event()]];
        const [one, two] = [appended(await store.append(stream, 0, exact)), appended(await store.append(stream, 'exists', existing))];
        expect(await store.append(stream, 0, exact)).toEqual({ ...one, status: 'repeated' });
        expect(await store.append(stream, 'exists', existing)).toEqual({ ...two, status: 'repeated' });
      });

      can('takes a prefix or a tail of an earlier append for a repeat', async () => {
        const stream = streamIn('repeated');
        const [a, b, c] = [event(), event(), event()];
        await store.append(stream, 'none', [a, b, c]);
        const positions = (await all(store.read(stream))).map(({ position }) => position);
        expect(await store.append(stream, 'none', [a, b])).toEqual({ status: 'repeated', revision: 1, position: positions[1] });
        expect(await store.append(stream, 0, [b, c])).toEqual({ status: 'repeated', revision: 2, position: positions[2] });
      });

      can('refuses known events followed or mixed with new ones, whatever was expected', async () => {
        const stream = streamIn('repeated');
        const [a, b] = [event(), event()];
        await store.append(stream, 'none', [a, b]);
        for (const events of [
          [a, b, event()],
          [b, event()],
          [a, event()],
          [event(), a],
          [b, a],
        ])
          for (const expected of ['none', 1, 'exists', 'any'] as const)
            expect(await store.append(stream, expected, events)).toEqual({ status: 'conflict', expected, actual: 1 });
        expect(idsOf(await all(store.read(stream)))).toEqual([a.id, b.id]);
      });

      can('knows an event by its id at another expected revision too', async () => {
        const stream = streamIn('repeated');
        const known = event();
        const first = appended(await store.append(stream, 'none', [known]));
        await store.append(stream, 0, [event()]);
        expect(await store.append(stream, 1, [known])).toEqual({ ...first, status: 'repeated' });
      });

      can('takes the same ids in another stream for new events', async () => {
        const known = event();
        await store.append(streamIn('repeated'), 'none', [known]);
        expect(await store.append(streamIn('repeated'), 'none', [known])).toMatchObject({ status: 'appended', revision: 0 });
      });

      can('stores one append once when it is sent by many at the same time', async () => {
        const stream = streamIn('repeated');
        const events = [event(), event(), event()];
        const results = await Promise.all(Array.from({ length: 20 }, (_, index) => log.stores[index % 2 === 0 ? 0 : 1].append(stream, 'none', events)));
        expect(results.filter(({ status }) => status === 'appended')).toHaveLength(1);
        const first = appended(results.find(({ status }) => status === 'appended')!);
        for (const result of results) expect({ ...result, status: 'appended' }).toEqual(first);
        expect(await all(store.read(stream))).toHaveLength(3);
      });
    });

    describe('limits and bad input', () => {
      const refuses = async (limit: keyof EventStoreLimits, attempt: Promise<unknown>): Promise<void> => {
        const error = await attempt.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(EventStoreLimitExceeded);
        expect((error as EventStoreLimitExceeded).limit).toBe(limit);
      };
      const sized = (bytes: number): ProposedEvent => event({ data: `"${'가'.repeat(10)}${'x'.repeat(bytes - 32)}"`, metadata: '' });

      can('takes an event of the most bytes, and not one more', async () => {
        const stream = streamIn('limited');
        await refuses('eventBytesMax', store.append(stream, 'none', [sized(eventStoreLimits.eventBytesMax + 1)]));
        expect(await store.append(stream, 'none', [sized(eventStoreLimits.eventBytesMax)])).toMatchObject({ status: 'appended' });
      });

      can('takes an append of the most bytes, and not one more', async () => {
        const stream = streamIn('limited');
        const rest = eventStoreLimits.appendBytesMax - 2 * eventStoreLimits.eventBytesMax;
        const most = [sized(eventStoreLimits.eventBytesMax), sized(eventStoreLimits.eventBytesMax)];
        await refuses('appendBytesMax', store.append(stream, 'none', [...most, sized(rest + 1)]));
        expect(await store.append(stream, 'none', [...most, sized(rest)])).toMatchObject({ status: 'appended', revision: 2 });
      });

      can('takes the most events in one append, and not one more', async () => {
        const stream = streamIn('limited');
        const events = Array.from({ length: eventStoreLimits.eventsPerAppendMax }, () => event());
        await refuses('eventsPerAppendMax', store.append(stream, 'none', [...events, event()]));
        expect(await store.append(stream, 'none', events)).toMatchObject({ status: 'appended', revision: events.length - 1 });
      });

      can('takes a stream name of the most characters, and not one more', async () => {
        const longest = `limited-${'x'.repeat(eventStoreLimits.streamNameLengthMax - 44)}${randomUUID()}`;
        await refuses('streamNameLengthMax', store.append(`${longest}y`, 'none', [event()]));
        expect(await store.append(longest, 'none', [event()])).toMatchObject({ status: 'appended' });
      });

      can('lets a stream grow to its length, and not one event longer', async () => {
        await using small = disposable(await makeLog({ streamLengthMax: 5 }));
        const [bounded] = small.stores;
        const stream = streamIn('limited');
        const last = [event(), event()];
        await bounded.append(stream, 'none', [event(), event(), event()]);
        await refuses('streamLengthMax', bounded.append(stream, 2, [...last, event()]));
        const first = appended(await bounded.append(stream, 2, last));
        await refuses('streamLengthMax', bounded.append(stream, 4, [event()]));
        expect(await bounded.append(stream, 2, last)).toEqual({ ...first, status: 'repeated' });
        expect(await bounded.append(stream, 'none', [event()])).toMatchObject({ status: 'conflict', actual: 4 });
      });

      can('refuses what no caller may send', async () => {
        const stream = streamIn('limited');
        const twice = event();
        const bad: readonly (readonly [string, readonly ProposedEvent[]])[] = [
          [stream, []],
          [stream, [twice, twice]],
          [stream, [event({ id: 'not-a-uuid' })]],
          [stream, [event({ data: '"\ud800"' })]],
          [stream, [event({ recordedAt: '2025-10-31T09:00:00+09:00' })]],
          [stream, [event({ type: '' })]],
          ['nohyphen', [event()]],
          ['two words-1', [event()]],
        ];
        for (const [name, events] of bad) await expect(store.append(name, 'any', events)).rejects.toThrow(TypeError);
        expect(await all(store.read(stream))).toEqual([]);
      });
    });

    describe('reading', () => {
      can('gives back every event exactly as it was written', async () => {
        const stream = streamIn('exact');
        const odd = event({
          type: 'fünf-Ämter',
          data: '{"b" : 1.0,\n"a":"e\u0301 \\u0000 \\ud800 한 😂 \u2028","n":123456789012345678901234567890}',
          metadata: '{"z":"\\t","a":"\'\\\\"}',
        });
        const result = appended(await store.append(stream, 'none', [odd]));
        const expected = { ...odd, stream, revision: 0, position: result.position };
        expect(await all(second.read(stream))).toEqual([expected]);
        expect((await all(second.readAll({ after: result.position - 1n, upTo: result.position }))).at(-1)).toEqual(expected);
      });

      can('reads a stream from a revision, up to a position, in pages, and an absent one as empty', async () => {
        const stream = streamIn('read');
        const ids = await fill(store, stream, 7);
        await fill(store, streamIn('read'), 2);
        const events = await all(store.read(stream));
        expect(idsOf(events)).toEqual(ids);
        expect(events.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4, 5, 6]);
        expect(idsOf(await all(store.read(stream, { from: 5 })))).toEqual(ids.slice(5));
        expect(idsOf(await all(store.read(stream, { upTo: events[3]!.position })))).toEqual(ids.slice(0, 4));
        expect(idsOf(await all(store.read(stream, { from: 2, upTo: events[3]!.position, pageSize: 1 })))).toEqual(ids.slice(2, 4));
        expect((await pages(store.read(stream, { pageSize: 3 }))).map((page) => page.length)).toEqual([3, 3, 1]);
        expect(await pages(store.read(stream, { from: 7 }))).toEqual([]);
        expect(await pages(store.read(streamIn('read')))).toEqual([]);
      });

      can(
        'reads a stream of a hundred thousand events to its end, and appends there',
        async () => {
          const stream = streamIn('long');
          const total = 100_000;
          for (let length = 0; length < total; length += eventStoreLimits.eventsPerAppendMax) {
            const events = Array.from({ length: eventStoreLimits.eventsPerAppendMax }, () => event());
            appended(await store.append(stream, length === 0 ? 'none' : length - 1, events));
          }
          let read = 0;
          for await (const page of second.read(stream, { pageSize: 1_000 })) for (const { revision } of page) if (revision === read) read += 1;
          expect(read).toBe(total);
          expect(await second.append(stream, total - 1, [event()])).toMatchObject({ status: 'appended', revision: total });
        },
        longMs,
      );

      can('reads the log after a position, up to another, by prefix, in order and in pages', async () => {
        const after = await store.head();
        const streams = [streamIn('left'), streamIn('right'), streamIn('leftmost')];
        for (let round = 0; round < 6; round += 1) for (const stream of streams) await store.append(stream, 'any', [event(), event()]);
        const everything = await all(store.readAll({ after, prefixes: ['left-', 'right-', 'leftmost-'] }));
        expect(everything).toHaveLength(36);
        expectAscending(everything);
        expect(await all(store.readAll({ after, prefixes: ['left-'], pageSize: 5 }))).toEqual(everything.filter(({ stream }) => stream === streams[0]));
        const middle = everything[17]!.position;
        expect(await all(store.readAll({ after: middle, prefixes: ['left', 'right-'] }))).toEqual(everything.slice(18));
        expect(await all(store.readAll({ after, upTo: middle, prefixes: ['left', 'right'] }))).toEqual(everything.slice(0, 18));
        for (const page of await pages(store.readAll({ after, pageSize: 4 }))) expect(page.length).toBeLessThanOrEqual(4);
        expect(await all(store.readAll({ after: await store.head() }))).toEqual([]);
        expect(await all(store.readAll({ after, prefixes: ['lef_-', 'l%', 'none-'] }))).toEqual([]);
      });

      can('says the position of the last append when asked for its head, in both stores', async () => {
        const { position } = appended(await store.append(streamIn('headed'), 'none', [event(), event()]));
        expect(await store.head()).toBe(position);
        expect(await second.head()).toBe(position);
      });

      can(
        'keeps the order of a log that is read from its very beginning',
        async () => {
          await using young = disposable(await makeLog({}));
          const [written] = young.stores;
          const ids = await fill(written, streamIn('young'), 120);
          const events = (await all(written.readAll({ after: 0n, prefixes: ['young-'] }))).slice(-ids.length);
          expect(idsOf(events)).toEqual(ids);
          expectAscending(events);
        },
        longMs,
      );

      can('ends a read of the log at the head of its beginning, however much is written meanwhile', async () => {
        const after = await store.head();
        await fill(store, streamIn('ending'), 10);
        const stream = streamIn('ending');
        let read = 0;
        for await (const page of store.readAll({ after, pageSize: 2 })) {
          read += page.length;
          await fill(store, stream, 3);
        }
        expect(read).toBeLessThanOrEqual(13);
      });
    });

    describe('subscribing', () => {
      can('delivers what was, says when it has caught up, and then what comes', async () => {
        const after = await store.head();
        const [category, stream] = categoryAndStream();
        const before = await fill(store, stream, 12);
        await using follower = follow(store, { after, prefixes: [`${category}-`], pageSize: 5 });
        await follower.until(({ messages }) => messages.at(-1)?.kind === 'caught-up');
        expect(idsOf(follower.events)).toEqual(before);
        expect(follower.messages.at(-1)).toEqual({ kind: 'caught-up', position: expect.any(BigInt) });
        const since = await fill(second, stream, 8);
        await follower.until(({ events }) => events.length === 20);
        expect(idsOf(follower.events)).toEqual([...before, ...since]);
        await follower.until(({ messages }) => messages.at(-1)?.kind === 'caught-up');
      });

      can('resumes after any position that it named', async () => {
        const after = await store.head();
        const [category, stream] = categoryAndStream();
        const ids = await fill(store, stream, 9);
        const prefixes = [`${category}-`];
        const whole = await all(store.readAll({ after, prefixes }));
        await using follower = follow(store, { after: whole[4]!.position, prefixes });
        await follower.until(({ messages }) => messages.at(-1)?.kind === 'caught-up');
        expect(idsOf(follower.events)).toEqual(ids.slice(5));
        const { position } = follower.messages.at(-1) as { position: Position };
        const next = await fill(store, stream, 1);
        await using later = follow(store, { after: position, prefixes });
        await later.until(({ events }) => events.length > 0);
        expect(idsOf(later.events)).toEqual(next);
      });

      can('moves a filtered subscription past what does not match', async () => {
        await using follower = follow(store, { after: await store.head(), prefixes: ['nothing-'] });
        await follower.until(({ messages }) => messages.at(-1)?.kind === 'caught-up');
        const stream = streamIn('noise');
        for (let round = 0; round < 6; round += 1)
          await store.append(
            stream,
            'any',
            Array.from({ length: 400 }, () => event()),
          );
        const head = await store.head();
        await follower.until(({ messages }) => messages.some((message) => message.kind !== 'events' && message.position >= head));
        expect(follower.events).toEqual([]);
      });

      can('serves two subscribers the same, whatever the pace of either', async () => {
        const after = await store.head();
        const [category, stream] = categoryAndStream();
        await using quick = follow(store, { after, prefixes: [`${category}-`], pageSize: 3 });
        await using slow = follow(store, { after, prefixes: [`${category}-`], pageSize: 3 }, 5);
        const ids = await fill(store, stream, 60);
        await slow.until(({ events }) => events.length === 60);
        await quick.until(({ events }) => events.length === 60);
        expect(idsOf(quick.events)).toEqual(ids);
        expect(idsOf(slow.events)).toEqual(ids);
      });

      can('waits for a consumer that stands still, and loses nothing to it', async () => {
        const after = await store.head();
        const [category, stream] = categoryAndStream();
        const abort = new AbortController();
        const messages = store.subscribe({ after, prefixes: [`${category}-`], signal: abort.signal, pageSize: 10 })[Symbol.asyncIterator]();
        await messages.next();
        const ids: string[] = [];
        for (let round = 0; round < 10; round += 1) ids.push(...(await fill(store, stream, 500, 500)));
        const received: string[] = [];
        while (received.length < ids.length) {
          const { value } = (await messages.next()) as { value: SubscriptionMessage };
          if (value.kind === 'events') received.push(...idsOf(value.events));
          if (value.kind === 'events') expect(value.events.length).toBeLessThanOrEqual(10);
        }
        abort.abort();
        expect(received).toEqual(ids);
      });

      can('ends when its signal aborts: while it waits, before it began, and in the middle', async () => {
        const waiting = follow(store, { after: await store.head() });
        await waiting.until(({ messages }) => messages.at(-1)?.kind === 'caught-up');
        await waiting.stop();
        const aborted = new AbortController();
        aborted.abort();
        for await (const _ of store.subscribe({ after: 0n, signal: aborted.signal })) throw new Error('delivered after the abort');
        const middle = new AbortController();
        await fill(store, streamIn('ended'), 5);
        let delivered = 0;
        for await (const _ of store.subscribe({ after: 0n, pageSize: 1, signal: middle.signal })) {
          delivered += 1;
          middle.abort();
        }
        expect(delivered).toBe(1);
      });
    });

    describe('concurrent writers', () => {
      can('lose nothing, double nothing and leave no gap or inversion, on one stream and on many', async () => {
        const after = await store.head();
        const category = `busy${randomUUID().replaceAll('-', '')}`;
        await using follower = follow(second, { after, prefixes: [`${category}-`], pageSize: 50 });
        const shared = `${category}-${randomUUID()}`;
        const acknowledged = await Promise.all(
          Array.from({ length: 16 }, async (_, writer) => {
            const own = `${category}-${randomUUID()}`;
            const ids: string[] = [];
            for (let round = 0; round < 12; round += 1) {
              const events = Array.from({ length: 1 + ((writer + round) % 3) }, () => event());
              await appendInTurn(log.stores[writer % 2 === 0 ? 0 : 1], round % 2 === 0 ? shared : own, events);
              ids.push(...idsOf(events));
            }
            return ids;
          }),
        );
        const everything = await all(store.readAll({ after, prefixes: [`${category}-`] }));
        expect(idsOf(everything).toSorted()).toEqual(acknowledged.flat().toSorted());
        expectAscending(everything);
        for (const stream of new Set(everything.map(({ stream }) => stream))) {
          const revisions = everything.filter((event) => event.stream === stream).map(({ revision }) => revision);
          expect(revisions).toEqual(revisions.map((_, index) => index));
        }
        await follower.until(({ events }) => events.length === everything.length);
        expect(follower.events).toEqual(everything);
      });

      can(
        killed,
        async () => {
          const after = await store.head();
          const category = `killed${randomUUID().replaceAll('-', '')}`;
          await using follower = follow(second, { after, prefixes: [`${category}-`] });
          let stillKilling = true;
          const written = Promise.all(
            Array.from({ length: 8 }, async (_, writer) => {
              const [own, ids]: [string, string[]] = [`${category}-${randomUUID()}`, []];
              for (let round = 0; round < 20 || stillKilling; round += 1) {
                const events = [event(), event()];
                await appendInsisting(log.stores[writer % 2 === 0 ? 0 : 1], own, round === 0 ? 'none' : round * 2 - 1, events);
                ids.push(...idsOf(events));
              }
              return ids;
            }),
          );
          for (let kill = 0; kill < 3; kill += 1) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            await log.restart!();
          }
          stillKilling = false;
          const ids = (await written).flat().toSorted();
          const everything = await all(store.readAll({ after, prefixes: [`${category}-`] }));
          expect(idsOf(everything).toSorted()).toEqual(ids);
          expectAscending(everything);
          await follower.until(({ events }) => events.length === everything.length);
          expect(follower.events).toEqual(everything);
        },
        longMs,
      );

      can('get the answers that a simple model gives, whatever they append', async () => {
        const expectation = fc.oneof(fc.constantFrom<ExpectedRevision>('none', 'exists', 'any'), fc.nat({ max: 4 }));
        const step = fc.record({ expected: expectation, ids: fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 3 }) });
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
            const stream = streamIn('modelled');
            const ids = Array.from({ length: 10 }, () => randomUUID());
            const model: number[] = [];
            for (const { expected, ids: numbers } of steps) {
              const wanted = modelled(model, expected, numbers);
              const { position: _, ...result } = {
                position: 0n,
                ...(await store.append(
                  stream,
                  expected,
                  numbers.map((number) => event({ id: ids[number]! })),
                )),
              };
              expect(result).toEqual(wanted);
            }
            expect(idsOf(await all(store.read(stream)))).toEqual(model.map((number) => ids[number]));
          }),
          { numRuns: 40 },
        );
      });
    });

    can(
      'finds the position of an instant by the running maximum of the recorded times',
      async () => {
        const stream = streamIn('timed');
        const at = (minute: number): string => new Date(Date.UTC(2090, 0, 1, 0, minute)).toISOString();
        const before = await store.head();
        for (const minute of [10, 12, 11, 15, 13]) await store.append(stream, 'any', [event({ recordedAt: at(minute) })]);
        const [p10, , p11, , p13] = (await all(store.read(stream))).map(({ position }) => position) as [Position, Position, Position, Position, Position];
        expect(await store.positionAt(at(9))).toBe(before);
        expect(await store.positionAt(at(10))).toBe(p10);
        expect(await store.positionAt(at(11))).toBe(p10);
        expect(await store.positionAt(at(12))).toBe(p11);
        expect(await store.positionAt(at(14))).toBe(p11);
        expect(await store.positionAt(at(15))).toBe(p13);
        expect(await store.positionAt(at(99))).toBe(await store.head());
        expect(await store.positionAt('1999-01-01T00:00:00.000Z')).toBe(0n);
      },
      longMs,
    );
  });
};
