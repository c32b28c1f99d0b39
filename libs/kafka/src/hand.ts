import { isUnreadable, jittered, messagingLimits, pause, PermanentFailure, type ConsumerOptions, type ConsumerTrouble, type CrashHook, type FailureCause } from '@program-ledger/messaging';
import type { DeadLetterBox } from './dead-letter-box.js';
import type { RawRecord } from './kafkajs.js';
import type { Place } from './link.js';
import { keyOf, messageOf, storable } from './records.js';

/** What the messages of one partition have in common while they are in hand. */
export type Desk = {
  readonly place: Place;
  readonly member: ConsumerOptions;
  readonly box: DeadLetterBox;
  readonly crash: CrashHook;
  /** Puts a record among the dead letters. Answers whether there is still a cause to: not when what it follows was redriven meanwhile. */
  readonly park: (record: RawRecord, cause: FailureCause) => Promise<boolean>;
  /** Aborts when nothing more is to be attempted. */
  readonly signal: AbortSignal;
  /** As if the process had died. */
  readonly isDead: () => boolean;
};

/** A message whose handler has not answered, and since when by the machine's running time. */
export type InHand = { readonly offset: bigint; readonly sinceMs: number };

export type Outcome = { readonly kind: 'handled' } | { readonly kind: 'stopped' } | { readonly kind: 'failed'; readonly cause: FailureCause };

export const followedItsKey: FailureCause = { code: 'followed-its-key', message: 'an earlier message of the same key lies among the dead letters' };

/** One message in hand, from its first attempt until it is done with: handled, or among the dead letters. */
export class Hand {
  readonly key: string;
  /** Why it failed for good: kept until it is parked, so that its handler does not run again when parking fails. */
  private verdict: FailureCause | undefined;
  private heldSinceMs: number | undefined;
  private done = false;
  private troubled = false;

  constructor(
    private readonly desk: Desk,
    private readonly record: RawRecord,
    private readonly offset = BigInt(record.offset),
  ) {
    this.key = keyOf(record);
  }

  get isDone(): boolean {
    return this.done;
  }

  /** Whether it failed in a way that may pass: whatever is away for it, is for others. */
  get isTroubled(): boolean {
    return this.troubled && !this.done;
  }

  get inHand(): InHand | undefined {
    return this.heldSinceMs === undefined ? undefined : { offset: this.offset, sinceMs: this.heldSinceMs };
  }

  /** Until it is done with, or nothing more is to be attempted. Never throws. */
  async finish(): Promise<void> {
    const { signal, isDead } = this.desk;
    for (let troubles = 0; !signal.aborted; troubles += 1) {
      try {
        return await this.take();
      } catch (error) {
        if (isDead()) return;
        this.report('retrying', troubles + 1, error);
        await pause(jittered(troubles, messagingLimits.retryPauseMsMax), signal);
      }
    }
  }

  /** Hands it to the handler until that resolves or fails for good. */
  async attempts(): Promise<Outcome> {
    const { member, place, signal } = this.desk;
    for (let attempt = 1; ; attempt += 1) {
      const message = messageOf(this.record);
      if (isUnreadable(message)) return this.failed(attempt, new PermanentFailure('unreadable-message', message.unreadable));
      try {
        await this.holding(() => member.handle({ message, ...place, offset: this.offset, attempt }));
        return { kind: 'handled' };
      } catch (error) {
        if (error instanceof PermanentFailure) return this.failed(attempt, error);
        this.report('retrying', attempt, error);
      }
      await pause(jittered(attempt, messagingLimits.retryPauseMsMax), signal);
      if (signal.aborted) return { kind: 'stopped' };
    }
  }

  private async take(): Promise<void> {
    const { crash, isDead, park } = this.desk;
    for (let isSettled = false; !isSettled; ) {
      const outcome = await this.outcome();
      if (outcome.kind === 'stopped' || isDead()) return;
      isSettled = outcome.kind === 'handled' || (await park(this.record, outcome.cause));
    }
    this.verdict = undefined;
    await crash('between-effect-and-offset');
    this.done = !isDead();
  }

  private async outcome(): Promise<Outcome> {
    if (this.verdict !== undefined) return { kind: 'failed', cause: this.verdict };
    // No verdict: when the letters of its key are redriven before it is parked, it is handled.
    if (this.desk.box.holds(this.key)) return { kind: 'failed', cause: followedItsKey };
    const outcome = await this.attempts();
    if (outcome.kind === 'failed') this.verdict = outcome.cause;
    return outcome;
  }

  private async holding(handle: () => Promise<void>): Promise<void> {
    this.heldSinceMs = performance.now();
    try {
      await handle();
    } finally {
      this.heldSinceMs = undefined;
    }
  }

  private failed(attempt: number, error: PermanentFailure): Outcome {
    this.report('dead-lettered', attempt, error);
    return { kind: 'failed', cause: { code: error.code, message: storable(error.message) } };
  }

  private report(kind: ConsumerTrouble['kind'], attempt: number, error: unknown): void {
    this.troubled = kind === 'retrying';
    const { member, place } = this.desk;
    member.report?.({ kind, group: member.group, ...place, offset: this.offset, attempt, error });
  }
}
