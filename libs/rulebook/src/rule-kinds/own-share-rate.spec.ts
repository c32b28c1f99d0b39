import { describe, expect, test } from '@jest/globals';
import { ownShare, type OwnShareInput } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

const evaluate = (openness: string, ...members: OwnShareInput['members']) =>
  ownShare.evaluate(exampleRulebook(), { contribution: '1000000', budget: '0', openness, members }, '');

describe('own-share-rate', () => {
  test('rate-company-open, rate-company-closed: the rate goes by size and openness', () => {
    const company = { organisationId: 'a', kind: 'company', size: 'small', shareBasisPoints: 10_000 };
    expect(evaluate('open', company).members).toMatchObject([
      { rateRule: 'rate-company-open', rate: '0.1', amount: '100000', explanation: '1000000 × 10000/10000 × 0.1 = 100000; × 0.15 = 15000' },
    ]);
    expect(evaluate('closed', company).members).toMatchObject([{ rateRule: 'rate-company-closed', rate: '0.5', amount: '500000' }]);
  });

  test('rate-university: a kind without sizes has one rate, whatever is said of its size', () => {
    expect(evaluate('open', { organisationId: 'u', kind: 'university', size: 'small', shareBasisPoints: 10_000 }).members).toMatchObject([
      { rateRule: 'rate-university', amount: '0' },
    ]);
    expect(evaluate('open', { organisationId: 'u', kind: 'university', shareBasisPoints: 10_000 }).total).toBe('0');
  });

  test('rate-company-open: a class or an openness that the rulebook does not know has no rate', () => {
    expect(() => evaluate('open', { organisationId: 'a', kind: 'company', shareBasisPoints: 10_000 })).toThrow('no rate for company and open');
    expect(() => evaluate('ajar', { organisationId: 'a', kind: 'company', size: 'small', shareBasisPoints: 10_000 })).toThrow(
      'no rate for company of size small and ajar',
    );
  });
});
