import { describe, expect, test } from '@jest/globals';
import { judged, kindFact, nationalityFact } from '../testing/index.js';

describe('foreign-tasks', () => {
  test('abroad: organisations of the home country have any task', () => expect(judged('abroad')?.status).toBe('passed'));

  test('abroad: a foreign one joins for the named task', () =>
    expect(
      judged('abroad', (draft) => {
        draft.members[1]!.facts[1] = nationalityFact('DE');
        draft.members[1]!.task = 'service';
      })?.status,
    ).toBe('passed'));

  test('abroad: a foreign one with another task is named with country and task', () =>
    expect(judged('abroad', (draft) => (draft.members[1]!.facts[1] = nationalityFact('DE')))?.findings).toEqual([
      { reason: 'not-allowed', attribute: 'nationality', organisationId: 'university', factId: 'nationality-DE', found: 'DE, development' },
    ]));

  test('abroad: the lead is asked as well', () =>
    expect(judged('abroad', (draft) => (draft.members[0]!.facts[2] = nationalityFact('US')))?.findings).toMatchObject([{ organisationId: 'lead' }]));

  test('abroad: a missing nationality fails', () =>
    expect(judged('abroad', (draft) => (draft.members[1]!.facts = [kindFact('university')]))?.findings).toMatchObject([
      { reason: 'fact-missing', attribute: 'nationality', organisationId: 'university' },
    ]));
});
