import {
  EventStoreLimitExceeded,
  EventStoreUnavailable,
  type AppendResult,
  type EventStoreLimits,
  type ExpectedRevision,
  type ProposedEvent,
  type RecordedEvent,
} from '@program-ledger/event-sourcing';
import type pg from 'pg';
import { bigints, integers, texts, uuids } from './binary-arrays.js';
import { failure } from './failures.js';

type Asked = {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly ProposedEvent[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
};

export const appendLimits = {
  /** One group waits for its commit while the next is prepared; more would only wait for each other. */
  groupsInFlightMax: 2,
  appendsPerGroupMax: 500,
  bytesPerGroupMax: 4_000_000,
  /** Appends that wait for a group; beyond, the log says that it cannot keep up. */
  appendsWaitingMax: 20_000,
} as const;

/**
 * Group commit: what is asked while earlier groups commit goes out together as the next one, at most one append a stream. Callers
 * share a flush to disk and a round trip, and never each other's verdict.
 */
export class AppendQueue {
  private waiting: Asked[] = [];
  private readonly busyStreams = new Set<string>();
  private groupsInFlight = 0;
  private flushPlanned = false;
  private idle: (() => void) | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly limits: EventStoreLimits,
    private readonly committed: (events: readonly RecordedEvent[]) => void,
  ) {}

  add(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendResult> {
    if (this.waiting.length >= appendLimits.appendsWaitingMax)
      return Promise.reject(new EventStoreUnavailable(`${appendLimits.appendsWaitingMax} appends wait already`));
    return new Promise((resolve, reject) => {
      this.waiting.push({ stream, expected, events, resolve, reject });
      this.planFlush();
    });
  }

  /** Resolves when nothing waits or is in flight. */
  async drained(): Promise<void> {
    while (this.waiting.length > 0 || this.groupsInFlight > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private planFlush(): void {
    if (this.flushPlanned || this.groupsInFlight >= appendLimits.groupsInFlightMax || this.waiting.length === 0) return;
    this.flushPlanned = true;
    setImmediate(() => {
      this.flushPlanned = false;
      const group = this.takeGroup();
      if (group.length > 0) void this.run(group);
    });
  }

  private takeGroup(): readonly Asked[] {
    const group: Asked[] = [];
    const later: Asked[] = [];
    let room: number = appendLimits.bytesPerGroupMax;
    for (const [index, asked] of this.waiting.entries()) {
      if (group.length >= appendLimits.appendsPerGroupMax || room <= 0) {
        later.push(...this.waiting.slice(index));
        break;
      }
      if (this.busyStreams.has(asked.stream)) {
        later.push(asked);
        continue;
      }
      this.busyStreams.add(asked.stream);
      group.push(asked);
      for (const { data, metadata } of asked.events) room -= data.length + metadata.length;
    }
    this.waiting = later;
    return group;
  }

  private async run(group: readonly Asked[]): Promise<void> {
    this.groupsInFlight += 1;
    try {
      await this.commit(group);
    } finally {
      this.groupsInFlight -= 1;
      for (const { stream } of group) this.busyStreams.delete(stream);
      this.planFlush();
      this.idle?.();
    }
  }

  private async commit(group: readonly Asked[]): Promise<void> {
    let verdicts: readonly Verdict[];
    try {
      verdicts = await this.send(group);
    } catch (thrown) {
      const error = failure(thrown);
      // Nothing of the group was written. A mistake in one append must not be answered to the others: each goes alone.
      if (!(error instanceof EventStoreUnavailable) && group.length > 1) for (const asked of group) await this.commit([asked]);
      else for (const { reject } of group) reject(error);
      return;
    }
    const written: RecordedEvent[] = [];
    group.forEach((asked, index) => this.answer(asked, verdicts[index]!, written));
    if (written.length > 0) this.committed(written);
  }

  private async send(group: readonly Asked[], careful = false): Promise<readonly Verdict[]> {
    try {
      const { rows } = await this.pool.query<Verdict[]>({
        name: 'append',
        text: appendStatement,
        values: parametersOf(group, careful, this.limits),
        rowMode: 'array',
      });
      return rows as unknown as readonly Verdict[];
    } catch (error) {
      if (careful || !isUniqueViolation(error)) throw error;
      return this.send(group, true);
    }
  }

  private answer({ stream, expected, events, resolve, reject }: Asked, [verdict, revision, positionText]: Verdict, written: RecordedEvent[]): void {
    const position = BigInt(positionText);
    switch (verdict) {
      case 0: {
        const [first, before] = [revision - events.length + 1, position - BigInt(events.length - 1)];
        events.forEach(({ id, type, data, metadata, recordedAt }, index) =>
          written.push({ id, type, data, metadata, recordedAt, stream, revision: first + index, position: before + BigInt(index) }),
        );
        return resolve({ status: 'appended', revision, position });
      }
      case 1:
        return resolve({ status: 'repeated', revision, position });
      case 2:
        return resolve({ status: 'conflict', expected, actual: revision === -1 ? 'none' : revision });
      case 3:
        return reject(new EventStoreLimitExceeded('streamLengthMax', revision, this.limits.streamLengthMax));
    }
  }
}

/** Verdict, revision and position as `event_store.append` gives them. */
type Verdict = readonly [0 | 1 | 2 | 3, number, string];

const appendStatement =
  'select verdict, revision, position from event_store.append($1::text[], $2::integer[], $3::integer[], $4::integer, $5::boolean, $6::text[], $7::integer[], $8::integer[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::bigint[])';

/** SQLSTATE 23505: an id that is known at a revision that nobody expected. */
const isUniqueViolation = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '23505';

const expectedCodes = { none: -1, exists: -2, any: -3 } as const;

const parametersOf = (group: readonly Asked[], careful: boolean, limits: EventStoreLimits): unknown[] => {
  const events = group.flatMap(({ events }) => events);
  return [
    texts(group.map(({ stream }) => stream)),
    integers(group.map(({ expected }) => (typeof expected === 'number' ? expected : expectedCodes[expected]))),
    integers(group.map(({ events }) => events.length)),
    limits.streamLengthMax,
    careful,
    texts(group.flatMap(({ stream, events }) => events.map(() => stream))),
    integers(group.flatMap(({ events }, index) => events.map(() => index + 1))),
    integers(group.flatMap(({ events }) => events.map((_, index) => index))),
    uuids(events.map(({ id }) => id)),
    texts(events.map(({ type }) => type)),
    texts(events.map(({ data }) => data)),
    texts(events.map(({ metadata }) => metadata)),
    bigints(events.map(({ recordedAt }) => Date.parse(recordedAt))),
  ];
};
