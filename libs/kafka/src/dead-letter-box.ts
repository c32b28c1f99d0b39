import type { FailureCause } from '@program-ledger/messaging';
import type { RawRecord } from './kafkajs.js';
import { keptContent, letterContent, Letters, settledContent, type Letter } from './letters.js';
import type { Link, Place } from './link.js';
import { entryOf, type Entry } from './records.js';

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

  /** Up to where the dead-letter partition was read. */
  get read(): bigint {
    return this.seenTo;
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

  /** Reads the partition anew, so that what is redriven is what an operator saw, whoever wrote it. */
  async asked(): Promise<readonly (readonly Letter[])[]> {
    const { link, place } = this.box;
    const [to = this.seenTo] = (await link.ends([place], 'next')).values();
    this.letters = await folded(link, place, { from: this.from, to });
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

const named = (record: RawRecord): Omit<Letter, 'at'> => ({ key: record.key?.toString('utf8') ?? '', offset: BigInt(record.offset) });

/** What is true of one partition of a dead-letter topic. */
export const folded = async (link: Link, place: Place, range: { readonly from: bigint; readonly to: bigint }): Promise<Letters> => {
  const letters = new Letters();
  await link.read(place, range, (record) => letters.fold(record));
  return letters;
};
