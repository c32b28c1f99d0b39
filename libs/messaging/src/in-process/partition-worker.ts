import type { CrashHook } from '../crash-points.js';
import { fromBinary, isUnreadable, messagingLimits, type BinaryMessage } from '../message.js';
import { PermanentFailure, type ConsumerOptions, type ConsumerTrouble, type DeadLetter, type FailureCause } from '../ports.js';
import { jittered, pause } from '../waiting.js';
import type { Lot } from './faults.js';
import { deadLetterHeaders, type Journal, type JournalRecord } from './journal.js';
import type { ParkedLetters } from './parked-letters.js';
import type { PartitionLog } from './partition-log.js';
import { partitionOf } from './partitioning.js';

export type Work = {
  readonly journal: Journal;
  readonly log: PartitionLog;
  /** The partitions of the dead-letter topic, which may be fewer. */
  readonly deadLogs: readonly PartitionLog[];
  readonly member: ConsumerOptions;
  readonly letters: ParkedLetters;
  readonly draw: () => Lot;
  readonly crash: CrashHook;
  /** First offset to hand out. */
  readonly next: bigint;
  /** Told of each new position of the group in this partition. */
  readonly moved: (next: bigint) => void;
};

type Outcome = { readonly kind: 'handled' | 'stopped' } | { readonly kind: 'failed'; readonly cause: FailureCause };

/** Hands the messages of one partition to one member of a group, one after another, until it is stopped. */
export class PartitionWorker {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private next: bigint;
  private committed: Promise<void> = Promise.resolve();
  private dead = false;
  private rung = false;
  private inHandSinceMs: number | undefined;
  /** Why the message at an offset failed for good: kept until it is parked, so that its handler does not run again when parking fails. */
  private verdict: { readonly offset: bigint; readonly cause: FailureCause } | undefined;
  private redriveDue = true;
  private ring: () => void = () => undefined;

  constructor(private readonly work: Work) {
    this.next = work.next;
    this.ended = this.run();
  }

  /** After the message in hand, or after the pause it is in. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.ended;
    const stored = new AbortController();
    await Promise.race([this.committed, pause(messagingLimits.commitOnStopMsMax, stored.signal)]);
    stored.abort();
  }

  /** As if the process had died: the message in hand is not committed. */
  abandon(): void {
    this.dead = true;
    this.stopping.abort();
    this.wake();
  }

  /** For how long the handler has not answered. */
  inHandForMs(): number {
    return this.inHandSinceMs === undefined ? 0 : performance.now() - this.inHandSinceMs;
  }

  /** Letters were asked for. */
  redrive(): void {
    this.redriveDue = true;
    this.wake();
  }

  private wake(): void {
    this.rung = true;
    this.ring();
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    const unhang = this.work.log.onAppended(() => this.wake());
    for (let troubles = 0; !this.stopped; ) {
      try {
        await this.round();
        troubles = 0;
      } catch (error) {
        this.redriveDue = true;
        this.report('retrying', this.next, troubles + 1, error);
        await pause(jittered(troubles, messagingLimits.retryPauseMsMax), this.stopping.signal);
        troubles += 1;
      }
    }
    unhang();
  }

  /** The letters that were asked for, then what is new; waits when there is neither. */
  private async round(): Promise<void> {
    this.rung = false;
    if (this.redriveDue) await this.redriveAsked();
    const records = await this.work.log.from(this.next);
    for (const record of records) if (this.stopped || !(await this.take(record))) return;
    if (records.length === 0) await this.bell();
    else await nextTurn();
  }

  private bell(): Promise<void> {
    if (this.rung || this.stopped) return Promise.resolve();
    return new Promise((resolve) => (this.ring = resolve));
  }

  /** Whether the next record of the page is next: not when stopped, fallen back or rung for a redrive. */
  private async take(record: JournalRecord): Promise<boolean> {
    const { topic } = this.work.log;
    const lot = this.work.draw();
    if (lot.delayMs > 0) await pause(lot.delayMs, this.stopping.signal);
    if (this.stopped) return false;
    if (this.verdict?.offset === record.offset) await this.park(record, this.verdict.cause);
    else if (this.work.letters.holds(topic, record.key)) await this.park(record, followedItsKey);
    else {
      const outcome = await this.handOut(record, lot);
      if (outcome.kind === 'stopped') return false;
      if (outcome.kind === 'failed') {
        this.verdict = { offset: record.offset, cause: outcome.cause };
        await this.park(record, outcome.cause);
      }
    }
    this.verdict = undefined;
    await this.work.crash('between-effect-and-offset');
    if (this.dead) return false;
    this.commit(record.offset + 1n);
    this.next = atLeastZero(record.offset + 1n - BigInt(lot.fallBack));
    return lot.fallBack === 0 && !this.redriveDue;
  }

