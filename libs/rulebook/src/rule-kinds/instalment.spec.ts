import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instalmentAmounts, instalmentsOf } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('instalment', () => {
  test('one-first, one-second: a phase is paid in its parts', () =>
    expect(instalmentAmounts(exampleRulebook(), 'one', 1_000n).map(({ instalment, amount }) => [instalment.id, amount])).toEqual([
      ['one-first', 700n],
      ['one-second', 300n],
    ]));

  test('two-all: one part is all of it', () => expect(instalmentsOf(exampleRulebook(), 'two').map((instalment) => instalment.id)).toEqual(['two-all']));

  test('one-first, one-second: parts add up to the contribution', () =>
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (contribution) =>
        expect(instalmentAmounts(exampleRulebook(), 'one', contribution).reduce((total, { amount }) => total + amount, 0n)).toBe(contribution),
      ),
    ));
});
