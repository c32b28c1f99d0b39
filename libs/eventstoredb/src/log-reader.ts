import type { ResolvedEvent } from '@eventstore/db-client';
import { EventStoreUnavailable, beginning, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { answerMsMax, readFailed, type Connection } from './connection.js';
import { answered } from './failures.js';
import { orderedLog, type LogMessage, type Source } from './ordered.js';
import { positionOf, recordedEvent, type Place, type StreamNames } from './recorded.js';

export const pageSizeDefault = 500;

/** Some events in order of position, and how far the log has been looked through for them. */
export type LogPage = { readonly events: readonly RecordedEvent[]; readonly scannedTo: Position };
export type Window = {
  readonly after: Position;
  readonly upTo: Position;
  readonly prefixes: readonly string[] | undefined;
  readonly pageSize: number;
  readonly signal?: AbortSignal | undefined;
};

/** Where the log ends: the last event that is ours, and the last place that was looked at for it. */
export type End = { readonly own: Position; readonly scanned: Position };

/** Going back over what is not ours takes growing strides: the first two are done by all who ask, the rest by one at a time. */
const near = [1, 32] as const;
const farStride = 512;

type Page = readonly { readonly position: Place; readonly resolved: ResolvedEvent }[];

/** The questions that reading asks of the server; all go to the leader. */
export class LogReader implements Source {
  private known: End = { own: beginning, scanned: beginning };
  /** Up to here the server's log was looked through, and nothing was ours. */
  private floor: Position = beginning;
  private scanning: Promise<unknown> = Promise.resolve();

  constructor(
    readonly connection: Connection,
    readonly names: StreamNames,
    private readonly closed: AbortSignal,
    readonly saw: (position: Position) => void,
  ) {}

  /** Events of one stream from a revision on, at most `count`. */
  async streamPage(stream: string, from: number, count: number): Promise<readonly RecordedEvent[]> {
    const reading = (): AsyncIterable<ResolvedEvent> & { cancel(): Promise<void> } =>
      this.connection.client.readStream(this.names.onWire(stream), {
        fromRevision: BigInt(from),
        direction: 'forwards',
        maxCount: count,
        requiresLeader: true,
      });
    const resolved = await answered(answerMsMax, reading).catch((error: unknown) => {
      if (error instanceof Error && Reflect.get(error, 'type') === 'stream-not-found') return [];
      throw readFailed(this.connection, error);
    });
    const events = resolved.map((one, index) => {
      const event = recordedEvent(one, this.names);
      if (event === undefined || event.revision !== from + index)
        throw new Error(
          `stream ${stream} has been tampered with: its event ${from + index} is ${one.event === undefined ? 'missing' : `revision ${one.event.revision}, type ${one.event.type}`}`,
        );
      return event;
    });
    if (events.length > 0) this.saw(events.at(-1)!.position);
    return events;
  }

  /**
   * Reads back from the end of the server's log to the last event of this one, or to where it was the last time. On a server that
   * others fill, the first time is long: who asks meanwhile waits, and then looks at what is new.
   */
  async end(): Promise<End> {
    const found = await this.back(near);
    if (found !== undefined) return found;
    const scan = this.scanning.then(() => this.back());
    this.scanning = scan.catch(() => undefined);
    return (await scan)!;
  }

  /** Undefined when the strides do not reach; without them it goes all the way. */
  private async back(strides?: readonly number[]): Promise<End | undefined> {
    let from: Place | 'end' = 'end';
    let scanned: Position | undefined;
    for (let stride = 0; strides === undefined || stride < strides.length; stride += 1) {
      const page = await this.backwards(from, (strides ?? near)[stride] ?? farStride);
      scanned ??= page[0] === undefined ? beginning : positionOf(page[0].position);
      const own = this.lastOwn(page);
      if (own !== undefined) return this.ends(own, scanned);
      from = page.at(-1)!.position;
    }
    return undefined;
  }

  private lastOwn(page: Page): Position | undefined {
    for (const { position, resolved } of page) {
      const own = recordedEvent(resolved, this.names)?.position;
      if (own !== undefined) return own;
      if (positionOf(position) <= this.known.scanned) return this.known.own;
    }
    return page.length === 0 ? beginning : undefined;
  }

  /** Ends when it has looked up to `upTo`. */
  async *pages(window: Window): AsyncGenerator<LogPage> {
    const { after, upTo, pageSize } = window;
    let [next, events]: [Position, RecordedEvent[]] = [after, []];
    if (after >= upTo) return;
    for await (const messages of this.ordered(window))
      for (const message of messages) {
        if (message.kind === 'event' && isBetween(message.event.position, next, upTo)) events.push(message.event);
        const reached = reachedBy(message, upTo);
        if (reached > next) next = reached;
        if (next < upTo && !isPage(message, events.length, pageSize)) continue;
        yield { events, scannedTo: next };
        if (next === upTo) return;
        events = [];
      }
    throw new EventStoreUnavailable('the store is closed, or its reader has left');
  }

  private ordered({ after, prefixes, signal = this.closed }: Window): AsyncGenerator<readonly LogMessage[]> {
    return orderedLog(this, { after: after < this.floor ? this.floor : after, prefixes, signal });
  }

  private ends(own: Position, scanned: Position): End {
    if (scanned >= this.known.scanned) this.known = { own, scanned };
    if (own === beginning && scanned > this.floor) this.floor = scanned;
    this.saw(own);
    return { own, scanned };
  }

  private async backwards(from: Place | 'end', count: number): Promise<Page> {
    const reading = (): AsyncIterable<ResolvedEvent> & { cancel(): Promise<void> } =>
      this.connection.client.readAll({ direction: 'backwards', fromPosition: from, maxCount: count, requiresLeader: true });
    const page = await answered(answerMsMax, reading).catch((error: unknown) => {
      throw readFailed(this.connection, error);
    });
    return page.flatMap((resolved) => (resolved.event?.position === undefined ? [] : [{ position: resolved.event.position, resolved }]));
  }
}

const isBetween = (position: Position, after: Position, upTo: Position): boolean => position > after && position <= upTo;

const isPage = ({ kind }: LogMessage, length: number, pageSize: number): boolean => kind === 'checkpoint' || length >= pageSize;

const reachedBy = (message: LogMessage, upTo: Position): Position => {
  if (message.kind === 'caught-up') return upTo;
  const position = message.kind === 'event' ? message.event.position : message.position;
  return position < upTo ? position : upTo;
};
