import type { AppendResult as Answer } from '@eventstore/db-client';
import {
  EventStoreLimitExceeded,
  EventStoreUnavailable,
  type AppendResult,
  type Appended,
  type EventStoreLimits,
  type ExpectedRevision,
  type Position,
  type ProposedEvent,
} from '@program-ledger/event-sourcing';
import { answerMsMax, endAppendCalls, type Connection } from './connection.js';
import { NoAnswer, failure, within } from './failures.js';
import type { KnownIds } from './known-ids.js';
import type { LogReader } from './log-reader.js';
import { positionOf, proposal, type StreamNames } from './recorded.js';

export const appendLimits = {
  /** Rounds of reading and writing again while others write to the same stream; none is lost, only late. */
  roundsMax: 50,
  /** Own answers that are remembered to tell a repeat of them from the first. */
  answersMax: 20_000,
} as const;

type Revision = number | 'none';
type Asked = { readonly stream: string; readonly expected: ExpectedRevision; readonly events: readonly ProposedEvent[] };

/**
 * Appends, each at one exact revision: what the caller leaves open (`any`, `exists`) is resolved by reading the stream. The server
 * then keeps its promise that the same ids at the same revision are stored once, whatever becomes of the answer.
 */
export class Appends {
  private seen: Position = 0n;
  private readonly answers = new Set<Position>();

  constructor(
    private readonly connection: Connection,
    private readonly names: StreamNames,
    private readonly reader: LogReader,
    private readonly known: KnownIds,
  ) {}

  /** A position that an event is known to have: an append that is answered with no later one was there before. */
  saw(position: Position): void {
    if (position > this.seen) this.seen = position;
  }

  async append(asked: Asked, limits: EventStoreLimits): Promise<AppendResult> {
    for (let round = 0; round < appendLimits.roundsMax; round += 1) {
      const result = await this.attempt(asked, limits);
      if (result !== 'again') return result;
    }
    throw new EventStoreUnavailable(`stream ${asked.stream} is written by others all the time`);
  }

  private async attempt(asked: Asked, limits: EventStoreLimits): Promise<AppendResult | 'again'> {
    const { stream, expected, events } = asked;
    const actual = await this.actual(stream, expected);
    const settled = await this.settled(asked, actual);
    if (settled !== undefined) return settled;
    const length = (actual === 'none' ? 0 : actual + 1) + events.length;
    if (length > limits.streamLengthMax) return this.overLength(asked, length, limits);
    const answer = await this.send(stream, actual, events);
    if (answer !== 'wrong-revision') return answer;
    await this.catchUp(stream);
    if (expected === 'any' || expected === 'exists') return 'again';
    return (await this.settled(asked, this.last(stream))) ?? { status: 'conflict', expected, actual: this.last(stream) };
  }

  /** The revision to write at: the one that is claimed, read up to so that its ids are known, or the last. */
  private async actual(stream: string, expected: ExpectedRevision): Promise<Revision> {
    if (expected === 'none') return 'none';
    if (typeof expected !== 'number') await this.catchUp(stream);
    else if (this.known.length(stream) <= expected) await this.catchUp(stream);
    return typeof expected === 'number' && expected <= Number(this.last(stream)) ? expected : this.last(stream);
  }

  /** What needs no writing: a repeat, known ids among new ones, or a claim that is not so. */
  private async settled({ stream, expected, events }: Asked, at: Revision): Promise<AppendResult | undefined> {
    const found = this.known.find(stream, events);
    if (found.kind === 'all') return this.repeat(stream, found.last);
    const isWrong = (expected === 'exists' && at === 'none') || (typeof expected === 'number' && expected !== at);
    if (found.kind === 'none' && !isWrong) return undefined;
    await this.catchUp(stream);
    return { status: 'conflict', expected, actual: this.last(stream) };
  }

