import { describe, expect, test } from '@jest/globals';
import { EventStoreUnavailable, type AppendResult, type EventStore, type ExpectedRevision, type ProposedEvent, type RecordedEvent } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { fillLog, sampleEvent } from '../testing/sample-log.js';
import { Refused } from '../refused.js';
import { copyLog, type Copied } from './copy.js';
import { eventsOf, pairsOf } from './events.js';
import { moveHouse } from './migrate.js';
import { verifyCopy } from './verify.js';

const filled = async (appends = 40): Promise<InMemoryEventStore> => {
  const store = new InMemoryEventStore();
  await fillLog(store, appends);
  return store;
};

const copied = (from: EventStore, target: EventStore, dryRun = false): Promise<Copied> =>
  copyLog({ source: eventsOf(from), target, dryRun, progress: () => undefined, awayMsMax: 200 });

const all = async (store: EventStore): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of eventsOf(store)) events.push(event);
  return events;
};

/** Passes an append on only as long as it is told to; what it does instead is the test's. */
class Between extends InMemoryEventStore {
  appends = 0;
  constructor(private readonly instead: (count: number, through: () => Promise<AppendResult>) => Promise<AppendResult>) {
    super();
  }
  override append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendResult> {
    return this.instead((this.appends += 1), () => super.append(stream, expected, events));
  }
}

