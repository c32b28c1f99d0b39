import { describe, expect, test } from '@jest/globals';
import { exampleMember, judged, kindFact, participationFact, sizeFact, type FactDraft } from '../testing/index.js';

const joins = (...facts: readonly FactDraft[]) => judged('large-member', (draft) => draft.members.push(exampleMember(...facts)));

describe('size-joins-without-programme', () => {
  test('large-member: without a part in the other programme it joins', () =>
    expect(joins(kindFact('company'), sizeFact('large'), participationFact('sibling', 'none'))?.status).toBe('passed'));

  test('large-member: with any task there it does not', () =>
    expect(joins(kindFact('company'), sizeFact('large'), participationFact('sibling', 'service'))?.findings).toEqual([
      { reason: 'not-allowed', attribute: 'participation/sibling', organisationId: 'partner', factId: 'sibling-service', found: 'service' },
    ]));

  test('large-member: other sizes, and kinds without sizes, are not asked', () => {
    expect(joins(kindFact('company'), sizeFact('small'))?.status).toBe('passed');
    expect(joins(kindFact('university'))?.status).toBe('passed');
  });

  test('large-member: a missing kind, size or participation fails', () => {
    expect(joins(sizeFact('large'))?.findings).toMatchObject([{ reason: 'fact-missing', attribute: 'kind' }]);
    expect(joins(kindFact('company'))?.findings).toMatchObject([{ reason: 'fact-missing', attribute: 'size' }]);
    expect(joins(kindFact('company'), sizeFact('large'))?.findings).toMatchObject([{ reason: 'fact-missing', attribute: 'participation/sibling' }]);
  });
});
