import { describe, expect, test } from '@jest/globals';
import { judged, kindFact } from '../testing/index.js';

describe('organisation-of-kind', () => {
  test('with-university: one as a member is enough', () => expect(judged('with-university')?.status).toBe('passed'));

  test('with-university: one that leads is enough, alone too', () =>
    expect(judged('with-university', (draft) => (draft.members = [{ ...draft.members[0]!, facts: [kindFact('university')] }]))?.status).toBe('passed'));

  test('with-university: without one the application fails', () =>
    expect(judged('with-university', (draft) => draft.members.pop())?.findings).toEqual([
      { reason: 'too-few', attribute: 'kind', organisationId: null, factId: null, found: '0' },
    ]));

  test('with-university: an organisation of unknown kind is named where it could have been the one', () =>
    expect(judged('with-university', (draft) => (draft.members[1]!.facts = []))?.findings).toMatchObject([
      { reason: 'too-few', found: '0' },
      { reason: 'fact-missing', organisationId: 'university' },
    ]));

  test('with-university: as many as the rule says', () =>
    expect(
      judged('with-university', undefined, (draft) => draft.eligibility.rules.forEach((rule) => rule.kind === 'organisation-of-kind' && (rule.min = 2)))
        ?.findings,
    ).toMatchObject([{ reason: 'too-few', found: '1' }]));
});