describe('a copy', () => {
  test('holds the same events in the same order at the same revisions', async () => {
    const [source, target] = [await filled(), new InMemoryEventStore()];
    const { found, copied: count } = await copied(source, target);
    expect({ found, count }).toEqual({ found: 0, count: 101 });
    const { events, digest } = await verifyCopy(eventsOf(source), eventsOf(target), () => undefined);
    expect(events).toBe(101);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('goes on where the target ends, wherever it was broken off, and appends nothing twice', async () => {
    const source = await filled();
    for (const broken of [1, 2, 7, 39]) {
      const target = new Between((count, through) => (count === broken ? Promise.reject(new Error('killed')) : through()));
      await expect(copied(source, target)).rejects.toThrow('killed');
      const before = (await all(target)).length;
      const again = await copied(source, target);
      expect(again).toEqual({ found: before, copied: 101 - before });
      await verifyCopy(eventsOf(source), eventsOf(target), () => undefined);
    }
  });

  test('of what is there already copies nothing', async () => {
    const [source, target] = [await filled(), new InMemoryEventStore()];
    await copied(source, target);
    expect(await copied(source, target)).toEqual({ found: 101, copied: 0 });
  });

  test('repeats an append whose outcome is unknown, stored or not', async () => {
    const source = await filled();
    const target = new Between(async (count, through) => {
      if (count % 5 === 0) throw new EventStoreUnavailable('cut before');
      const result = await through();
      if (count % 7 === 0) throw new EventStoreUnavailable('cut after');
      return result;
    });
    await copyLog({ source: eventsOf(source), target, dryRun: false, progress: () => undefined, awayMsMax: 30_000 });
    await verifyCopy(eventsOf(source), eventsOf(target), () => undefined);
  }, 60_000);

  test('gives up, resumable, when the target stays away', async () => {
    const target = new Between(() => Promise.reject(new EventStoreUnavailable('gone')));
    await expect(copied(await filled(), target)).rejects.toThrow('goes on where it stopped');
  });

  test('of a dry run writes nothing and says how much there is', async () => {
    const target = new InMemoryEventStore();
    expect(await copied(await filled(), target, true)).toEqual({ found: 0, copied: 101 });
    expect(await all(target)).toEqual([]);
  });
});

describe('refuses to guess', () => {
  const refusal = async (source: EventStore, target: EventStore): Promise<string> => {
    const before = await all(target);
    const error: unknown = await copied(source, target).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect(await all(target)).toEqual(before);
    return (error as Refused).message;
  };

  test('a target that holds something else', async () => {
    const target = new InMemoryEventStore();
    await target.append('programme-x', 'none', [sampleEvent(1)]);
    expect(await refusal(await filled(), target)).toContain('The target is not a copy of this source: event 1 is noted at programme-x@0 there and instance-declared');
  });

  test('a target that says something else in one event', async () => {
    const target = new InMemoryEventStore();
    for (const event of (await all(await filled())).slice(0, 20))
      await target.append(event.stream, 'any', [event.revision === 2 ? { ...event, metadata: event.metadata.replace('service:sample', 'somebody') } : event]);
    expect(await refusal(await filled(), target)).toContain('differ in metadata');
  });

  test('a target that goes on after the source', async () => {
    const [source, target] = [await filled(), new InMemoryEventStore()];
    await copied(source, target);
    await target.append('programme-x', 'none', [sampleEvent(900)]);
    expect(await refusal(source, target)).toContain('holds more than the source, from noted at programme-x@0 on');
  });

  test('a target that somebody else writes to meanwhile', async () => {
    const source = await filled();
    const target: Between = new Between(async (count, through) => {
      if (count === 10) await InMemoryEventStore.prototype.append.call(target, (await all(source)).at(40)!.stream, 'any', [sampleEvent(901)]);
      return through();
    });
    await expect(copied(source, target)).rejects.toThrow('Somebody else writes to the target');
  });
});

describe('a source that is written to', () => {
  /** Somebody appends when the end of the log is asked for the n-th time. */
  class Growing extends InMemoryEventStore {
    asked = 0;
    constructor(private readonly growsAt: number) {
      super();
    }
    override async head(): Promise<bigint> {
      this.asked += 1;
      if (this.asked === this.growsAt) await this.append('programme-late', 'none', [sampleEvent(5_000)]);
      return super.head();
    }
  }

  test.each([2, 3])('is refused, whenever that is (%i), and what was copied stays good', async (growsAt) => {
    const [source, target] = [new Growing(growsAt), new InMemoryEventStore()];
    await fillLog(source, 20);
    const place = { at: 'a log' };
    const end = (store: EventStore) => ({ store, close: () => Promise.resolve() });
    const move = () => moveHouse({ from: place, to: place, mode: 'rehearsal', dryRun: false, say: () => undefined }, end(source), end(target));
    await expect(move()).rejects.toThrow('The source was written to meanwhile');
    expect(await move()).toMatchObject({ found: 51, copied: 1, verified: { events: 52 } });
  });
});

describe('a log that goes away while it is read', () => {
  class Away extends InMemoryEventStore {
    override readAll(): AsyncIterable<readonly RecordedEvent[]> {
      throw new EventStoreUnavailable('gone');
    }
  }

  test.each(['source', 'target'] as const)('is told in a sentence, not in a stack: the %s', async (which) => {
    const [source, target] = which === 'source' ? [new Away(), new InMemoryEventStore()] : [await filled(), new Away()];
    if (which === 'source') await fillLog(source, 20);
    const end = (store: EventStore) => ({ store, close: () => Promise.resolve() });
    const move = moveHouse({ from: { at: 'a log' }, to: { at: 'a log' }, mode: 'rehearsal', dryRun: false, say: () => undefined }, end(source), end(target));
    await expect(move).rejects.toThrow(Refused);
    await expect(move).rejects.toThrow('A log is away (gone): run the same command again');
  });
});

describe('pairs of events and their copies, read again', () => {
  const read = async (source: EventStore, target: EventStore): Promise<number> => {
    let count = 0;
    for await (const _ of pairsOf(source, target, await source.head())) count += 1;
    return count;
  };

  test('are refused when the target was changed or written to after it was verified', async () => {
    const [source, target] = [await filled(), await filled()];
    expect(await read(source, target)).toBe(101);
    await target.append('programme-late', 'none', [sampleEvent(5_000)]);
    await expect(read(source, target)).rejects.toThrow('was written to after it was verified');
    await expect(read(source, await filled(39))).rejects.toThrow('was changed after it was verified');
  });
});

describe('verifying', () => {
  const against = async (change: (event: RecordedEvent, index: number) => RecordedEvent | undefined): Promise<Error> => {
    const source = await filled(12);
    const events = (await all(source)).flatMap((event, index) => change(event, index) ?? []);
    const changed = (async function* () {
      yield* events;
      return undefined;
    })();
    return verifyCopy(eventsOf(source), changed, () => undefined).then(
      () => new Error('verified'),
      (error: Error) => error,
    );
  };

  test.each(['id', 'type', 'data', 'metadata', 'recordedAt', 'stream'] as const)('finds a changed %s', async (field) => {
    expect((await against((event, index) => (index === 9 ? { ...event, [field]: `${event[field]} ` } : event))).message).toContain(`${field} differs`);
  });

  test('finds an event that is missing, in the middle or at the end, at another revision, out of order, or too much', async () => {
    expect((await against((event, index) => (index === 9 ? undefined : event))).message).toContain('is not the event');
    expect((await against((event, index) => (index > 20 ? undefined : event))).message).toContain('lacks');
    expect((await against((event, index) => (index === 9 ? { ...event, revision: event.revision + 1 } : event))).message).toContain('revision differs');
    expect((await against((event, index) => (index === 9 ? { ...event, position: 1n } : event))).message).toContain('not behind the event before it');
    const source = await filled(12);
    const longer = await filled(13);
    await expect(verifyCopy(eventsOf(source), eventsOf(longer), () => undefined)).rejects.toThrow('which the source does not');
  });

  test('gives every log a digest of its own', async () => {
    const digestOf = async (appends: number): Promise<string> => {
      const [source, target] = [await filled(appends), await filled(appends)];
      return (await verifyCopy(eventsOf(source), eventsOf(target), () => undefined)).digest;
    };
    expect(await digestOf(12)).toBe(await digestOf(12));
    expect(await digestOf(12)).not.toBe(await digestOf(13));
  });
});
