import { describe, expect, test } from '@jest/globals';
import { settlement } from '../index.js';
import { exampleRulebook, type Draft } from '../testing/index.js';

const misused = (change?: (draft: Draft) => void) =>
  settlement.evaluate(exampleRulebook(change), { paid: '1001', spent: '0', misused: '1001', ownShareDue: '0', ownShareBrought: '0' }, '');

describe('recovery-limit', () => {
  test('recovery-limit: no more goes back than was paid', () => expect(misused().recovered).toBe('1001'));

  test('recovery-limit: unless the rulebook sets no limit, rounded as it says', () => {
    expect(misused((draft) => (draft.settlement.limit.recoveredMax = 'unlimited')).recovered).toBe('1502');
    expect(misused((draft) => Object.assign(draft.settlement.limit, { recoveredMax: 'unlimited', rounding: { mode: 'down', unit: '100' } })).recovered).toBe(
      '1500',
    );
  });
});
