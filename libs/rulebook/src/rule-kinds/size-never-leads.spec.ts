import { describe, expect, test } from '@jest/globals';
import { exampleMember, judged, kindFact, sizeFact } from '../testing/index.js';

describe('size-never-leads', () => {
  test('large-lead: another size leads', () => expect(judged('large-lead')?.status).toBe('passed'));

  test('large-lead: this size never leads', () =>
    expect(judged('large-lead', (draft) => (draft.members[0]!.facts[1] = sizeFact('large')))?.findings).toEqual([
      { reason: 'not-allowed', attribute: 'size', organisationId: 'lead', factId: 'size-large', found: 'large' },
    ]));

  test('large-lead: this size may join', () =>
    expect(judged('large-lead', (draft) => draft.members.push(exampleMember(kindFact('company'), sizeFact('large'))))?.status).toBe('passed'));

  test('large-lead: a kind without sizes has none', () =>
    expect(judged('large-lead', (draft) => (draft.members[0]!.facts = [kindFact('university'), sizeFact('large')]))?.status).toBe('passed'));

  test('large-lead: a missing size fails', () =>
    expect(judged('large-lead', (draft) => (draft.members[0]!.facts = [kindFact('company')]))?.findings).toMatchObject([
      { reason: 'fact-missing', attribute: 'size', organisationId: 'lead' },
    ]));

  test('large-lead: without a lead it fails', () =>
    expect(judged('large-lead', (draft) => draft.members.shift())?.findings).toMatchObject([{ reason: 'lead-missing' }]));
});
