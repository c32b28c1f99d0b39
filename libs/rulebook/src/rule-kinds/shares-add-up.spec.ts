import { describe, expect, test } from '@jest/globals';
import { judged } from '../testing/index.js';

describe('shares-add-up', () => {
  test('shares: the whole is 10,000 basis points', () => expect(judged('shares')?.status).toBe('passed'));

  test('shares: one basis point less or more fails', () => {
    expect(judged('shares', (draft) => (draft.members[0]!.shareBasisPoints = 5_999))?.findings).toMatchObject([
      { reason: 'sum-differs', attribute: 'shareBasisPoints', found: '9999' },
    ]);
    expect(judged('shares', (draft) => (draft.members[0]!.shareBasisPoints = 6_001))?.findings).toMatchObject([{ reason: 'sum-differs', found: '10001' }]);
  });
});
