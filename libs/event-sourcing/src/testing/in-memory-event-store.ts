import { assertAppendable } from '../appendable.js';
import {
  EventStore,
  EventStoreLimitExceeded,
  EventStoreUnavailable,
  eventStoreLimits,
  type AppendResult,
  type Appended,
  type EventStoreLimits,
  type ExpectedRevision,
  type Position,
  type ProposedEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '../event-store.js';

/** When an append's connection breaks: before it is written, after it (the writer cannot tell), or not at all. */
export type AppendFault = 'none' | 'before' | 'after';

export type InMemoryEventStoreOptions = Partial<EventStoreLimits> & { readonly fault?: (stream: string) => AppendFault };

type Stream = { readonly events: RecordedEvent[]; readonly revisions: Map<string, number> };

const pageSizeDefault = 500;
/** A filtered subscription that finds nothing says where it is after this many events. */
const checkpointEvery = 1_000;

/** The twin of every adapter: passes the same suite, keeps nothing beyond the process, and breaks when told to. */
export class InMemoryEventStore extends EventStore {
  private readonly log: RecordedEvent[] = [];
  private readonly recordedMax: string[] = [];
  private readonly streams = new Map<string, Stream>();
  private readonly waiting = new Set<() => void>();
  private readonly limits: EventStoreLimits;
  private closed = false;

  constructor(private readonly options: InMemoryEventStoreOptions = {}) {
    super();
    this.limits = { ...eventStoreLimits, ...options };
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendResult> {
    assertAppendable(stream, events, this.limits);
    const fault = this.options.fault?.(stream) ?? 'none';
    await Promise.resolve();
    if (this.closed || fault === 'before') throw new EventStoreUnavailable('the connection broke');
    const result = this.appendNow(stream, expected, events);
    // The result arrives later than the event: subscribers may have seen it by then, as with a real store.
    await Promise.resolve();
    if (fault === 'after') throw new EventStoreUnavailable('the connection broke');
    return result;
  }

  async *read(stream: string, { from = 0, upTo, pageSize = pageSizeDefault }: ReadStreamOptions = {}): AsyncIterable<readonly RecordedEvent[]> {
    for (let start = from; ; start += pageSize) {
      this.assertOpen();
      const page = (this.streams.get(stream)?.events ?? []).slice(start, start + pageSize).filter(({ position }) => upTo === undefined || position <= upTo);
      if (page.length > 0) yield page;
      if (page.length < pageSize) return;
    }
  }

  async *readAll({ after, upTo, prefixes, pageSize = pageSizeDefault }: ReadAllOptions): AsyncIterable<readonly RecordedEvent[]> {
    const end = Math.min(Number(upTo ?? this.log.length), this.log.length);
    for (let next = Number(after); next < end; ) {
      this.assertOpen();
      const { page, scannedTo } = this.scan(next, { end, pageSize, prefixes });
      next = scannedTo;
      if (page.length > 0) yield page;
    }
  }

  async *subscribe({ after, prefixes, signal, pageSize = pageSizeDefault }: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    let next = Number(after);
    let told = -1;
    while (!this.closed && !signal.aborted) {
      if (next >= this.log.length) {
        if (told !== next) yield { kind: 'caught-up', position: BigInt(next) };
        told = next;
        await this.appended(next, signal);
        continue;
      }
      const { page, scannedTo } = this.scan(next, { end: Math.min(this.log.length, next + checkpointEvery), pageSize, prefixes });
      next = scannedTo;
      if (page.length > 0) yield { kind: 'events', events: page };
      else if (next < this.log.length) yield { kind: 'checkpoint', position: BigInt(next) };
    }
  }

  async head(): Promise<Position> {
    this.assertOpen();
    return BigInt(this.log.length);
  }

  async positionAt(instant: string): Promise<Position> {
    this.assertOpen();
    const later = this.recordedMax.findIndex((recordedMax) => recordedMax > instant);
    return BigInt(later === -1 ? this.log.length : later);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake();
  }

  private appendNow(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): AppendResult {
    const recorded = this.streams.get(stream) ?? { events: [], revisions: new Map() };
    const actual = recorded.events.length === 0 ? 'none' : recorded.events.length - 1;
    const known = knownEvents(recorded, events);
    if (known === 'all') return repeatOf(recorded, events);
    if (known === 'some' || !matches(expected, actual)) return { status: 'conflict', expected, actual };
    const length = recorded.events.length + events.length;
    if (length > this.limits.streamLengthMax) throw new EventStoreLimitExceeded('streamLengthMax', length, this.limits.streamLengthMax);
    this.streams.set(stream, recorded);
    for (const event of events) this.record(stream, recorded, event);
    this.wake();
    return { status: 'appended', revision: length - 1, position: BigInt(this.log.length) };
  }

  private record(stream: string, { events, revisions }: Stream, { id, type, data, metadata, recordedAt }: ProposedEvent): void {
    const event = { id, type, data, metadata, recordedAt, stream, revision: events.length, position: BigInt(this.log.length + 1) };
    revisions.set(id, event.revision);
    events.push(event);
    this.log.push(event);
    const before = this.recordedMax.at(-1) ?? '';
    this.recordedMax.push(recordedAt > before ? recordedAt : before);
  }

  private scan(start: number, { end, pageSize, prefixes }: { end: number; pageSize: number; prefixes: readonly string[] | undefined }) {
    const page: RecordedEvent[] = [];
    let scannedTo = start;
    while (scannedTo < end && page.length < pageSize) {
      const event = this.log[scannedTo]!;
      if (prefixes === undefined || prefixes.some((prefix) => event.stream.startsWith(prefix))) page.push(event);
      scannedTo += 1;
    }
    return { page, scannedTo };
  }

  /** Resolves when the log is longer than `length`, the store closes or the signal aborts. */
  private appended(length: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (this.log.length > length || this.closed || signal.aborted) return resolve();
      this.waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  private assertOpen(): void {
    if (this.closed) throw new EventStoreUnavailable('the store is closed');
  }
}

const matches = (expected: ExpectedRevision, actual: number | 'none'): boolean => {
  if (expected === 'any') return true;
  return expected === 'exists' ? actual !== 'none' : expected === actual;
};

/** Whether this append, or a part of it, is in the stream already: its ids decide, whatever revision it expects. */
const knownEvents = ({ revisions }: Stream, events: readonly ProposedEvent[]): 'none' | 'some' | 'all' => {
  if (!events.some(({ id }) => revisions.has(id))) return 'none';
  const first = revisions.get(events[0]!.id);
  return first !== undefined && events.every(({ id }, index) => revisions.get(id) === first + index) ? 'all' : 'some';
};

const repeatOf = (recorded: Stream, events: readonly ProposedEvent[]): Appended => {
  const last = recorded.events[recorded.revisions.get(events.at(-1)!.id)!]!;
  return { status: 'repeated', revision: last.revision, position: last.position };
};
