import { describe, expect, test } from '@jest/globals';
import { ranking } from '../index.js';
import { exampleRulebook, exampleScores } from '../testing/index.js';

const rank = (...pairs: readonly (readonly [string, string])[]) =>
  ranking.evaluate(exampleRulebook(), { round: 'paper', subjects: [exampleScores('paper', 'a', ...pairs)] }, '');

describe('criterion', () => {
  test('paper-skill, paper-plan: a score counts as its part of the scale, times the weight', () =>
    expect(rank(['10', '0'], ['0', '10']).ranking[0]).toMatchObject({
      total: '50.00',
      criteria: [
        { criterion: 'paper-skill', points: '30.00' },
        { criterion: 'paper-plan', points: '20.00' },
      ],
    }));

  test('paper-skill: thirds stay exact until they are published', () =>
    expect(rank(['10', '10'], ['10', '10'], ['9', '10']).ranking[0]).toMatchObject({ total: '98.00', criteria: [{ points: '58.00' }, { points: '40.00' }] }));

  test('paper-skill: a tenth is a tenth', () => expect(rank(['0.1', '0'], ['0.2', '0']).ranking[0]?.total).toBe('0.90'));

  test('paper-skill: the scale ends where it ends', () => {
    expect(rank(['10', '10'], ['10.0', '10']).ranking[0]?.total).toBe('100.00');
    expect(() => rank(['10.001', '0'])).toThrow('reviewer-1 scored 10.001 of 10 in paper-skill');
  });

  test('paper-plan: every reviewer scores every criterion, and no other', () => {
    const scored = exampleScores('paper', 'a', ['1', '1']);
    const [review] = scored.scores;
    const evaluate = (criteria: { criterion: string; score: string }[]) =>
      ranking.evaluate(exampleRulebook(), { round: 'paper', subjects: [{ ...scored, scores: [{ ...review!, criteria }] }] }, '');
    expect(() => evaluate([review!.criteria[0]!])).toThrow('scored 1 of 2 criteria');
    expect(() => evaluate([review!.criteria[0]!, { criterion: 'charm', score: '1' }])).toThrow('did not score paper-plan');
  });
});