  private async repeat(stream: string, revision: number): Promise<Appended> {
    const [event] = await this.reader.streamPage(stream, revision, 1);
    if (event === undefined) throw new Error(`stream ${stream} has been tampered with: its event ${revision} is missing`);
    return { status: 'repeated', revision, position: event.position };
  }

  /** A claim that is wrong as well is answered as such. */
  private async overLength({ stream, expected, events }: Asked, length: number, { streamLengthMax }: EventStoreLimits): Promise<AppendResult> {
    await this.catchUp(stream);
    const settled = await this.settled({ stream, expected, events }, this.last(stream));
    if (settled !== undefined) return settled;
    if (expected === 'none' && this.last(stream) !== 'none') return { status: 'conflict', expected, actual: this.last(stream) };
    throw new EventStoreLimitExceeded('streamLengthMax', length, streamLengthMax);
  }

  private async send(stream: string, at: Revision, events: readonly ProposedEvent[]): Promise<Appended | 'wrong-revision'> {
    const before = this.seen;
    const answer = await this.connection.gate.pass(wireBytesOf(events), () => this.answered(stream, at, events));
    if (answer === 'wrong-revision') return answer;
    const revision = Number(answer.nextExpectedRevision);
    const first = at === 'none' ? 0 : at + 1;
    if (revision !== first + events.length - 1 || answer.position === undefined)
      throw new Error(`stream ${stream} has been tampered with: an append after ${at} was stored at revision ${revision}; was it deleted on the server?`);
    const position = positionOf(answer.position);
    const isRepeat = position <= before || this.answers.has(position);
    this.remember(position);
    this.known.note(events.map(({ id }, index) => ({ stream, id, revision: first + index })));
    return { status: isRepeat ? 'repeated' : 'appended', revision, position };
  }

  private async answered(stream: string, at: Revision, events: readonly ProposedEvent[]): Promise<Answer | 'wrong-revision'> {
    try {
      const appending = this.connection.client.appendToStream(this.names.onWire(stream), events.map(proposal), {
        expectedRevision: at === 'none' ? 'no_stream' : BigInt(at),
      });
      return await within(answerMsMax, appending);
    } catch (error) {
      // Room is made for others only when the client holds nothing of this one any more.
      if (error instanceof NoAnswer) await endAppendCalls(this.connection);
      const type = error instanceof Error ? Reflect.get(error, 'type') : undefined;
      if (type === 'wrong-expected-version') return 'wrong-revision';
      if (type === 'maximum-append-size-exceeded')
        throw new EventStoreLimitExceeded('appendBytesMax', bytesOf(events), Number(Reflect.get(error as Error, 'maxAppendSize')));
      throw failure(error);
    }
  }

  private remember(position: Position): void {
    this.answers.add(position);
    this.saw(position);
    if (this.answers.size > appendLimits.answersMax) this.answers.delete(this.answers.values().next().value!);
  }

  private last(stream: string): Revision {
    const length = this.known.length(stream);
    return length === 0 ? 'none' : length - 1;
  }

  private async catchUp(stream: string): Promise<void> {
    for (;;) {
      const page = await this.reader.streamPage(stream, this.known.length(stream), idsPageSize);
      this.known.note(page);
      if (page.length < idsPageSize) return;
    }
  }
}

const idsPageSize = 1_000;

/** Id, type, instant, stream and framing of one event, at the most that is usual. */
const envelopeBytes = 400;

/** Metadata that is no object of JSON is sent as a text within one, which doubles its quotes. */
const wireBytesOf = (events: readonly ProposedEvent[]): number =>
  events.reduce((sum, { data, metadata }) => sum + Buffer.byteLength(data) + 2 * Buffer.byteLength(metadata) + envelopeBytes, 0);

const bytesOf = (events: readonly ProposedEvent[]): number =>
  events.reduce((sum, { data, metadata }) => sum + Buffer.byteLength(data) + Buffer.byteLength(metadata), 0);
