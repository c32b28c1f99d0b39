import { jittered, messagingLimits, pause, type ConsumerOptions, type CrashHook, type FailureCause } from '@program-ledger/messaging';
import type { DeadLetterBox } from './dead-letter-box.js';
import { followedItsKey, Hand, type Desk, type InHand } from './hand.js';
import type { RawRecord } from './kafkajs.js';
import type { Letter } from './letters.js';
import type { Place } from './link.js';
import { keyOf, owned, sizeOf } from './records.js';

export type Work = {
  readonly place: Place;
  readonly member: ConsumerOptions;
  readonly box: DeadLetterBox;
  readonly crash: CrashHook;
  /** The first offset that the group has not done with. */
  readonly from: bigint;
  /** Messages of different keys that may be in hand at once. */
  readonly atOnceMax: number;
  /** Letters that the whole membership holds, all partitions together. */
  readonly letters: () => number;
  /** Told of each new position of the group in this partition. */
  readonly moved: (next: bigint) => void;
};

/**
 * Hands the messages of one partition to the handler until it is stopped: those of one key one after another, those of several keys
 * beside each other, begun in their order. The group's position is before the first that is not done with. What is fetched waits in front.
 */
export class PartitionWorker {
  private readonly stopping = new AbortController();
  private readonly desk: Desk;
  private readonly ended: Promise<void>;
  /** From the first that is not done with on, in order; the first of them are in `hands`, done with or not. */
  private ahead: RawRecord[] = [];
  private aheadBytes = 0;
  private readonly hands: { readonly hand: Hand; readonly finished: Promise<void> }[] = [];
  private redriven: Hand | undefined;
  private dead = false;
  private redriveDue: boolean;
  private next: bigint;
  private takenUp = 0;
  /** A letter is written, or all that are asked for are redriven, one after another. */
  private lettersTurn: Promise<unknown> = Promise.resolve();
  private ring: () => void = () => undefined;
  /** Called when there is room for more. */
  onRoom: () => void = () => undefined;

  constructor(private readonly work: Work) {
    const { place, member, box, crash, from } = work;
    this.desk = { place, member, box, crash, signal: this.stopping.signal, isDead: () => this.dead, park: (record, cause) => this.inLettersTurn(() => this.park(record, cause)) };
    this.redriveDue = box.anyAsked;
    this.next = from;
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

  /** Of the messages that are with the handler, the one that has been there longest. */
  get inHand(): InHand | undefined {
    const held = [...this.hands.map(({ hand }) => hand.inHand), this.redriven?.inHand];
    return held.reduce((longest, each) => (longest === undefined || (each !== undefined && each.sinceMs < longest.sinceMs) ? each : longest), undefined);
  }

  /** What was appended to the partition's dead letters, by whomever. */
  noticed(records: readonly RawRecord[]): void {
    for (const record of records) if (this.work.box.notice(record) === 'asked') this.redriveDue = true;
    this.ring();
  }

  /** After the messages in hand; those between two attempts are left at once. Resolves when nothing is in hand any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.ring();
    await this.ended;
  }

  /** Resolves when nothing is in hand any more, after `stop` or `abandon`. */
  gone(): Promise<void> {
    return this.ended;
  }

  /** As if the process had died: what is in hand is neither committed nor parked. */
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
        if (this.dead) break;
        const { member, place } = this.work;
        member.report?.({ kind: 'retrying', group: member.group, ...place, offset: this.next, attempt: troubles + 1, error });
        await pause(jittered(troubles, messagingLimits.retryPauseMsMax), this.stopping.signal);
        troubles += 1;
      }
    }
    await Promise.all(this.hands.map(({ finished }) => finished));
  }

  private async round(): Promise<void> {
    await this.work.box.disown(this.next);
    // Meanwhile no message is taken up: one of the same key would be parked behind letters that are about to be none.
    if (this.redriveDue) await this.redriveAsked();
    if (this.stopped) return;
    for (let record = this.following(); record !== undefined && !this.redriveDue; record = this.following()) {
      this.takeUp(record);
      if (this.takenUp % turnEvery === 0) await nextTurn();
    }
    await this.bell();
  }

  /** What may be taken up now: the next, unless one of its key is in hand, or one of any key has to be tried again. */
  private following(): RawRecord | undefined {
    const record = this.ahead[this.hands.length];
    if (record === undefined || this.stopped || this.hands.length >= this.work.atOnceMax) return undefined;
    const key = keyOf(record);
    return this.hands.some(({ hand }) => hand.isTroubled || (hand.key === key && !hand.isDone)) ? undefined : record;
  }

  private takeUp(record: RawRecord): void {
    const hand = new Hand(this.desk, record);
    this.takenUp += 1;
    this.hands.push({ hand, finished: hand.finish().then(() => this.moveOn()) });
  }

  /** Past all that are done with, up to the first that is not. */
  private moveOn(): void {
    const before = this.next;
    while (!this.dead && this.hands[0]?.hand.isDone === true) {
      this.hands.shift();
      const record = this.ahead.shift();
      if (record === undefined) break;
      this.aheadBytes -= sizeOf(record);
      this.next = BigInt(record.offset) + 1n;
    }
    if (this.next > before) {
      this.work.moved(this.next);
      this.onRoom();
    }
    this.ring();
  }

  private bell(): Promise<void> {
    if (this.redriveDue || this.stopped || this.following() !== undefined || this.work.box.doubts(this.next)) return Promise.resolve();
    return new Promise((resolve) => (this.ring = resolve));
  }

  private async park(record: RawRecord, cause: FailureCause): Promise<boolean> {
    const { box, letters, member, place } = this.work;
    if (this.dead || box.has(record)) return true;
    if (cause === followedItsKey && !box.holds(keyOf(record))) return false;
    if (letters() >= messagingLimits.deadLettersPerGroupMax)
      throw new Error(`${member.group} has deadLettersPerGroupMax ${messagingLimits.deadLettersPerGroupMax} letters: redrive some first`);
    await box.park(record, cause);
    if (cause === followedItsKey) member.report?.({ kind: 'followed', group: member.group, ...place, offset: BigInt(record.offset), attempt: 1, error: cause });
    return true;
  }

  /** All letters of each key that was asked for, in order. What is in hand and would follow one of them waits, and is handled when none is left. */
  private async redriveAsked(): Promise<void> {
    this.redriveDue = false;
    try {
      await this.inLettersTurn(async () => {
        for (const letters of await this.work.box.asked()) if (!this.stopped) await this.redriveKey(letters);
      });
    } catch (error) {
      this.redriveDue = true;
      throw error;
    }
  }

  /** The first that fails keeps the rest. */
  private async redriveKey(letters: readonly Letter[]): Promise<void> {
    const { box } = this.work;
    for (const letter of letters) {
      const hand = (this.redriven = new Hand(this.desk, await box.contentOf(letter), letter.offset));
      const outcome = await hand.attempts();
      if (outcome.kind === 'stopped' || this.dead) return;
      await box.settle(letter, outcome.kind === 'failed' ? outcome.cause : null);
      if (outcome.kind === 'failed' || this.stopped) return;
    }
  }

  private inLettersTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.lettersTurn.then(work);
    this.lettersTurn = done.catch(() => undefined);
    return done;
  }
}

/** Everything else of the process has a turn after so many messages. */
const turnEvery = 16;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
