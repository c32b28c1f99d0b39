import {
  EventStore,
  EventStoreUnavailable,
  assertAppendable,
  eventStoreLimits,
  type AppendResult,
  type EventStoreLimits,
  type ExpectedRevision,
  type Position,
  type ProposedEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '@program-ledger/event-sourcing';
import { acquire, release } from './connection.js';
import { pageSizeDefault } from './log-reader.js';
import { SharedLog } from './shared-log.js';
import { subscription } from './subscription.js';

export type EventStoreDbOptions = {
  /** `esdb://` or `kurrentdb://`, as the official clients take it: `esdb://user:password@host:2113?tls=true&tlsCAFile=ca.pem`. */
  readonly url: string;
  /** Streams are `<prefix>.<stream>` on the server, and no others are seen: several logs on one server. */
  readonly prefix?: string | undefined;
  readonly limits?: Partial<EventStoreLimits> | undefined;
};

/** The log on EventStoreDB 24.x or KurrentDB: one open server a process, shared by all its stores. */
export class EventStoreDb extends EventStore {
  private readonly closed = new AbortController();
  private readonly appending = new Set<Promise<AppendResult>>();

  /** @throws EventStoreUnavailable when the server cannot be reached or does not lead, TypeError for an address or prefix that is none. */
  static async open({ url, prefix, limits }: EventStoreDbOptions): Promise<EventStoreDb> {
    const connection = await acquire(url);
    try {
      return new EventStoreDb(SharedLog.of(connection, prefix), { ...eventStoreLimits, ...limits });
    } catch (error) {
      await release(connection);
      throw error;
    }
  }

  private constructor(
    private readonly log: SharedLog,
    private readonly limits: EventStoreLimits,
  ) {
    super();
    log.users += 1;
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendResult> {
    assertAppendable(stream, events, this.limits);
    if (events.some(({ type }) => type.startsWith('$'))) throw new TypeError('an event type that begins with $ is the server’s own');
    this.assertOpen();
    const appending = this.log.appends.append({ stream, expected, events }, this.limits);
    this.appending.add(appending);
    try {
      return await appending;
    } finally {
      this.appending.delete(appending);
    }
  }

  async *read(stream: string, { from = 0, upTo, pageSize = pageSizeDefault }: ReadStreamOptions = {}): AsyncIterable<readonly RecordedEvent[]> {
    for (let start = from; ; start += pageSize) {
      this.assertOpen();
      const events = await this.log.reader.streamPage(stream, start, pageSize);
      this.log.known.note(events);
      const page = upTo === undefined ? events : events.filter(({ position }) => position <= upTo);
      if (page.length > 0) yield page;
      if (page.length < pageSize) return;
    }
  }

  async *readAll({ after, upTo, prefixes, pageSize = pageSizeDefault }: ReadAllOptions): AsyncIterable<readonly RecordedEvent[]> {
    this.assertOpen();
    const { own } = await this.log.reader.end();
    const end = upTo !== undefined && upTo < own ? upTo : own;
    for await (const { events } of this.log.reader.pages({ after, upTo: end, prefixes, pageSize })) if (events.length > 0) yield events;
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    const { reader, tail } = this.log;
    return subscription({ reader, tail }, { ...options, signal: AbortSignal.any([options.signal, this.closed.signal]) });
  }

  async head(): Promise<Position> {
    this.assertOpen();
    return (await this.log.reader.end()).own;
  }

  async positionAt(instant: string): Promise<Position> {
    this.assertOpen();
    return this.log.instants.positionAt(instant);
  }

  /** Appends that were asked for are answered; subscriptions end. */
  async close(): Promise<void> {
    if (this.closed.signal.aborted) return;
    this.closed.abort();
    await Promise.allSettled(this.appending);
    await this.log.leave();
  }

  private assertOpen(): void {
    if (this.closed.signal.aborted) throw new EventStoreUnavailable('the store is closed');
  }
}
