import { describe, expect, test } from '@jest/globals';
import type { RawRecord } from './kafkajs.js';
import { deadLetterOf, keptContent, letterContent, Letters, redriveContent, settledContent } from './letters.js';
import type { Content } from './records.js';

const source = { group: 'reading', topic: 'counting.tally', partition: 2 };
const buffered = (part: Buffer | string | null): Buffer | null => (part === null ? null : Buffer.from(part));
const recordOf = ({ key, value, headers }: Content, offset: number): RawRecord => ({ key: buffered(key), value: buffered(value), headers, offset: String(offset) });
const message = (key: string, offset: number): RawRecord => recordOf({ key, value: '{"by":1}', headers: { ce_id: `${key}-${offset}` } }, offset);
const letter = (key: string, offset: number): Content => letterContent(message(key, offset), source, { code: 'poisoned', message: 'never' });
const foldedOf = (...contents: readonly Content[]): Letters => {
  const letters = new Letters();
  contents.forEach((content, at) => letters.fold(recordOf(content, at)));
  return letters;
};
const at = (key: string, offset: number, place: number) => ({ key, offset: BigInt(offset), at: BigInt(place) });

describe('what is true of a partition of dead letters', () => {
  test('letters are open until they are settled, each once, however often it was written', () => {
    const letters = foldedOf(letter('a', 5), letter('a', 5), letter('a', 9), letter('b', 7), settledContent(at('b', 7, 3)));
    expect(letters.all()).toEqual([at('a', 5, 0), at('a', 9, 2)]);
    expect([letters.count, letters.holds('a'), letters.holds('b'), letters.oldest]).toEqual([2, true, false, 0n]);
  });

  test('a request is for the whole key, also for letters that follow before it is answered', () => {
    const letters = foldedOf(letter('a', 5), letter('b', 6), redriveContent('a'), letter('a', 9));
    expect(letters.asked()).toEqual([[at('a', 5, 0), at('a', 9, 3)]]);
    expect([letters.redriving('a'), letters.redriving('b')]).toEqual([true, false]);
  });

  test('a request for a key that has no letter asks for nothing', () => {
    expect(foldedOf(redriveContent('a'), letter('a', 5)).asked()).toEqual([]);
  });

  test('one that failed again answers the requests that its redrive knew of, and no later one', () => {
    const kept = keptContent(at('a', 5, 0), 2n, { code: 'still', message: 'again' });
    expect(foldedOf(letter('a', 5), redriveContent('a'), kept).asked()).toEqual([]);
    expect(foldedOf(letter('a', 5), redriveContent('a'), redriveContent('a'), kept).asked()).toEqual([[at('a', 5, 0)]]);
  });

  test('an operator sees the message as it was, and the newest cause', () => {
    const letters = foldedOf(letter('a', 5), keptContent(at('a', 5, 0), 1n, { code: 'still', message: 'again' }));
    const record = recordOf(letter('a', 5), 0);
    expect(deadLetterOf(record, at('a', 5, 0), letters)).toEqual({ ...source, offset: 5n, key: 'a', headers: { ce_id: 'a-5' }, value: '{"by":1}', cause: { code: 'still', message: 'again' }, redriving: false });
  });

  test('what is neither letter nor word of one is passed over', () => {
    const letters = foldedOf({ key: null, value: null, headers: {} }, { key: 'a', value: null, headers: { dead_offset: '-1' } }, { key: 'a', value: null, headers: { dead_control: 'settled' } });
    expect([letters.count, letters.oldest]).toEqual([0, undefined]);
  });

  test('a letter that is parked a second time does not carry the cause of the first', () => {
    const first = recordOf(letter('a', 5), 3);
    const again = letterContent(first, source, { code: 'other', message: 'why' });
    expect(again.headers).toEqual({ ce_id: 'a-5', dead_group: 'reading', dead_topic: 'counting.tally', dead_partition: '2', dead_offset: '3', dead_cause: 'other', dead_message: 'why' });
  });
});
