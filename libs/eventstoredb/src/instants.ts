import { beginning, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { pageSizeDefault, type LogReader } from './log-reader.js';

export const instantLimits = {
  /** Marks that are kept; when there are more, every second goes and those to come are twice as far apart. */
  marksMax: 4_096,
  strideMin: 512,
} as const;

/** The position of an event, and the latest `recordedAt` of all events up to it. */
type Mark = { readonly position: Position; readonly latest: string };

const start: Mark = { position: beginning, latest: '' };

/**
 * Where the log was at an instant. The server has no such index: marks are set while reading forward, once, and the stretch
 * between two of them is read again for the exact answer. The first question of a process reads as much of the log as it asks about.
 */
export class Instants {
  private marks: Mark[] = [start];
  private stride: number = instantLimits.strideMin;
  private sinceMark = 0;
  private read: Mark = start;
  private reading: Promise<unknown> = Promise.resolve();

  constructor(private readonly reader: LogReader) {}

  /** The largest position whose running maximum of `recordedAt` is not later than the instant. */
  async positionAt(instant: string): Promise<Position> {
    const { own } = await this.reader.end();
    await this.readTo(own, instant);
    const later = [...this.marks, this.read].findIndex(({ latest }) => latest > instant);
    if (later === -1) return own;
    const from = this.marks[later - 1] ?? start;
    const upTo = (this.marks[later] ?? this.read).position;
    return this.within(from, upTo, instant);
  }

  /** One reader at a time; each goes on from where the last one was, and no further than the instant needs. */
  private readTo(end: Position, instant: string): Promise<void> {
    const done = this.reading.then(async () => {
      if (this.read.latest > instant) return;
      for await (const event of this.events(this.read.position, end)) {
        this.read = { position: event.position, latest: later(this.read.latest, event.recordedAt) };
        this.sinceMark += 1;
        if (this.sinceMark >= this.stride) this.mark();
        if (this.read.latest > instant) return;
      }
    });
    this.reading = done.catch(() => undefined);
    return done;
  }

  private mark(): void {
    this.marks.push(this.read);
    this.sinceMark = 0;
    if (this.marks.length <= instantLimits.marksMax) return;
    this.marks = this.marks.filter((_, index) => index % 2 === 0);
    this.stride *= 2;
  }

  private async within({ position, latest }: Mark, upTo: Position, instant: string): Promise<Position> {
    let [found, running] = [position, latest];
    for await (const event of this.events(position, upTo)) {
      running = later(running, event.recordedAt);
      if (running > instant) return found;
      found = event.position;
    }
    return found;
  }

  private async *events(after: Position, upTo: Position): AsyncGenerator<RecordedEvent> {
    for await (const { events } of this.reader.pages({ after, upTo, prefixes: undefined, pageSize: pageSizeDefault })) yield* events;
  }
}

const later = (one: string, other: string): string => (one > other ? one : other);
