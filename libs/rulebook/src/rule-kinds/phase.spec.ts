import { describe, expect, test } from '@jest/globals';
import { phaseAfter, phaseOf, roundEvaluating } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('phase', () => {
  test('one, two: each is evaluated by its round and leads to the next', () => {
    const rulebook = exampleRulebook();
    expect(phaseOf(rulebook, 'one')).toMatchObject({ from: '2026-03-01', to: '2026-06-30', gpus: 64 });
    expect(roundEvaluating(rulebook, 'one')).toMatchObject({ id: 'middle', kind: 'stage' });
    expect(roundEvaluating(rulebook, 'two')).toMatchObject({ id: 'end', kind: 'final' });
    expect(phaseAfter(rulebook, 'one')?.id).toBe('two');
  });

  test('two: after the last there is none, and none after what is not in the rulebook', () => {
    expect(phaseAfter(exampleRulebook(), 'two')).toBeUndefined();
    expect(phaseAfter(exampleRulebook(), 'three')).toBeUndefined();
    expect(phaseOf(exampleRulebook(), 'three')).toBeUndefined();
  });
});