  private commit(next: bigint): void {
    const { journal, member, log, moved } = this.work;
    // A position that could not be stored before the journal closed costs a repeat, no more.
    this.committed = journal.commit(member.group, { topic: log.topic, partition: log.partition, next }).catch(() => undefined);
    moved(next);
  }

  private async handOut(record: JournalRecord, lot: Lot): Promise<Outcome> {
    const outcome = await this.attempts(record);
    return lot.repeat && outcome.kind === 'handled' ? this.attempts(record) : outcome;
  }

  private async attempts(record: BinaryMessage & { readonly offset: bigint }): Promise<Outcome> {
    const { handle } = this.work.member;
    const { topic, partition } = this.work.log;
    for (let attempt = 1; ; attempt += 1) {
      const message = fromBinary(record);
      if (isUnreadable(message)) return this.failed(record.offset, attempt, new PermanentFailure('unreadable-message', message.unreadable));
      try {
        this.inHandSinceMs = performance.now();
        await handle({ message, topic, partition, offset: record.offset, attempt });
        return { kind: 'handled' };
      } catch (error) {
        if (error instanceof PermanentFailure) return this.failed(record.offset, attempt, error);
        this.report('retrying', record.offset, attempt, error);
      } finally {
        this.inHandSinceMs = undefined;
      }
      await pause(jittered(attempt, messagingLimits.retryPauseMsMax), this.stopping.signal);
      if (this.stopped) return { kind: 'stopped' };
    }
  }

  private failed(offset: bigint, attempt: number, error: PermanentFailure): Outcome {
    this.report('dead-lettered', offset, attempt, error);
    return { kind: 'failed', cause: { code: error.code, message: storable(error.message) } };
  }

  private async park({ headers, value, key, topic, partition, offset }: JournalRecord, cause: FailureCause): Promise<void> {
    const { letters, journal, member, deadLogs } = this.work;
    const letter: DeadLetter = { group: member.group, topic, partition, offset, key, headers, value, cause, redriving: false };
    if (this.dead || letters.has(letter)) return;
    if (letters.count >= messagingLimits.deadLettersPerGroupMax)
      throw new Error(`${member.group} has deadLettersPerGroupMax ${messagingLimits.deadLettersPerGroupMax} letters: redrive some first`);
    if (cause === followedItsKey) this.report('followed', offset, 1, cause);
    const deadLog = deadLogs[partitionOf(key, deadLogs.length)];
    if (deadLog === undefined) throw new Error(`no dead-letter topic of ${topic} for ${member.group}`);
    const record = await journal.park(letter, { topic: deadLog.topic, partition: deadLog.partition, key, headers: deadLetterHeaders(letter), value });
    letters.add(letter);
    deadLog.appended(record);
  }

  private async redriveAsked(): Promise<void> {
    const { journal, letters, log } = this.work;
    this.redriveDue = false;
    const stuck = new Set<string>();
    for (const letter of letters.asked(log.topic, log.partition)) {
      if (stuck.has(letter.key)) continue;
      const outcome = await this.attempts(letter);
      if (outcome.kind === 'stopped' || this.dead) return;
      await journal.settle(letter, outcome.kind === 'failed' ? outcome.cause : null);
      if (outcome.kind === 'handled') letters.remove(letter);
      else {
        stuck.add(letter.key);
        letters.unask(letter);
      }
    }
  }

  private report(kind: ConsumerTrouble['kind'], offset: bigint, attempt: number, error: unknown): void {
    const { group, report } = this.work.member;
    const { topic, partition } = this.work.log;
    report?.({ kind, group, topic, partition, offset, attempt, error });
  }
}

const followedItsKey: FailureCause = { code: 'followed-its-key', message: 'an earlier message of the same key lies among the dead letters' };

/** What any store and any header takes: of bounded length, well-formed, without NUL. */
const storable = (text: string): string => Buffer.from(text.slice(0, messagingLimits.causeLengthMax), 'utf8').toString('utf8').replaceAll('\0', '');

const atLeastZero = (offset: bigint): bigint => (offset < 0n ? 0n : offset);

/** Lets everything else of the process have a turn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
