import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EventStoreUnavailable, type EventStore, type ExpectedRevision, type ProposedEvent, type RecordedEvent } from '@program-ledger/event-sourcing';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDb } from '../eventstoredb.js';
import { behindDoor, type Behind } from './addresses.js';
import { startOtherProcess, type OtherProcess } from './other-process.js';

/* What holds when connections to a server break, whoever runs it: the server goes on, so nobody has to be allowed to kill it. */

const event = (): ProposedEvent => ({ id: randomUUID(), type: 'noted', data: '{"n":1}', metadata: '{}', recordedAt: '2025-10-31T00:00:00.000Z' });

const all = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
};
const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id);

/** Sends the same again while the outcome is unknown, and counts how often it was. */
export const insisting = async <Answer>(call: () => Promise<Answer>): Promise<{ readonly answer: Answer; readonly failures: number }> => {
  for (let failures = 0; ; failures += 1) {
    try {
      return { answer: await call(), failures };
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      await sleep(50);
    }
  }
};

/** A server far away, or slow, or full of other programs' events, still gets there. */
const caseMs = 600_000;
const untilMs = 300_000;
/** An append is on the disk of any server that is well after so long. */
const storedMs = 1_000;

const until = async (reached: () => boolean, what: () => string): Promise<void> => {
  for (const giveUpAt = Date.now() + untilMs; !reached(); await sleep(20)) if (Date.now() > giveUpAt) throw new Error(`waited in vain: ${what()}`);
};

const followed = (store: EventStore, prefix: string, after: bigint) => {
  const abort = new AbortController();
  const events: RecordedEvent[] = [];
  const ended = (async () => {
    for await (const message of store.subscribe({ after, prefixes: [prefix], signal: abort.signal })) if (message.kind === 'events') events.push(...message.events);
  })();
  return { events, stop: () => (abort.abort(), ended) };
};

const troubles = [
  async ({ door }: Behind): Promise<void> => door.cut(),
  async ({ door }: Behind): Promise<void> => {
    door.stall();
    await sleep(400);
    door.cut();
  },
  async ({ door }: Behind): Promise<void> => {
    door.mute();
    await sleep(400);
    door.cut();
  },
  async ({ door }: Behind): Promise<void> => {
    await door.shut();
    await sleep(600);
    await door.open();
  },
  async ({ door }: Behind): Promise<void> => {
    await door.end();
    await door.open();
  },
];

