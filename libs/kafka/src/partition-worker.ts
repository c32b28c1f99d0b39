import { isUnreadable, jittered, messagingLimits, pause, PermanentFailure, type ConsumerOptions, type ConsumerTrouble, type CrashHook, type FailureCause } from '@program-ledger/messaging';
import type { DeadLetterBox } from './dead-letter-box.js';
import type { RawRecord } from './kafkajs.js';
import type { Letter } from './letters.js';
import type { Place } from './link.js';
import { messageOf, owned, sizeOf, storable } from './records.js';

export type Work = {
  readonly place: Place;
  readonly member: ConsumerOptions;
  readonly box: DeadLetterBox;
  readonly crash: CrashHook;
  /** The first offset that the group has not done with. */
  readonly from: bigint;
  /** Letters that the whole membership holds, all partitions together. */
  readonly letters: () => number;
  /** Told of each new position of the group in this partition. */
  readonly moved: (next: bigint) => void;
};

/** A message whose handler has not answered, and since when by the machine's running time. */
export type InHand = { readonly offset: bigint; readonly sinceMs: number };

type Outcome = { readonly kind: 'handled' | 'stopped' } | { readonly kind: 'failed'; readonly cause: FailureCause };

/** Hands the messages of one partition to the handler, one after another, until it is stopped. What is fetched waits in front of it. */
export class PartitionWorker {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private ahead: RawRecord[] = [];
  private aheadBytes = 0;
  private dead = false;
  private redriveDue: boolean;
  private next: bigint;
  /** Why the first of `ahead` failed for good: kept until it is parked, so that its handler does not run again when parking fails. */
  private verdict: FailureCause | undefined;
  private held: InHand | undefined;
  private ring: () => void = () => undefined;
  /** Called when there is room for more. */
  onRoom: () => void = () => undefined;

  constructor(private readonly work: Work) {
    this.redriveDue = work.box.anyAsked;
    this.next = work.from;
    this.ended = this.run();
  }

  push(records: readonly RawRecord[]): void {
    for (const record of records.map(owned)) {
      this.ahead.push(record);
      this.aheadBytes += sizeOf(record);
    }
    this.ring();
  }

  get waiting(): { readonly records: number; readonly bytes: number } {
    return { records: this.ahead.length, bytes: this.aheadBytes };
  }

  get inHand(): InHand | undefined {
    return this.held;
  }

  /** What was appended to the partition's dead letters, by whomever. */
  noticed(records: readonly RawRecord[]): void {
    for (const record of records) if (this.work.box.notice(record) === 'asked') this.redriveDue = true;
    this.ring();
  }

  /** After the message in hand, or at once when it is between two attempts. Resolves when nothing is in hand any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.ring();
    await this.ended;
  }

  /** Resolves when nothing is in hand any more, after `stop` or `abandon`. */
  gone(): Promise<void> {
    return this.ended;
  }

  /** As if the process had died: the message in hand is neither committed nor parked. */
  abandon(): void {
    this.dead = true;
    this.stopping.abort();
    this.ring();
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    for (let troubles = 0; !this.stopped; ) {
      try {
        await this.round();
        troubles = 0;
      } catch (error) {
        if (this.dead) return;
        this.report('retrying', BigInt(this.ahead[0]?.offset ?? -1), troubles + 1, error);
        await pause(jittered(troubles, messagingLimits.retryPauseMsMax), this.stopping.signal);
        troubles += 1;
      }
    }
  }

  private async round(): Promise<void> {
    await this.work.box.disown(this.next);
    if (this.redriveDue) await this.redriveAsked();
    const [record] = this.ahead;
    if (record === undefined) return this.bell();
    if (!(await this.take(record))) return;
    this.ahead.shift();
    this.aheadBytes -= sizeOf(record);
    this.onRoom();
    if (this.ahead.length % turnEvery === 0) await nextTurn();
  }

  private bell(): Promise<void> {
    if (this.redriveDue || this.stopped || this.ahead.length > 0 || this.work.box.doubts(this.next)) return Promise.resolve();
    return new Promise((resolve) => (this.ring = resolve));
  }

