import { describe, expect, test } from '@jest/globals';
import { committeeMajority, committeeQuorum, majorityOf } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('committee', () => {
  test('committee: more than half of the members must be there, more than half of those agree', () => {
    expect([5, 6, 20].map((members) => committeeQuorum(exampleRulebook(), members))).toEqual([3, 4, 11]);
    expect([3, 4].map((present) => committeeMajority(exampleRulebook(), present))).toEqual([2, 3]);
  });

  test('committee: two thirds are at least two thirds', () =>
    expect([3, 4, 5, 9].map((people) => majorityOf({ rule: 'at-least', numerator: 2, denominator: 3 }, people))).toEqual([2, 3, 4, 6]));
});
