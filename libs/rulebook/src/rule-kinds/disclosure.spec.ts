import { describe, expect, test } from '@jest/globals';
import { disclosureOf } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('disclosure', () => {
  test('outcome-public, score-sealed: a field has its class and its retention', () => {
    expect(disclosureOf(exampleRulebook(), 'decision.outcome')).toMatchObject({ class: 'public', retention: 'permanent' });
    expect(disclosureOf(exampleRulebook(), 'assessment.score')).toMatchObject({ class: 'sealed', retention: { years: 10 } });
  });

  test('outcome-public: a field without a rule is disclosed to nobody', () => expect(disclosureOf(exampleRulebook(), 'reviewer.name')).toBeUndefined());
});
