import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ownShare, type OwnShareInput } from '../index.js';
import { exampleRulebook, type Draft } from '../testing/index.js';

const member = (organisationId: string, shareBasisPoints: number) => ({ organisationId, kind: 'company', size: 'small', shareBasisPoints });
const evaluate = (input: Partial<OwnShareInput>, change?: (draft: Draft) => void) =>
  ownShare.evaluate(exampleRulebook(change), { contribution: '1000', budget: '5000', openness: 'open', members: [member('a', 10_000)], ...input }, '');
const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);

describe('own-share-base', () => {
  test('own-share-base: the rate is a part of the contribution, or of the budget, as the rule says', () => {
    expect(evaluate({})).toMatchObject({ total: '100', members: [{ base: '1000' }] });
    expect(evaluate({}, (draft) => (draft.ownShare.base.of = 'budget'))).toMatchObject({ total: '500', members: [{ base: '5000' }] });
  });

  test('own-share-base: what cannot be split goes to the largest remainder, the first organisation where they are equal', () => {
    const thirds = [member('c', 3_333), member('b', 3_334), member('a', 3_333)];
    expect(evaluate({ contribution: '1000', members: thirds }).members.map(({ organisationId, base, amount }) => [organisationId, base, amount])).toEqual([
      ['a', '333', '33'],
      ['b', '334', '34'],
      ['c', '333', '33'],
    ]);
    expect(evaluate({ contribution: '10', members: [member('b', 5_000), member('a', 5_000)] }).members.map(({ amount }) => amount)).toEqual(['1', '0']);
  });

  test('own-share-base: parts add up, whatever the shares and the rounding', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 }).map((weights) => {
      const whole = weights.reduce((total, weight) => total + weight, 0);
      const points = weights.map((weight) => Math.floor((weight * 10_000) / whole));
      return points.map((share, index) => (index === 0 ? share + 10_000 - points.reduce((total, one) => total + one, 0) : share));
    });
    const rounding = fc.record({
      mode: fc.constantFrom('half-up' as const, 'half-even' as const, 'down' as const, 'up' as const),
      unit: fc.constantFrom('1', '10', '1000'),
    });
    fc.assert(
      fc.property(shares, rounding, fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.constantFrom('open', 'closed'), (points, rule, contribution, openness) => {
        const members = points.map((share, index) => ({
          ...member(`member-${String(index).padStart(2, '0')}`, share),
          ...(index % 3 === 2 ? { kind: 'university' } : {}),
        }));
        const outcome = evaluate({ contribution: contribution.toString(), openness, members }, (draft) => (draft.ownShare.base.rounding = rule));
        expect(sum(outcome.members.map((line) => line.amount))).toBe(BigInt(outcome.total));
        expect(BigInt(outcome.cash) + BigInt(outcome.inKind)).toBe(BigInt(outcome.total));
        for (const line of outcome.members) expect(BigInt(line.cash) + BigInt(line.inKind)).toBe(BigInt(line.amount));
        const missed = sum(outcome.members.map((line) => line.base)) - contribution;
        expect(missed < 0n ? -missed : missed).toBeLessThan(BigInt(rule.unit));
        expect(
          evaluate({ contribution: contribution.toString(), openness, members: members.toReversed() }, (draft) => (draft.ownShare.base.rounding = rule)),
        ).toEqual(outcome);
      }),
    );
  });
});
