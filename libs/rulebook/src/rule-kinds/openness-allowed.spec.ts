import { describe, expect, test } from '@jest/globals';
import { judged } from '../testing/index.js';

describe('openness-allowed', () => {
  test('open-enough: a listed openness passes', () => expect(judged('open-enough')?.status).toBe('passed'));

  test('open-enough: another fails by its name', () =>
    expect(judged('open-enough', (draft) => (draft.openness = 'closed'))?.findings).toEqual([
      { reason: 'not-allowed', attribute: 'openness', organisationId: null, factId: null, found: 'closed' },
    ]));
});
