import { describe, expect, test } from '@jest/globals';
import { judged, participationFact } from '../testing/index.js';

describe('lead-not-in-programme', () => {
  test('lead-elsewhere: a lead that states it has no part leads', () => expect(judged('lead-elsewhere')?.status).toBe('passed'));

  test('lead-elsewhere: a lead with one of the named tasks is refused with its fact', () =>
    expect(judged('lead-elsewhere', (draft) => (draft.members[0]!.facts[3] = participationFact('sibling', 'development')))?.findings).toEqual([
      { reason: 'not-allowed', attribute: 'participation/sibling', organisationId: 'lead', factId: 'sibling-development', found: 'development' },
    ]));

  test('lead-elsewhere: another task in that programme, or another programme, is no matter', () => {
    expect(judged('lead-elsewhere', (draft) => (draft.members[0]!.facts[3] = participationFact('sibling', 'service')))?.status).toBe('passed');
    expect(judged('lead-elsewhere', (draft) => draft.members[0]!.facts.push(participationFact('cousin', 'development')))?.status).toBe('passed');
  });

  test('lead-elsewhere: a member may', () =>
    expect(judged('lead-elsewhere', (draft) => draft.members[1]!.facts.push(participationFact('sibling', 'development')))?.status).toBe('passed'));

  test('lead-elsewhere: what becomes true after the reference date is not held against the lead', () =>
    expect(
      judged('lead-elsewhere', (draft) =>
        draft.members[0]!.facts.splice(
          3,
          1,
          { ...participationFact('sibling', 'none'), validTo: '2026-03-31' },
          { ...participationFact('sibling', 'development'), validFrom: '2026-04-01' },
        ),
      )?.status,
    ).toBe('passed'));

  test('lead-elsewhere: silence is a missing fact, and none beside a task a contradiction', () => {
    expect(judged('lead-elsewhere', (draft) => draft.members[0]!.facts.pop())?.findings).toMatchObject([
      { reason: 'fact-missing', attribute: 'participation/sibling' },
    ]);
    expect(judged('lead-elsewhere', (draft) => draft.members[0]!.facts.push(participationFact('sibling', 'service')))?.findings).toMatchObject([
      { reason: 'facts-contradict', found: 'none, service' },
    ]);
  });
});
