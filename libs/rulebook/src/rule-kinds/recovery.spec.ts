import { describe, expect, test } from '@jest/globals';
import { settlement, type SettlementInput } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

const settle = (input: Partial<SettlementInput>) =>
  settlement.evaluate(exampleRulebook(), { paid: '1000', spent: '1000', misused: '0', ownShareDue: '100', ownShareBrought: '100', ...input }, '');

describe('recovery', () => {
  test('unspent: what was paid and not spent goes back', () =>
    expect(settle({ spent: '730' })).toEqual({
      paid: '1000',
      spent: '730',
      recovered: '270',
      lines: [
        { rule: 'unspent', kind: 'unspent', base: '270', basisPoints: 10_000, amount: '270', explanation: '270 × 10000/10000 = 270' },
        { rule: 'misused', kind: 'misused', base: '0', basisPoints: 15_000, amount: '0', explanation: '0 × 15000/10000 = 0' },
        { rule: 'own-share-unpaid', kind: 'own-share-unpaid', base: '0', basisPoints: 10_000, amount: '0', explanation: '0 × 10000/10000 = 0' },
      ],
    }));

  test('unspent: who spent more than was paid owes nothing', () => expect(settle({ spent: '1200' }).recovered).toBe('0'));

  test('misused: it goes back with its surcharge, and is not counted as unspent too', () =>
    expect(settle({ spent: '800', misused: '200' }).lines.map(({ rule, amount }) => [rule, amount])).toEqual([
      ['unspent', '0'],
      ['misused', '300'],
      ['own-share-unpaid', '0'],
    ]));

  test('own-share-unpaid: what was not brought in goes back, what was brought beyond does not', () => {
    expect(settle({ ownShareBrought: '40' }).recovered).toBe('60');
    expect(settle({ ownShareBrought: '140' }).recovered).toBe('0');
  });
});
