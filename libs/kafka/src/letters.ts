import { messagingLimits, type DeadLetter, type FailureCause } from '@program-ledger/messaging';
import type { RawRecord } from './kafkajs.js';
import { causeHeaders, textOf, type Content } from './records.js';

/**
 * The log of one partition of a dead-letter topic. A record is a letter (the message as it was, and why it lies there), or says what
 * became of letters before it: `redrive` asks for all of a key, `settled` takes one away, `kept` says that one failed again. What is
 * true now is the fold of them all; who owns the partition of the topic writes the letters and what became of them, anyone may ask.
 */
export type Letter = { readonly key: string; /** Of the message, in its topic. */ readonly offset: bigint; /** Of the letter, in the dead-letter topic. */ readonly at: bigint };

type Key = { readonly letters: Map<bigint, Letter>; askedAt: bigint; seenTo: bigint };

export class Letters {
  private readonly keys = new Map<string, Key>();
  private readonly causes = new Map<bigint, FailureCause>();
  private open = 0;

  /** One record of the dead-letter topic, in the order of offsets. */
  fold(record: RawRecord): void {
    const said = saidBy(record);
    if (said.kind === 'redrive') this.ask(said.key, said.at);
    else if (said.kind === 'settled') this.remove(said.letter);
    else if (said.kind === 'kept') this.keep(said.letter, said.seenTo, said.cause);
    else if (said.kind === 'letter') this.add(said.letter);
  }

  holds(key: string): boolean {
    return this.keys.has(key);
  }

  has({ key, offset }: Omit<Letter, 'at'>): boolean {
    return this.keys.get(key)?.letters.has(offset) ?? false;
  }

  /** A letter that was written twice, for want of an answer, is one. */
  add(letter: Letter): void {
    const key = this.keys.get(letter.key) ?? { letters: new Map<bigint, Letter>(), askedAt: -1n, seenTo: -1n };
    this.keys.set(letter.key, key);
    if (key.letters.has(letter.offset)) return;
    key.letters.set(letter.offset, letter);
    this.open += 1;
  }

  remove({ key, offset }: Omit<Letter, 'at'>): void {
    const known = this.keys.get(key);
    if (known?.letters.delete(offset) !== true) return;
    this.open -= 1;
    this.causes.delete(offset);
    if (known.letters.size === 0) this.keys.delete(key);
  }

  /** The letter failed again, in a redrive that knew of the requests before `seenTo`: those are answered. */
  keep({ key, offset }: Omit<Letter, 'at'>, seenTo: bigint, cause: FailureCause): void {
    const known = this.keys.get(key);
    if (known === undefined) return;
    known.seenTo = seenTo;
    if (known.letters.has(offset)) this.causes.set(offset, cause);
  }

  private ask(key: string, at: bigint): void {
    const known = this.keys.get(key);
    if (known !== undefined) known.askedAt = at;
  }

  /** The letters of each key that was asked for, oldest first. */
  asked(): readonly (readonly Letter[])[] {
    return [...this.keys.values()].filter(isAsked).map(({ letters }) => [...letters.values()].sort(byOffset));
  }

  all(): readonly Letter[] {
    return [...this.keys.values()].flatMap(({ letters }) => [...letters.values()]).sort(byOffset);
  }

  ofKey(key: string): number {
    return this.keys.get(key)?.letters.size ?? 0;
  }

  redriving(key: string): boolean {
    const known = this.keys.get(key);
    return known !== undefined && isAsked(known);
  }

  causeOf(letter: Letter): FailureCause | undefined {
    return this.causes.get(letter.offset);
  }

  get count(): number {
    return this.open;
  }

  /** Where the oldest letter lies: nothing before it is needed any more. */
  get oldest(): bigint | undefined {
    let oldest: bigint | undefined;
    for (const { letters } of this.keys.values()) for (const { at } of letters.values()) if (oldest === undefined || at < oldest) oldest = at;
    return oldest;
  }
}

/** What a record of a dead-letter topic says. */
type Said =
  | { readonly kind: 'redrive'; readonly key: string; readonly at: bigint }
  | { readonly kind: 'letter' | 'settled'; readonly letter: Letter }
  | { readonly kind: 'kept'; readonly letter: Letter; readonly seenTo: bigint; readonly cause: FailureCause }
  | { readonly kind: 'nothing' };

export const saidBy = (record: RawRecord): Said => {
  const { key, headers } = textOf({ ...record, value: null });
  const at = BigInt(record.offset);
  const offset = offsetIn(headers['dead_offset']);
  const control = headers['dead_control'];
  if (control === 'redrive') return { kind: 'redrive', key, at };
  if (offset === undefined) return { kind: 'nothing' };
  const letter = { key, offset, at };
  if (control === 'settled') return { kind: 'settled', letter };
  if (control !== 'kept') return { kind: 'letter', letter };
  return { kind: 'kept', letter, seenTo: offsetIn(headers['dead_seen']) ?? at, cause: { code: headers['dead_cause'] ?? '', message: headers['dead_message'] ?? '' } };
};

const byOffset = (one: Letter, other: Letter): number => (one.offset < other.offset ? -1 : 1);

const isAsked = ({ askedAt, seenTo }: Key): boolean => askedAt >= 0n && askedAt >= seenTo;

const offsetIn = (text: string | undefined): bigint | undefined => (text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined);

type Source = { readonly group: string; readonly topic: string; readonly partition: number };

/** The message as it was, byte for byte, and why it lies there. */
export const letterContent = (record: RawRecord, { group, topic, partition }: Source, cause: FailureCause): Content => ({
  key: record.key,
  value: record.value,
  headers: { ...withoutDead(record.headers), dead_group: group, dead_topic: topic, dead_partition: String(partition), dead_offset: record.offset, ...causeHeaders(cause) },
});

export const redriveContent = (key: string): Content => ({ key, value: null, headers: { dead_control: 'redrive' } });

export const settledContent = ({ key, offset }: Letter): Content => ({ key, value: null, headers: { dead_control: 'settled', dead_offset: String(offset) } });

export const keptContent = ({ key, offset }: Letter, seenTo: bigint, cause: FailureCause): Content => ({
  key,
  value: null,
  headers: { dead_control: 'kept', dead_offset: String(offset), dead_seen: String(seenTo), ...causeHeaders(cause) },
});

/** A letter as an operator sees it. */
export const deadLetterOf = (record: RawRecord, letter: Letter, letters: Letters): DeadLetter => {
  const { key, value, headers } = textOf(record);
  const dead = (name: `dead_${string}`): string => headers[name] ?? '';
  return {
    group: dead('dead_group'),
    topic: dead('dead_topic'),
    partition: Number(dead('dead_partition')),
    offset: letter.offset,
    key,
    headers: withoutDead(headers),
    value,
    cause: letters.causeOf(letter) ?? { code: dead('dead_cause'), message: dead('dead_message').slice(0, messagingLimits.causeLengthMax) },
    redriving: letters.redriving(key),
  };
};

const withoutDead = <T>(headers: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('dead_')));
