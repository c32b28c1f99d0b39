import { describe, expect, test } from '@jest/globals';
import { conflictOf, mayOverride } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('conflict', () => {
  test('own-project: nobody overrides it', () => expect(mayOverride(exampleRulebook(), 'own-project', new Set(['conflict-officer']))).toBe(false));

  test('colleague: the named role overrides it, no other', () => {
    expect(mayOverride(exampleRulebook(), 'colleague', new Set(['committee-member', 'conflict-officer']))).toBe(true);
    expect(mayOverride(exampleRulebook(), 'colleague', new Set(['committee-member']))).toBe(false);
  });

  test('colleague: a kind that the rulebook does not know is overridden by nobody', () => {
    expect(conflictOf(exampleRulebook(), 'dislike')).toBeUndefined();
    expect(mayOverride(exampleRulebook(), 'dislike', new Set(['conflict-officer']))).toBe(false);
  });
});