  /** Whether the record is done with: handled, or among the dead letters. */
  private async take(record: RawRecord): Promise<boolean> {
    const outcome = await this.outcomeOf(record);
    if (outcome.kind === 'stopped' || this.dead) return false;
    if (outcome.kind === 'failed') await this.park(record, outcome.cause);
    this.verdict = undefined;
    await this.work.crash('between-effect-and-offset');
    if (this.dead) return false;
    this.next = BigInt(record.offset) + 1n;
    this.work.moved(this.next);
    return true;
  }

  private async outcomeOf(record: RawRecord): Promise<Outcome> {
    if (this.verdict !== undefined) return { kind: 'failed', cause: this.verdict };
    // No verdict: when the letters of its key are redriven before it is parked, it is handled.
    if (this.work.box.holds(record.key?.toString('utf8') ?? '')) return { kind: 'failed', cause: followedItsKey };
    const outcome = await this.attempts(record);
    if (outcome.kind === 'failed') this.verdict = outcome.cause;
    return outcome;
  }

  private async attempts(record: RawRecord, offset = BigInt(record.offset)): Promise<Outcome> {
    const { member, place } = this.work;
    for (let attempt = 1; ; attempt += 1) {
      const message = messageOf(record);
      if (isUnreadable(message)) return this.failed(offset, attempt, new PermanentFailure('unreadable-message', message.unreadable));
      try {
        await this.holding(offset, () => member.handle({ message, ...place, offset, attempt }));
        return { kind: 'handled' };
      } catch (error) {
        if (error instanceof PermanentFailure) return this.failed(offset, attempt, error);
        this.report('retrying', offset, attempt, error);
      }
      await pause(jittered(attempt, messagingLimits.retryPauseMsMax), this.stopping.signal);
      if (this.stopped) return { kind: 'stopped' };
    }
  }

  private async holding(offset: bigint, handle: () => Promise<void>): Promise<void> {
    this.held = { offset, sinceMs: performance.now() };
    try {
      await handle();
    } finally {
      this.held = undefined;
    }
  }

  private failed(offset: bigint, attempt: number, error: PermanentFailure): Outcome {
    this.report('dead-lettered', offset, attempt, error);
    return { kind: 'failed', cause: { code: error.code, message: storable(error.message) } };
  }

  private async park(record: RawRecord, cause: FailureCause): Promise<void> {
    const { box, letters, member } = this.work;
    if (this.dead || box.has(record)) return;
    if (letters() >= messagingLimits.deadLettersPerGroupMax)
      throw new Error(`${member.group} has deadLettersPerGroupMax ${messagingLimits.deadLettersPerGroupMax} letters: redrive some first`);
    await box.park(record, cause);
    if (cause === followedItsKey) this.report('followed', BigInt(record.offset), 1, cause);
  }

  /** All letters of each key that was asked for, in order. */
  private async redriveAsked(): Promise<void> {
    this.redriveDue = false;
    try {
      for (const letters of await this.work.box.asked()) if (!this.stopped) await this.redriveKey(letters);
    } catch (error) {
      this.redriveDue = true;
      throw error;
    }
  }

  /** The first that fails keeps the rest. */
  private async redriveKey(letters: readonly Letter[]): Promise<void> {
    const { box } = this.work;
    for (const letter of letters) {
      const outcome = await this.attempts(await box.contentOf(letter), letter.offset);
      if (outcome.kind === 'stopped' || this.dead) return;
      await box.settle(letter, outcome.kind === 'failed' ? outcome.cause : null);
      if (outcome.kind === 'failed' || this.stopped) return;
    }
  }

  private report(kind: ConsumerTrouble['kind'], offset: bigint, attempt: number, error: unknown): void {
    const { member, place } = this.work;
    member.report?.({ kind, group: member.group, ...place, offset, attempt, error });
  }
}

const followedItsKey: FailureCause = { code: 'followed-its-key', message: 'an earlier message of the same key lies among the dead letters' };

/** Everything else of the process has a turn after so many messages. */
const turnEvery = 16;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