/** On any server before which a door can stand: see `placeOf`. */
export const connectionCases = (name: string, url: string): void => {
  describe(`connections to ${name}`, () => {
    const prefix = `cut${randomBytes(6).toString('hex')}`;
    let behind: Behind;
    let store: EventStore;
    let close: () => Promise<void>;
    beforeAll(async () => {
      behind = await behindDoor(url);
      const opened = await EventStoreDb.open({ url: behind.url, prefix });
      store = opened;
      close = () => opened.close();
      // Whatever others have written: from here on the end of the log is near.
      await opened.append(`begun-${randomUUID()}`, 'none', [event()]);
    }, caseMs);
    afterAll(async () => {
      await close();
      await behind.door.shut();
    });

    test(
      'are cut, stalled, muted and refused under a run of appends and a subscription: nothing is lost, doubled, out of order or missed',
      async () => {
        const category = `run${randomUUID().replaceAll('-', '')}`;
        const { answer: after } = await insisting(() => store.head());
        const { events, stop } = followed(store, `${category}-`, after);
        let isOver = false;
        let unknown = 0;
        const written = Promise.all(
          Array.from({ length: 8 }, async () => {
            const [stream, ids]: [string, string[]] = [`${category}-${randomUUID()}`, []];
            for (let round = 0; round < 10 || !isOver; round += 1) {
              const next = [event(), event()];
              const expected: ExpectedRevision = round === 0 ? 'none' : round * 2 - 1;
              const { answer, failures } = await insisting(() => store.append(stream, expected, next));
              expect(answer).toMatchObject({ revision: round * 2 + 1 });
              unknown += failures;
              ids.push(...idsOf(next));
            }
            return ids;
          }),
        );
        written.catch(() => undefined);
        for (const trouble of [...troubles, ...troubles]) {
          await sleep(300);
          await trouble(behind);
        }
        isOver = true;
        const ids = (await written).flat();
        expect(unknown).toBeGreaterThan(0);
        const { answer: stored } = await insisting(() => all(store.readAll({ after, prefixes: [`${category}-`] })));
        expect(idsOf(stored).toSorted()).toEqual(ids.toSorted());
        await until(() => events.length >= stored.length, () => `${events.length} of ${stored.length} events`);
        expect(events).toEqual(stored);
        await stop();
      },
      caseMs,
    );

    // `exists` and `any` read first, and wait for that answer: their append has not left. `lost-appends` loses theirs.
    test.each(['none', 0] as const)(
      'that lose an answer leave an append of %s stored once, and it is answered when it comes again',
      async (expected) => {
        const stream = `lost-${randomUUID()}`;
        if (expected !== 'none') await insisting(() => store.append(stream, 'none', [event()]));
        const sent = [event(), event()];
        behind.door.mute();
        const lost = store.append(stream, expected, sent).then(
          () => 'answered',
          (error: unknown) => (error instanceof EventStoreUnavailable ? 'unknown' : error),
        );
        await sleep(storedMs);
        behind.door.cut();
        expect(await lost).toBe('unknown');
        const revision = expected === 'none' ? 1 : 2;
        const { answer } = await insisting(() => store.append(stream, expected, sent));
        const { answer: stored } = await insisting(() => all(store.read(stream)));
        expect(answer).toMatchObject({ revision, position: stored.at(-1)!.position });
        expect(idsOf(stored).slice(-2)).toEqual(idsOf(sent));
        expect(stored).toHaveLength(revision + 1);
      },
      caseMs,
    );

    describe('and another process', () => {
      let other: OtherProcess;
      beforeAll(async () => {
        other = await startOtherProcess(behind.url, prefix);
      }, caseMs);
      afterAll(() => other.end());

      test(
        'agree on one log: exact revisions, what comes again after a lost answer, and who came too late',
        async () => {
          const stream = `shared-${randomUUID()}`;
          const [ours, theirs, late, again] = [[event()], [event(), event()], [event()], [event()]];
          await store.append(stream, 'none', ours);
          const first = await other.append(stream, 0, theirs);
          expect(first).toMatchObject({ status: 'appended', revision: 2 });
          expect(await store.append(stream, 0, late)).toEqual({ status: 'conflict', expected: 0, actual: 2 });
          expect(await other.append(stream, 'none', late)).toMatchObject({ status: 'conflict', actual: 2 });
          expect(await store.append(stream, 0, theirs)).toEqual({ status: 'repeated', revision: 2, position: BigInt(first.position!) });
          expect(await other.append(stream, 'none', ours)).toMatchObject({ status: 'repeated', revision: 0 });
          behind.door.mute();
          const insisted = other.append(stream, 2, again);
          await sleep(storedMs);
          behind.door.cut();
          const { failures, ...answer } = await insisted;
          expect(failures).toBeGreaterThan(0);
          expect(answer).toMatchObject({ revision: 3 });
          // Stored once, and answered with its place; that it is a repeat, a process knows that has seen it or a later event.
          const { answer: result } = await insisting(() => store.append(stream, 2, again));
          expect(result).toMatchObject({ revision: 3, position: BigInt(answer.position!) });
          expect(await store.append(stream, 2, again)).toEqual({ ...result, status: 'repeated' });
          const seen = await all(store.read(stream));
          expect(idsOf(seen)).toEqual(idsOf([...ours, ...theirs, ...again]));
          expect((await other.read(stream)).map(({ id, position }) => [id, BigInt(position)])).toEqual(seen.map(({ id, position }) => [id, position]));
        },
        caseMs,
      );

      test(
        'that write one stream at the same time each hear of every conflict, and leave no gap',
        async () => {
          const stream = `raced-${randomUUID()}`;
          const race = async (append: (expected: ExpectedRevision, events: readonly ProposedEvent[]) => Promise<{ status: string; revision?: number; actual?: unknown }>) => {
            const ids: string[] = [];
            let expected: ExpectedRevision = 'none';
            while (ids.length < 40) {
              const next = event();
              const result = await append(expected, [next]);
              expected = (result.status === 'conflict' ? result.actual : result.revision) as ExpectedRevision;
              if (result.status !== 'conflict') ids.push(next.id);
            }
            return ids;
          };
          const both = await Promise.all([race((expected, events) => store.append(stream, expected, events)), race((expected, events) => other.append(stream, expected, events))]);
          const seen = await all(store.read(stream));
          expect(idsOf(seen).toSorted()).toEqual(both.flat().toSorted());
          for (const ids of both) expect(idsOf(seen).filter((id) => ids.includes(id))).toEqual(ids);
        },
        caseMs,
      );
    });
  });
};
