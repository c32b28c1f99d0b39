import { describe, expect, test } from '@jest/globals';
import { ownShare } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('own-share-cash', () => {
  test('cash-company: a part of the own share is cash, the rest in kind', () =>
    expect(
      ownShare.evaluate(
        exampleRulebook(),
        { contribution: '1010', budget: '0', openness: 'open', members: [{ organisationId: 'a', kind: 'company', size: 'large', shareBasisPoints: 10_000 }] },
        '',
      ),
    ).toMatchObject({
      total: '101',
      cash: '15',
      inKind: '86',
      members: [{ cashRule: 'cash-company', cashRate: '0.15', amount: '101', cash: '15', inKind: '86' }],
    }));

  test('cash-university: nothing of nothing', () =>
    expect(
      ownShare.evaluate(
        exampleRulebook(),
        { contribution: '1010', budget: '0', openness: 'open', members: [{ organisationId: 'u', kind: 'university', shareBasisPoints: 10_000 }] },
        '',
      ),
    ).toMatchObject({ members: [{ cashRule: 'cash-university', cash: '0', inKind: '0' }] }));
});
