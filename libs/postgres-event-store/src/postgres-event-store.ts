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
import pg from 'pg';
import { AppendQueue, appendLimits } from './append-queue.js';
import { failure } from './failures.js';
import { logPages, pageSizeDefault } from './log-pages.js';
import { Reader } from './reader.js';
import { schemaVersion } from './schema.js';
import { subscription } from './subscription.js';
import { Tail } from './tail.js';
import { WakeUp } from './wake-up.js';

export type PostgresEventStoreOptions = Partial<EventStoreLimits> & {
  readonly url: string;
  /** Connections that read; appends have two of their own, wake-up one. */
  readonly readersMax?: number;
};

/** Longer than any healthy statement of ours: a connection that stays silent for this long is given up, outcome unknown. */
const answerMsMax = 15_000;
const connectMsMax = 5_000;
const readersMaxDefault = 6;

/** The log on PostgreSQL: positions from 1, without gaps, in the order of commits. */
export class PostgresEventStore extends EventStore {
  private readonly wakeUp: WakeUp;
  private readonly queue: AppendQueue;
  private readonly tail: Tail;
  private closed = false;

  /**
   * Opens a log that `createEventStoreSchema` has made; never makes one.
   * @throws EventStoreUnavailable when the database cannot be reached, Error when it holds no log or one of another version.
   */
  static async open({ url, readersMax = readersMaxDefault, ...limits }: PostgresEventStoreOptions): Promise<PostgresEventStore> {
    const configuration = {
      connectionString: url,
      application_name: 'program-ledger log',
      connectionTimeoutMillis: connectMsMax,
      query_timeout: answerMsMax,
      keepAlive: true,
    };
    const writers = poolOf({ ...configuration, max: appendLimits.groupsInFlightMax });
    const readers = poolOf({ ...configuration, max: readersMax });
    try {
      const { rows } = await readers.query<{ version: number }>('select version from event_store.format');
      if (rows[0]?.version !== schemaVersion) throw new Error(`the event log has format ${rows[0]?.version}, this code writes ${schemaVersion}`);
    } catch (error) {
      await Promise.all([writers.end(), readers.end()]);
      throw failure(error);
    }
    return new PostgresEventStore(configuration, { writers, readers }, { ...eventStoreLimits, ...limits });
  }

  private readonly reader: Reader;

  private constructor(
    configuration: pg.ClientConfig,
    private readonly pools: { readonly writers: pg.Pool; readonly readers: pg.Pool },
    private readonly limits: EventStoreLimits,
  ) {
    super();
    this.reader = new Reader(pools.readers);
    this.tail = new Tail(this.reader);
    const refresh = (): void => void (this.tail.isWatched && this.tail.refresh().catch(() => undefined));
    this.wakeUp = new WakeUp(configuration, refresh, refresh);
    this.queue = new AppendQueue(pools.writers, limits, (events) => {
      this.tail.committed(events);
      this.wakeUp.notify();
    });
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendResult> {
    assertAppendable(stream, events, this.limits);
    this.assertOpen();
    return this.queue.add(stream, expected, events);
  }

  async *read(stream: string, { from = 0, upTo, pageSize = pageSizeDefault }: ReadStreamOptions = {}): AsyncIterable<readonly RecordedEvent[]> {
    for (let start = from; ; start += pageSize) {
      this.assertOpen();
      const page = await this.reader.streamPage(stream, start, upTo, pageSize);
      if (page.length > 0) yield page;
      if (page.length < pageSize) return;
    }
  }

  async *readAll({ after, upTo, prefixes, pageSize = pageSizeDefault }: ReadAllOptions): AsyncIterable<readonly RecordedEvent[]> {
    this.assertOpen();
    const head = await this.reader.head();
    const end = upTo !== undefined && upTo < head ? upTo : head;
    for await (const { events } of logPages(this.reader, { after, upTo: end, prefixes, pageSize })) if (events.length > 0) yield events;
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    return subscription({ reader: this.reader, tail: this.tail, isClosed: () => this.closed }, options);
  }

  async head(): Promise<Position> {
    this.assertOpen();
    return this.reader.head();
  }

  async positionAt(instant: string): Promise<Position> {
    this.assertOpen();
    return this.reader.positionAt(Date.parse(instant));
  }

  /** Appends that were asked for are answered; subscriptions end. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.tail.close();
    await this.queue.drained();
    await this.wakeUp.close();
    await Promise.all([this.pools.writers.end(), this.pools.readers.end()]);
  }

  private assertOpen(): void {
    if (this.closed) throw new EventStoreUnavailable('the store is closed');
  }
}

/** Connections stay, with their prepared statements; one that breaks while idle is simply replaced. */
const poolOf = (configuration: pg.PoolConfig): pg.Pool => {
  const pool = new pg.Pool({ ...configuration, idleTimeoutMillis: 0 });
  pool.on('error', () => undefined);
  return pool;
};
