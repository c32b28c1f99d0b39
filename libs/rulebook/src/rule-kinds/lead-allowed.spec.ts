import { describe, expect, test } from '@jest/globals';
import { judged, kindFact, nationalityFact, sizeFact } from '../testing/index.js';

describe('lead-allowed', () => {
  test('lead-class: an allowed class leads', () => expect(judged('lead-class')?.status).toBe('passed'));

  test('lead-class: a kind without sizes leads by its kind, whatever is said of its size', () =>
    expect(judged('lead-class', (draft) => (draft.members[0]!.facts = [kindFact('university'), sizeFact('large')]))?.status).toBe('passed'));

  test('lead-class: another size of an allowed kind is named with its fact', () =>
    expect(judged('lead-class', (draft) => (draft.members[0]!.facts[1] = sizeFact('large')))?.findings).toEqual([
      { reason: 'not-allowed', attribute: 'size', organisationId: 'lead', factId: 'size-large', found: 'large' },
    ]));

  test('lead-class: another kind is named with its fact', () =>
    expect(
      judged(
        'lead-class',
        (draft) => (draft.members[0]!.facts[0] = kindFact('university')),
        (draft) => draft.eligibility.rules.forEach((rule) => rule.kind === 'lead-allowed' && (rule.allowed = [{ kind: 'company', size: 'small' }])),
      )?.findings,
    ).toEqual([{ reason: 'not-allowed', attribute: 'kind', organisationId: 'lead', factId: 'kind-university', found: 'university' }]));

  test('lead-class: a missing kind or size fails, it does not crash', () => {
    expect(judged('lead-class', (draft) => (draft.members[0]!.facts = []))?.findings).toMatchObject([{ reason: 'fact-missing', attribute: 'kind' }]);
    expect(judged('lead-class', (draft) => (draft.members[0]!.facts = [kindFact('company'), nationalityFact('KR')]))?.findings).toMatchObject([
      { reason: 'fact-missing', attribute: 'size' },
    ]);
  });

  test('lead-class: facts that contradict each other on the day are no fact', () =>
    expect(judged('lead-class', (draft) => draft.members[0]!.facts.push(sizeFact('large')))?.findings).toEqual([
      { reason: 'facts-contradict', attribute: 'size', organisationId: 'lead', factId: 'size-large', found: 'small, large' },
    ]));

  test('lead-class: what holds is what held on the reference date', () => {
    const grown = { ...sizeFact('large'), validFrom: '2026-02-21' };
    const small = { ...sizeFact('small'), validTo: '2026-02-20' };
    expect(judged('lead-class', (draft) => draft.members[0]!.facts.splice(1, 1, small, grown))?.status).toBe('passed');
    const dayBefore = [
      { ...small, validTo: '2026-02-19' },
      { ...grown, validFrom: '2026-02-20' },
    ];
    expect(judged('lead-class', (draft) => draft.members[0]!.facts.splice(1, 1, ...dayBefore))?.status).toBe('failed');
  });

  test('lead-class: without a lead nothing leads', () =>
    expect(judged('lead-class', (draft) => (draft.members[0]!.role = 'member'))?.findings).toMatchObject([{ reason: 'lead-missing', attribute: 'role' }]));
});
