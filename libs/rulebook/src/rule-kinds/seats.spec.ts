import { describe, expect, test } from '@jest/globals';
import { ranking } from '../index.js';
import { exampleRulebook, exampleScores, type Draft } from '../testing/index.js';

const score = (subject: string, mark: string) => exampleScores('interview', subject, [mark, mark], [mark, mark]);
const verdicts = (subjects: ReturnType<typeof score>[], change?: (draft: Draft) => void) =>
  ranking.evaluate(exampleRulebook(change), { round: 'interview', subjects }, '').ranking.map(({ subject, rank, verdict }) => [subject, rank, verdict]);

describe('seats', () => {
  test('seats: the best fill the seats, the next are the reserve, the others reach neither', () =>
    expect(verdicts([score('c', '7'), score('a', '9'), score('d', '6'), score('b', '8')])).toEqual([
      ['a', 1, 'selected'],
      ['b', 2, 'selected'],
      ['c', 3, 'reserve'],
      ['d', 4, 'not-reached'],
    ]));

  test('seats: fewer than the seats are all selected, if they reach the minimum', () =>
    expect(verdicts([score('a', '9'), score('b', '4.999')])).toEqual([
      ['a', 1, 'selected'],
      ['b', 2, 'not-reached'],
    ]));

  test('seats: equals that share the last seat are tied, for the committee to decide', () =>
    expect(verdicts([score('a', '9'), score('c', '8'), score('b', '8'), score('d', '7')])).toEqual([
      ['a', 1, 'selected'],
      ['b', 2, 'tied'],
      ['c', 2, 'tied'],
      ['d', 4, 'not-reached'],
    ]));

  test('seats: equals that all have a seat are all selected', () =>
    expect(verdicts([score('b', '8'), score('a', '8'), score('c', '7')])).toEqual([
      ['a', 1, 'selected'],
      ['b', 1, 'selected'],
      ['c', 3, 'reserve'],
    ]));

  test('seats: how many there are is data', () =>
    expect(verdicts([score('a', '9'), score('b', '8')], (draft) => Object.assign(draft.selection, { seats: 1, reserves: 0 }))).toEqual([
      ['a', 1, 'selected'],
      ['b', 2, 'not-reached'],
    ]));
});
