import { describe, expect, test } from '@jest/globals';
import { exampleMember, judged } from '../testing/index.js';

describe('consortium-size', () => {
  test('size-of-consortium: its limits are in', () => {
    expect(judged('size-of-consortium', (draft) => draft.members.pop())?.status).toBe('passed');
    expect(judged('size-of-consortium', (draft) => draft.members.push(exampleMember(), exampleMember()))?.status).toBe('passed');
  });

  test('size-of-consortium: one more is too many, none too few', () => {
    expect(judged('size-of-consortium', (draft) => draft.members.push(exampleMember(), exampleMember(), exampleMember()))?.findings).toMatchObject([
      { reason: 'too-many', found: '5' },
    ]);
    expect(judged('size-of-consortium', (draft) => (draft.members = []))?.findings).toMatchObject([{ reason: 'too-few', found: '0' }]);
  });
});
