import { describe, expect, test } from '@jest/globals';
import { exampleMember, judged, kindFact, participationFact, type Draft } from '../testing/index.js';

const forbid = (draft: Draft) => draft.eligibility.rules.forEach((rule) => rule.kind === 'members-in-programme' && (rule.allowed = false));

describe('members-in-programme', () => {
  test('member-elsewhere: where the rulebook allows it, nothing is asked', () =>
    expect(judged('member-elsewhere', (draft) => draft.members.push(exampleMember(participationFact('sibling', 'development'))))?.status).toBe('passed'));

  test('member-elsewhere: where it forbids it, a member with a part there is named', () =>
    expect(
      judged(
        'member-elsewhere',
        (draft) => {
          draft.members[1]!.facts.push(participationFact('sibling', 'none'));
          draft.members.push(exampleMember(participationFact('sibling', 'development')));
        },
        forbid,
      )?.findings,
    ).toEqual([{ reason: 'not-allowed', attribute: 'participation/sibling', organisationId: 'partner', factId: 'sibling-development', found: 'development' }]));

  test('member-elsewhere: where it forbids it, silence is a missing fact', () =>
    expect(judged('member-elsewhere', (draft) => draft.members.push(exampleMember(kindFact('company'))), forbid)?.findings).toMatchObject([
      { reason: 'fact-missing', organisationId: 'university' },
      { reason: 'fact-missing', organisationId: 'partner' },
    ]));

  test('member-elsewhere: the lead is a matter of another rule', () =>
    expect(
      judged(
        'member-elsewhere',
        (draft) => {
          draft.members[0]!.facts[3] = participationFact('sibling', 'development');
          draft.members[1]!.facts.push(participationFact('sibling', 'none'));
        },
        forbid,
      )?.status,
    ).toBe('passed'));
});
