import type { EventStoreDBClient, ResolvedEvent } from '@eventstore/db-client';
import { EventStoreUnavailable, beginning, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { answerMsMax } from './connection.js';
import { failure, within } from './failures.js';
import { orderedLog, type LogMessage, type Source } from './ordered.js';
import { positionOf, recordedEvent, type Place, type StreamNames } from './recorded.js';

export const pageSizeDefault = 500;

/** Some events in order of position, and how far the log has been looked through for them. */
export type LogPage = { readonly events: readonly RecordedEvent[]; readonly scannedTo: Position };
export type Window = { readonly after: Position; readonly upTo: Position; readonly prefixes: readonly string[] | undefined; readonly pageSize: number };

/** Where the log ends: the last event that is ours, and the last place that was looked at for it. */
export type End = { readonly own: Position; readonly scanned: Position };

/** Going back over what is not ours takes growing strides. */
const strides = [1, 32, 512] as const;

/** The questions that reading asks of the server; all go to the leader. */
export class LogReader implements Source {
  private known: End = { own: beginning, scanned: beginning };

  constructor(
    readonly client: EventStoreDBClient,
    readonly names: StreamNames,
    private readonly closed: AbortSignal,
    private readonly saw: (position: Position) => void,
  ) {}

  /** Events of one stream from a revision on, at most `count`. */
  async streamPage(stream: string, from: number, count: number): Promise<readonly RecordedEvent[]> {
    const reading = (): AsyncIterable<ResolvedEvent> & { cancel(): Promise<void> } =>
      this.client.readStream(this.names.onWire(stream), { fromRevision: BigInt(from), direction: 'forwards', maxCount: count, requiresLeader: true });
    const resolved = await answered(reading).catch((error: unknown) => {
      if (error instanceof Error && Reflect.get(error, 'type') === 'stream-not-found') return [];
      throw failure(error);
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

  /** Reads back from the end of the server's log to the last event of this one, or to where it was the last time. */
  async end(): Promise<End> {
    let from: Place | 'end' = 'end';
    let scanned: Position | undefined;
    for (let stride = 0; ; stride += 1) {
      const page: readonly { readonly position: Place; readonly resolved: ResolvedEvent }[] = await this.backwards(
        from,
        strides[Math.min(stride, strides.length - 1)]!,
      );
      scanned ??= page[0] === undefined ? beginning : positionOf(page[0].position);
      for (const { position, resolved } of page) {
        const own = recordedEvent(resolved, this.names)?.position;
        if (own !== undefined) return this.ends(own, scanned);
        if (positionOf(position) <= this.known.scanned) return this.ends(this.known.own, scanned);
      }
      if (page.length === 0) return this.ends(beginning, scanned);
      from = page.at(-1)!.position;
    }
  }

  /** Ends when it has looked up to `upTo`. */
  async *pages({ after, upTo, prefixes, pageSize }: Window): AsyncGenerator<LogPage> {
    let [next, events]: [Position, RecordedEvent[]] = [after, []];
    if (after >= upTo) return;
    for await (const messages of orderedLog(this, { after, prefixes, signal: this.closed }))
      for (const message of messages) {
        if (message.kind === 'event' && isBetween(message.event.position, next, upTo)) events.push(message.event);
        const reached = reachedBy(message, upTo);
        if (reached > next) next = reached;
        if (next < upTo && !isPage(message, events.length, pageSize)) continue;
        yield { events, scannedTo: next };
        if (next === upTo) return;
        events = [];
      }
    throw new EventStoreUnavailable('the store is closed');
  }

  private ends(own: Position, scanned: Position): End {
    if (scanned >= this.known.scanned) this.known = { own, scanned };
    this.saw(own);
    return { own, scanned };
  }

  private async backwards(from: Place | 'end', count: number): Promise<readonly { readonly position: Place; readonly resolved: ResolvedEvent }[]> {
    const reading = (): AsyncIterable<ResolvedEvent> & { cancel(): Promise<void> } =>
      this.client.readAll({ direction: 'backwards', fromPosition: from, maxCount: count, requiresLeader: true });
    const page = await answered(reading).catch((error: unknown) => {
      throw failure(error);
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

/** All that one read answers; given up, and cancelled on the server, after a while. */
const answered = async (start: () => AsyncIterable<ResolvedEvent> & { cancel(): Promise<void> }): Promise<readonly ResolvedEvent[]> => {
  const reading = start();
  const resolved: ResolvedEvent[] = [];
  const work = (async () => {
    for await (const one of reading) resolved.push(one);
    return resolved;
  })();
  try {
    return await within(answerMsMax, work);
  } catch (error) {
    work.catch(() => undefined);
    reading.cancel().catch(() => undefined);
    throw error;
  }
};
