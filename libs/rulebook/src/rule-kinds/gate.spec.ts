import { describe, expect, test } from '@jest/globals';
import { gates, type GatesInput } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

const evidence = [{ stream: 'check-00000000-0000-8000-8000-000000000001', revision: 2 }];
const judge = (...results: GatesInput['results']) => gates.evaluate(exampleRulebook(), { round: 'middle', subject: 'team', results }, '');
const origin = { gate: 'middle-origin', passed: true, evidence };
const conduct = { gate: 'middle-conduct', passed: true, evidence: [] };

describe('gate', () => {
  test('middle-origin, middle-conduct: all passed, each with its evidence', () =>
    expect(judge(conduct, origin)).toEqual({
      round: 'middle',
      subject: 'team',
      passed: true,
      gates: [
        { gate: 'middle-origin', passed: true, reason: 'met', evidence },
        { gate: 'middle-conduct', passed: true, reason: 'met', evidence: [] },
      ],
    }));

  test('middle-conduct: one that is failed fails the whole, and says which', () =>
    expect(judge(origin, { ...conduct, passed: false })).toMatchObject({
      passed: false,
      gates: [{ reason: 'met' }, { gate: 'middle-conduct', passed: false, reason: 'not-met' }],
    }));

  test('middle-origin: without a result, or without its evidence, it is not passed', () => {
    expect(judge(conduct)).toMatchObject({ passed: false, gates: [{ reason: 'no-result' }, { reason: 'met' }] });
    expect(judge({ ...origin, evidence: [] }, conduct)).toMatchObject({ passed: false, gates: [{ reason: 'too-little-evidence' }, { reason: 'met' }] });
  });

  test('middle-origin: two results that differ pass nothing, two that agree join their evidence', () => {
    expect(judge(origin, { ...origin, passed: false }, conduct)).toMatchObject({ passed: false, gates: [{ reason: 'results-contradict' }, {}] });
    expect(judge(origin, origin, conduct).gates[0]?.evidence).toHaveLength(2);
  });

  test('middle-origin: gates of another round are refused', () => {
    expect(() => judge({ ...origin, gate: 'end-origin' })).toThrow('no gate end-origin in round middle');
    expect(() => gates.evaluate(exampleRulebook(), { round: 'nowhere', subject: 'team', results: [] }, '')).toThrow('no round nowhere');
  });

  test('paper: a round without gates is passed', () =>
    expect(gates.evaluate(exampleRulebook(), { round: 'paper', subject: 'team', results: [] }, '').passed).toBe(true));
});
