import type { FailureCause } from '@program-ledger/messaging';
import type { RawRecord } from './kafkajs.js';
import { keptContent, letterContent, Letters, saidBy, settledContent, type Letter } from './letters.js';
import type { Link, Place } from './link.js';
import { entryOf, keyOf, type Entry } from './records.js';

export type Append = (entries: readonly Entry[]) => Promise<void>;

type Box = {
  readonly link: Link;
  readonly append: Append;
  readonly group: string;
  /** The partition whose letters these are, and the same one of the dead-letter topic. */
  readonly source: Place;
  readonly place: Place;
  /** Told from where on the dead-letter partition is still needed. */
  readonly moved: (from: bigint) => void;
};

/** The dead letters of one partition, as its owner holds them: their keys and places in memory, what they say in Kafka. */
export class DeadLetterBox {
  private seenTo: bigint;
  /** Letters that this owner did not write and did not find when it began, by the offset of their message. */
  private readonly doubtful = new Map<bigint, Letter>();

  private constructor(
    private readonly box: Box,
    private letters: Letters,
    range: { readonly from: bigint; readonly to: bigint },
  ) {
    this.from = range.from;
    this.seenTo = range.to;
  }

  private from: bigint;

  static async open(box: Box, range: { readonly from: bigint; readonly to: bigint }): Promise<DeadLetterBox> {
    return new DeadLetterBox(box, await folded(box.link, box.place, range), range);
  }

  get count(): number {
    return this.letters.count;
  }

  get anyAsked(): boolean {
    return this.letters.asked().length > 0;
  }

  holds(key: string): boolean {
    return this.letters.holds(key);
  }

  has(record: RawRecord): boolean {
    return this.letters.has(named(record));
  }

  async park(record: RawRecord, cause: FailureCause): Promise<void> {
    const { group, source, place, append } = this.box;
    await append([entryOf(place, letterContent(record, { group, ...source }, cause))]);
    // Where it lies is learned when it is read: the position of what was read before is as good a lower bound.
    this.letters.add({ ...named(record), at: this.seenTo });
  }

  /**
   * A record that came after the box was opened. A letter that is not ours was written by a former owner, which did not know yet that it is
   * none, or came so late that its message was redriven meanwhile: what it says is decided here, not there.
   */
  notice(record: RawRecord): 'asked' | 'noted' {
    const said = saidBy(record);
    if (said.kind === 'redrive') return 'asked';
    if (said.kind === 'settled') this.letters.remove(said.letter);
    if (said.kind === 'letter' && !this.letters.has(said.letter)) this.doubtful.set(said.letter.offset, said.letter);
    return 'noted';
  }

  /** Whether a letter that is not ours is of a message before `next`, which the group is done with. */
  doubts(next: bigint): boolean {
    return [...this.doubtful.keys()].some((offset) => offset < next);
  }

  /** Says of each such letter that it is none: its message was handled, or lies there as a letter of ours. */
  async disown(next: bigint): Promise<void> {
    const { append, place } = this.box;
    const past = [...this.doubtful.values()].filter(({ offset }) => offset < next);
    const foreign = past.filter((letter) => !this.letters.has(letter));
    if (foreign.length > 0) await append(foreign.map((letter) => entryOf(place, settledContent(letter))));
    for (const { offset } of past) this.doubtful.delete(offset);
  }

  /** Reads the partition anew, so that what is redriven is what an operator saw; a letter that is not ours is none. */
  async asked(): Promise<readonly (readonly Letter[])[]> {
    const { link, place } = this.box;
    const [to = this.seenTo] = (await link.ends([place], 'next')).values();
    const found = await folded(link, place, { from: this.from, to });
    for (const letter of found.all().filter((each) => !this.letters.has(each))) {
      found.remove(letter);
      this.doubtful.set(letter.offset, letter);
    }
    this.letters = found;
    this.seenTo = to;
    return this.letters.asked();
  }

  async contentOf({ at }: Letter): Promise<RawRecord> {
    let found: RawRecord | undefined;
    await this.box.link.read(this.box.place, { from: at, to: at + 1n }, (record) => void (found = record));
    if (found === undefined) throw new Error(`the letter at ${at} of ${this.box.place.topic} ${this.box.place.partition} is gone`);
    return found;
  }

  /** The letter was handled (`null`), or stays for a new cause. */
  async settle(letter: Letter, cause: FailureCause | null): Promise<void> {
    const { append, place, moved } = this.box;
    const seenTo = this.seenTo;
    await append([entryOf(place, cause === null ? settledContent(letter) : keptContent(letter, seenTo, cause))]);
    if (cause !== null) return this.letters.keep(letter, seenTo, cause);
    this.letters.remove(letter);
    const needed = this.letters.oldest ?? seenTo;
    if (needed <= this.from) return;
    this.from = needed;
    moved(needed);
  }
}

const named = (record: RawRecord): Omit<Letter, 'at'> => ({ key: keyOf(record), offset: BigInt(record.offset) });

/** What is true of one partition of a dead-letter topic. */
export const folded = async (link: Link, place: Place, range: { readonly from: bigint; readonly to: bigint }): Promise<Letters> => {
  const letters = new Letters();
  await link.read(place, range, (record) => letters.fold(record));
  return letters;
};
