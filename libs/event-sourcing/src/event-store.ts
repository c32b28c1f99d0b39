/**
 * The log's port. Every adapter, and the in-memory twin, passes the suite in `testing/event-store-contract.ts`.
 */

/** Place of an event in the whole log: comparable, opaque, not necessarily dense. Subscriptions start *after* one. */
export type Position = bigint;

/** The position before the first event of any log. */
export const beginning: Position = 0n;

/** What the writer believes about a stream: its exact last revision (first event has revision 0), or a weaker claim. */
export type ExpectedRevision = number | 'none' | 'exists' | 'any';

/** An event as it is written: `data` and `metadata` are the exact JSON text that is stored, hashed and read back. */
export type ProposedEvent = {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  /** ISO 8601 instant, UTC with milliseconds; the machine's clock at the append. */
  readonly recordedAt: string;
};

export type RecordedEvent = ProposedEvent & {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
};

export type Appended = { readonly status: 'appended' | 'repeated'; readonly revision: number; readonly position: Position };
export type Conflicted = { readonly status: 'conflict'; readonly expected: ExpectedRevision; readonly actual: number | 'none' };
export type AppendResult = Appended | Conflicted;

export type SubscriptionMessage =
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[] }
  /** Everything up to `position` that matches has been delivered; may be stored like an event's position. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'caught-up'; readonly position: Position };

export type ReadStreamOptions = { readonly from?: number; readonly upTo?: Position; readonly pageSize?: number };
export type ReadAllOptions = {
  readonly after: Position;
  readonly upTo?: Position;
  /** Only streams whose name starts with one of these; all streams when absent. */
  readonly prefixes?: readonly string[];
  readonly pageSize?: number;
};
export type SubscribeOptions = Omit<ReadAllOptions, 'upTo'> & { readonly signal: AbortSignal };

export abstract class EventStore {
  /**
   * Appends all events or none. A repeat (same stream, same event ids) answers with the first result.
   * @throws EventStoreUnavailable when the outcome is unknown or the store cannot be reached: send the same again.
   * @throws EventStoreLimitExceeded when an event, batch or stream is over a named limit; nothing is written.
   * @throws LogAccessDenied when the server knows that this user may not append to the stream.
   */
  abstract append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendResult>;

  /** Pages of one stream, in order of revision, from `from` (inclusive, default 0); nothing for an absent stream. */
  abstract read(stream: string, options?: ReadStreamOptions): AsyncIterable<readonly RecordedEvent[]>;

  /** Pages of the whole log, in order of position, after `after`; ends at `upTo` (inclusive) or at the head. */
  abstract readAll(options: ReadAllOptions): AsyncIterable<readonly RecordedEvent[]>;

  /** Endless; ends when the signal aborts. The consumer's pace is the producer's: nothing is read ahead without bound. */
  abstract subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage>;

  /** Position of the last event of the log, or `beginning`. */
  abstract head(): Promise<Position>;

  /** The largest position whose running maximum of `recordedAt` is not later than `instant`. */
  abstract positionAt(instant: string): Promise<Position>;

  /** Frees connections; running subscriptions end. */
  abstract close(): Promise<void>;
}

export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}

/** The user of the connection may not do this: its categories are other ones, or it only reads. No repeat helps; the operator's grants do. */
export class LogAccessDenied extends Error {
  override readonly name = 'LogAccessDenied';
}

export class EventStoreLimitExceeded extends Error {
  override readonly name = 'EventStoreLimitExceeded';
  constructor(
    readonly limit: keyof typeof eventStoreLimits,
    readonly actual: number,
    max: number = eventStoreLimits[limit],
  ) {
    super(`${limit} is ${max}, got ${actual}`);
  }
}

/** Body (host) < event < message (messaging): the limit that answers is always ours, never a server's. */
export const eventStoreLimits = {
  /** Bytes of `data` plus `metadata` of one event, UTF-8. */
  eventBytesMax: 393_216,
  eventsPerAppendMax: 500,
  /** Bytes of one append, summed over its events; below EventStoreDB's 1 MiB. */
  appendBytesMax: 1_000_000,
  streamLengthMax: 200_000,
  streamNameLengthMax: 200,
} as const;

/** The named limits of one store; an adapter may be opened with smaller ones. */
export type EventStoreLimits = { readonly [Limit in keyof typeof eventStoreLimits]: number };
