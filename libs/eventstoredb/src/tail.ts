import { EventStoreUnavailable, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { setTimeout as sleep } from 'node:timers/promises';
import { orderedLog, type LogMessage } from './ordered.js';
import type { LogReader } from './log-reader.js';

export const tailLimits = {
  /** Recent events that are kept for the subscriptions of this process; who is further behind reads for itself. */
  eventsMax: 4_096,
  charactersMax: 16_777_216,
  dropStride: 512,
  /** A broken subscription is made again after a random part of this, which doubles up to its largest, for ever. */
  pauseMsMin: 100,
  pauseMsMax: 5_000,
  /** How often the server is asked whether the log has gone on without this tail, and how long it then may take to follow. */
  checkMs: 10_000,
  followMsMax: 5_000,
} as const;

/** The end of the log, followed once for all subscriptions of a process: it is never slow, so the server never drops it for that. */
export class Tail {
  /** Position of the last event that is known; undefined until the server has been asked. */
  end: Position | undefined;
  private start: Position = 0n;
  private from: Position | undefined;
  private pauseMs: number = tailLimits.pauseMsMin;
  private events: RecordedEvent[] = [];
  private characters = 0;
  private readonly waiting = new Set<{ wake(): void; fail(error: Error): void }>();
  private running: Promise<void> | undefined;

  constructor(
    private readonly reader: LogReader,
    private readonly closed: AbortSignal,
  ) {
    closed.addEventListener('abort', () => this.wake(), { once: true });
  }

  /** Begins to follow at the first call; resolves when the end is known. */
  async known(signal: AbortSignal): Promise<Position> {
    this.running ??= this.run();
    while (this.end === undefined && !signal.aborted && !this.closed.aborted) await this.change(signal);
    return this.end ?? 0n;
  }

  /** The events after a position as far as they are kept, or undefined when it lies before them. */
  after(position: Position, max: number): readonly RecordedEvent[] | undefined {
    if (position < this.start) return undefined;
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.events[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return this.events.slice(low, low + max);
  }

  /** Resolves when the log goes on after a position, when it closes, or when the signal aborts. */
  async beyond(position: Position, signal: AbortSignal): Promise<void> {
    while (this.end! <= position && !signal.aborted && !this.closed.aborted) await this.change(signal);
  }

  private async run(): Promise<void> {
    while (!this.closed.aborted) {
      try {
        this.from ??= await this.find();
        await this.follow(this.from);
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable)) this.fail(error as Error);
        await sleep(Math.random() * this.pauseMs, undefined, { signal: this.closed }).catch(() => undefined);
        this.pauseMs = Math.min(tailLimits.pauseMsMax, this.pauseMs * 2);
      }
      this.wake();
    }
  }

  private async follow(after: Position): Promise<void> {
    const over = new AbortController();
    this.watch(over).catch(() => undefined);
    try {
      for await (const messages of orderedLog(this.reader, { after, prefixes: undefined, signal: AbortSignal.any([this.closed, over.signal]) }))
        for (const message of messages) this.take(message);
    } finally {
      over.abort();
    }
  }

  /** A subscription that the server has lost without a word, while its connection stands, shows by the log going on without it. */
  private async watch(over: AbortController): Promise<void> {
    const { signal } = over;
    while (!signal.aborted) {
      await sleep(tailLimits.checkMs, undefined, { signal });
      const before = this.end!;
      const { own } = await this.reader.end().catch(() => ({ own: before }));
      if (own <= this.end!) continue;
      await sleep(tailLimits.followMsMax, undefined, { signal });
      if (this.end === before) over.abort();
    }
  }

  private take(message: LogMessage): void {
    if (message.kind === 'caught-up') {
      this.pauseMs = tailLimits.pauseMsMin;
      return;
    }
    const position = message.kind === 'event' ? message.event.position : message.position;
    this.reader.saw(position);
    if (message.kind === 'event' && position > this.end!) this.push(message.event);
    if (position > this.from!) this.from = position;
  }

  /** What no pause will mend is told to those who wait; the tail itself goes on trying. */
  private fail(error: Error): void {
    for (const { fail } of [...this.waiting]) fail(error);
  }

  private async find(): Promise<Position> {
    const { own, scanned } = await this.reader.end();
    this.end = own;
    this.start = own;
    this.wake();
    return scanned;
  }

  private push(event: RecordedEvent): void {
    this.events.push(event);
    this.characters += sizeOf(event);
    this.end = event.position;
    if (this.events.length > tailLimits.eventsMax + tailLimits.dropStride || this.characters > tailLimits.charactersMax) this.drop();
    this.wake();
  }

  /** In strides: to move thousands of events for each new one would cost more than the event. */
  private drop(): void {
    let dropped = Math.max(0, this.events.length - tailLimits.eventsMax);
    for (const event of this.events.slice(0, dropped)) this.characters -= sizeOf(event);
    for (; this.characters > tailLimits.charactersMax / 2 && dropped < this.events.length; dropped += 1) this.characters -= sizeOf(this.events[dropped]!);
    this.start = this.events[dropped - 1]!.position;
    this.events = this.events.slice(dropped);
  }

  private wake(): void {
    for (const { wake } of [...this.waiting]) wake();
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.waiting.delete(waiter);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const waiter = {
        wake: done,
        fail: (error: Error) => {
          done();
          reject(error);
        },
      };
      this.waiting.add(waiter);
      signal.addEventListener('abort', done);
    });
  }
}

const sizeOf = ({ data, metadata }: RecordedEvent): number => data.length + metadata.length;
