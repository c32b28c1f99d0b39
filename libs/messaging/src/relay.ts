import type { EventStore, Position, RecordedEvent, SubscriptionMessage } from '@program-ledger/event-sourcing';
import type { CrashHook } from './crash-points.js';
import { messagingLimits, type Outgoing } from './message.js';
import type { Checkpoints, Lease, Publisher } from './ports.js';
import { jittered, pause } from './waiting.js';

export type Relay = {
  /** Name of its position: `<service>.relay`. */
  readonly name: string;
  readonly store: EventStore;
  /** Prefixes of the streams that it reads: its service's own. */
  readonly prefixes: readonly string[];
  readonly map: (recorded: RecordedEvent) => Outgoing | null;
  readonly publisher: Publisher;
  readonly checkpoints: Checkpoints;
  readonly signal: AbortSignal;
  readonly crash?: CrashHook;
  /** Told of everything that makes it start again. Must not throw. */
  readonly report?: (trouble: RelayTrouble) => void;
  /** Told of the position up to which everything is done: for lag. */
  readonly moved?: (position: Position) => void;
};

export type RelayTrouble = { readonly relay: string; readonly attempt: number; readonly error: unknown };

const limits = {
  /** How often a position is stored that only skips foreign events. */
  skippedEveryMs: 1_000,
  resubscribePauseMsMax: 5_000,
} as const;

/**
 * The log is the outbox: reads it from the stored position, publishes what the map makes of it, stores the position after the
 * broker's answer. Whatever fails, it begins again from the stored position with jitter, until the signal aborts; it never steps over
 * an event, so one that cannot be mapped holds it there and is reported.
 */
export const runRelay = async (relay: Relay): Promise<void> => {
  const { signal } = relay;
  for (let attempt = 0; !signal.aborted; ) {
    try {
      await holding(relay, () => (attempt = 0));
    } catch (error) {
      if (signal.aborted) return;
      relay.report?.({ relay: relay.name, attempt, error });
      await pause(jittered(attempt, limits.resubscribePauseMsMax), signal);
      attempt += 1;
    }
  }
};

const holding = async (relay: Relay, progressed: () => void): Promise<void> => {
  const lease = await relay.checkpoints.acquire(relay.name, relay.signal);
  try {
    await tail(relay, lease, progressed);
  } finally {
    await relay.checkpoints.release(lease);
  }
};

const tail = async (relay: Relay, lease: Lease, progressed: () => void): Promise<void> => {
  const { store, prefixes, signal, checkpoints } = relay;
  const dueToStore = every(limits.skippedEveryMs);
  let skippedTo: Position | undefined;
  const storeSkipped = async (): Promise<void> => {
    if (skippedTo !== undefined) await checkpoints.advance(lease, skippedTo);
    skippedTo = undefined;
  };
  const handle = async (message: SubscriptionMessage | 'quiet'): Promise<void> => {
    // Whoever does not hold the lease tells by the stored position how far the relay is, and would think that it hangs.
    if (message === 'quiet') return storeSkipped();
    if (message.kind === 'events') {
      await relayEvents(relay, lease, message.events);
      skippedTo = undefined;
      return;
    }
    skippedTo = message.position;
    if (dueToStore()) await storeSkipped();
    relay.moved?.(message.position);
  };
  const leaving = new AbortController();
  const messages = store.subscribe({ after: lease.position, prefixes, signal: AbortSignal.any([signal, leaving.signal]) });
  relay.moved?.(lease.position);
  try {
    for await (const message of quietAfter(messages, limits.skippedEveryMs)) {
      if (signal.aborted) return;
      await handle(message);
      // That nothing came is no progress: a log that lets it wait and then fails is not asked anew in a hurry.
      if (message !== 'quiet') progressed();
    }
  } finally {
    leaving.abort();
  }
  if (!signal.aborted) throw new Error('the subscription to the log ended');
};

/** The same messages, and `quiet` when for so long none has come after another. */
async function* quietAfter<T>(messages: AsyncIterable<T>, milliseconds: number): AsyncGenerator<T | 'quiet'> {
  const iterator = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      const waiting = new AbortController();
      const isQuiet = await Promise.race([next.then(() => false), pause(milliseconds, waiting.signal).then(() => true)]).finally(() => waiting.abort());
      if (isQuiet) yield 'quiet';
      const { done, value } = await next;
      if (done === true) return;
      yield value;
    }
  } finally {
    // Who leaves while the log is quiet does not wait for its next event.
    void iterator.return?.().catch(() => undefined);
  }
}

/** Publishes one page; when an event of it cannot be mapped, those before it leave first. */
const relayEvents = async (relay: Relay, lease: Lease, events: readonly RecordedEvent[]): Promise<void> => {
  const { outgoing, last, failure } = mapped(events, relay.map);
  if (outgoing.length > 0) {
    await relay.crash?.('between-append-and-publish');
    await publishAll(relay.publisher, outgoing);
    await relay.crash?.('between-publish-and-position');
  }
  if (last !== undefined) {
    await relay.checkpoints.advance(lease, last.position);
    relay.moved?.(last.position);
  }
  if (failure !== undefined) throw failure.error;
};

/** True at first, and again when the time has passed since it last was; by a clock that nobody sets. */
const every = (milliseconds: number): (() => boolean) => {
  let nextMs = 0;
  return () => {
    if (performance.now() < nextMs) return false;
    nextMs = performance.now() + milliseconds;
    return true;
  };
};

type Mapped = { readonly outgoing: readonly Outgoing[]; readonly last?: RecordedEvent; readonly failure?: { readonly error: unknown } };

const mapped = (events: readonly RecordedEvent[], map: Relay['map']): Mapped => {
  const outgoing: Outgoing[] = [];
  let last: RecordedEvent | undefined;
  const done = (): Mapped => ({ outgoing, ...(last === undefined ? {} : { last }) });
  for (const recorded of events) {
    try {
      const message = map(recorded);
      if (message !== null) outgoing.push(message);
      last = recorded;
    } catch (error) {
      return { ...done(), failure: { error } };
    }
  }
  return done();
};

const publishAll = async (publisher: Publisher, outgoing: readonly Outgoing[]): Promise<void> => {
  for (let from = 0; from < outgoing.length; from += messagingLimits.messagesPerPublishMax)
    await publisher.publish(outgoing.slice(from, from + messagingLimits.messagesPerPublishMax));
};

export type Replay = Pick<Relay, 'store' | 'prefixes' | 'map' | 'publisher'> & {
  readonly after: Position;
  readonly upTo?: Position;
  /** Where the messages go: a declared topic of the asker's own, never the one they came on. */
  readonly topic: string;
};

/** Publishes a part of the log once more, to a topic of its own, for one consumer that wants it again. Answers how many messages. */
export const replay = async ({ store, prefixes, map, publisher, after, upTo, topic }: Replay): Promise<number> => {
  let count = 0;
  for await (const events of store.readAll({ after, prefixes, ...(upTo === undefined ? {} : { upTo }) })) {
    const again = events.flatMap((recorded) => {
      const outgoing = map(recorded);
      if (outgoing?.topic === topic) throw new Error(`a replay to ${topic} itself would give every consumer its messages out of order`);
      return outgoing === null ? [] : [{ ...outgoing, topic }];
    });
    await publishAll(publisher, again);
    count += again.length;
  }
  return count;
};
