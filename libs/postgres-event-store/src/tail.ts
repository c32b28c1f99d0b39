import type { Position, RecordedEvent } from '@program-ledger/event-sourcing';
import type { Reader } from './reader.js';

export const tailLimits = {
  /** The last events of the log, shared by all subscriptions of this store; who is further behind reads pages from the database. */
  eventsMax: 4_096,
  /** UTF-16 units of data and metadata. */
  textMax: 16_000_000,
  pageMax: 1_000,
  /** Groups of this process that were committed after a gap that another's commit will fill. */
  groupsAheadMax: 64,
} as const;

/**
 * The end of the log as this process knows it, always without a gap. What this process appends arrives by itself; what others append
 * is read when a notification, or the poll, says so. So a log with one writer is tailed without a single query.
 */
export class Tail {
  private events: RecordedEvent[] = [];
  private textLength = 0;
  private ahead: (readonly RecordedEvent[])[] = [];
  private readonly waiting = new Set<() => void>();
  private refreshing: Promise<void> | undefined;
  private refreshAgain = false;
  private closed = false;
  /** Undefined until somebody asks: a store that only appends keeps no tail. */
  private last: Position | undefined;

  constructor(private readonly reader: Reader) {}

  get end(): Position | undefined {
    return this.last;
  }

  /** Own appends of one group, in order and dense. */
  committed(events: readonly RecordedEvent[]): void {
    if (this.last === undefined) {
      // A first look at the head may be under way and miss this.
      this.refreshAgain = true;
      return;
    }
    this.ahead.push(events);
    this.takeAhead();
    // A gap is either our other group, whose answer is on its way, or another process, for which the database must be asked.
    if (this.ahead.length > tailLimits.groupsAheadMax) this.ahead.shift();
    if (this.ahead.length > 0) void this.refresh().catch(() => undefined);
  }

  /** Reads what is new; of many calls at once one reads, and one more after it. */
  async refresh(): Promise<void> {
    this.refreshAgain = true;
    this.refreshing ??= this.readNew().finally(() => (this.refreshing = undefined));
    await this.refreshing;
  }

  /** Events after a position, at most `count`; undefined when the tail no longer reaches back so far. */
  after(position: Position, count: number): readonly RecordedEvent[] | undefined {
    const first = this.events[0]?.position ?? (this.last ?? -1n) + 1n;
    if (this.last === undefined || position + 1n < first) return undefined;
    const start = Number(position + 1n - first);
    return this.events.slice(start, start + count);
  }

  /** Resolves when the log is longer than `position`, when the store closes, or when the signal aborts. */
  beyond(position: Position, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (this.closed || signal.aborted || (this.last !== undefined && this.last > position)) return resolve();
      this.waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  /** Whether anybody waits for the next event, so that polling is worth while. */
  get isWatched(): boolean {
    return this.waiting.size > 0;
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  private async readNew(): Promise<void> {
    while (this.refreshAgain && !this.closed) {
      this.refreshAgain = false;
      this.last ??= await this.reader.head();
      for (let read: number = tailLimits.pageMax; read === tailLimits.pageMax; ) {
        const events = await this.reader.window(this.last, this.last + BigInt(tailLimits.pageMax), undefined);
        read = events.length;
        this.push(events);
        this.takeAhead();
      }
    }
  }

  private takeAhead(): void {
    this.ahead.sort(([a], [b]) => (a!.position < b!.position ? -1 : 1));
    while (this.ahead[0] !== undefined && this.ahead[0][0]!.position <= this.last! + 1n) this.push(this.ahead.shift()!);
  }

  private push(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.position !== this.last! + 1n) continue;
      this.events.push(event);
      this.textLength += event.data.length + event.metadata.length;
      this.last = event.position;
    }
    this.trim();
    this.wake();
  }

  /** Drops the oldest, in one cut, when the tail has outgrown its limits by an eighth. */
  private trim(): void {
    if (this.events.length < tailLimits.eventsMax * 1.125 && this.textLength < tailLimits.textMax * 1.125) return;
    let cut = 0;
    while (this.events.length - cut > tailLimits.eventsMax || (this.textLength > tailLimits.textMax && cut < this.events.length)) {
      const { data, metadata } = this.events[cut]!;
      this.textLength -= data.length + metadata.length;
      cut += 1;
    }
    this.events = this.events.slice(cut);
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}
