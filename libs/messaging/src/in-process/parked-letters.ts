import type { DeadLetter } from '../ports.js';

/** The dead letters of one group in memory: which keys are parked, which have been asked for. The journal holds the truth. */
export class ParkedLetters {
  private readonly byKey = new Map<string, readonly DeadLetter[]>();

  constructor(letters: readonly DeadLetter[]) {
    for (const letter of letters) this.add(letter);
  }

  holds(topic: string, key: string): boolean {
    return this.byKey.has(place(topic, key));
  }

  has({ topic, key, offset }: Pick<DeadLetter, 'topic' | 'key' | 'offset'>): boolean {
    return this.byKey.get(place(topic, key))?.some((letter) => letter.offset === offset) ?? false;
  }

  add(letter: DeadLetter): void {
    const at = place(letter.topic, letter.key);
    this.byKey.set(at, [...(this.byKey.get(at) ?? []), letter]);
  }

  remove({ topic, key, offset }: DeadLetter): void {
    const at = place(topic, key);
    const rest = this.byKey.get(at)?.filter((letter) => letter.offset !== offset) ?? [];
    if (rest.length === 0) this.byKey.delete(at);
    else this.byKey.set(at, rest);
  }

  /** The letters of a key are to be handed out again. */
  ask(key: string): void {
    for (const [at, letters] of this.byKey) if (letters[0]?.key === key) this.byKey.set(at, asked(letters, true));
  }

  /** One of them failed again: no longer. */
  unask({ topic, key }: DeadLetter): void {
    const at = place(topic, key);
    this.byKey.set(at, asked(this.byKey.get(at) ?? [], false));
  }

  /** Letters to hand out again, oldest first of each key: all of a key as soon as one is asked for. */
  asked(topic: string, partition: number): readonly DeadLetter[] {
    const here = (letter: DeadLetter): boolean => letter.redriving && letter.topic === topic && letter.partition === partition;
    return [...this.byKey.values()].filter((letters) => letters.some(here)).flat();
  }

  get count(): number {
    return [...this.byKey.values()].reduce((sum, letters) => sum + letters.length, 0);
  }
}

const asked = (letters: readonly DeadLetter[], redriving: boolean): readonly DeadLetter[] => letters.map((letter) => ({ ...letter, redriving }));

const place = (topic: string, key: string): string => `${topic}\u001f${key}`;
