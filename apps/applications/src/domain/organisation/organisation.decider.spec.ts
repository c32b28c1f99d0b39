import { specify } from '@program-ledger/event-sourcing/testing';
import type { OrganisationFact } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { at, factId, factOf, name, organisationId } from '../testing/rehearsal.js';
import { applicationsLimits } from '../vocabulary.js';
import { organisation, type OrganisationCommand } from './organisation.decider.js';

const { given } = specify(organisation);
const told = { by: 'kim', at } as const;
const register = { type: 'register-organisation', name: name('Lab'), partOf: null, provenance: 'invented', rehearsal: true, representatives: ['lee'], ...told } as const;
const registered = { type: 'organisation-registered', name: name('Lab'), partOf: null, provenance: 'invented', registeredBy: 'kim', at } as const;
const appointed = { type: 'representative-appointed', subject: 'lee', appointedBy: 'kim', at } as const;
const sme = factOf(1, 'size', 'sme');
const state = { type: 'state-fact', fact: sme, provenance: 'invented', rehearsal: true, ...told } as const;
const stated = { type: 'fact-stated', fact: sme, provenance: 'invented', statedBy: 'kim', at } as const;
const correct = { type: 'correct-fact', fact: { ...sme, value: 'large' }, provenance: 'invented', rehearsal: true, reason: 'misread', today: '2026-03-02', ...told } as const;
const end = { type: 'end-fact', factId: sme.factId, validTo: '2026-01-31', ...told } as const;
const ended = { type: 'fact-ended', fact: { ...sme, validTo: '2026-01-31' }, provenance: 'invented', endedBy: 'kim', at } as const;

describe('an organisation', () => {
  test('is registered with those who act for it', () => given().when({ ...register, representatives: ['lee', 'lee'] }).then(registered, appointed));
  test('is registered once', () => given(registered).when(register).rejects('already-registered'));
  test('is invented in rehearsals only', () => given().when({ ...register, rehearsal: false }).rejects('invented-organisation'));
  test('may be a lab of an institution, which is registered and no lab itself', () => {
    const partOf = (standing: 'institution' | 'itself-a-part' | 'unknown') => ({ ...register, partOf: { organisationId: organisationId(2), standing } });
    given().when(partOf('institution')).then({ ...registered, partOf: organisationId(2) }, appointed);
    given().when(partOf('unknown')).rejects('unknown-institution');
    given().when(partOf('itself-a-part')).rejects('institution-is-a-part');
  });
  test('that is not registered does nothing', () => {
    for (const command of [{ type: 'appoint-representative', subject: 'park', ...told }, { type: 'remove-representative', subject: 'lee', reason: 'left', ...told }, state, end, correct] as const)
      given().when(command).rejects('unknown-organisation');
  });
});

describe('a representative', () => {
  test('is appointed once', () => {
    given(registered).when({ type: 'appoint-representative', subject: 'lee', ...told }).then(appointed);
    given(registered, appointed).when({ type: 'appoint-representative', subject: 'lee', ...told }).staysQuiet();
  });
  test('is one of a bounded number', () => {
    const many = Array.from({ length: applicationsLimits.representativesMax }, (_, index) => ({ ...appointed, subject: `r-${index}` }));
    given(registered, ...many).when({ type: 'appoint-representative', subject: 'lee', ...told }).rejects('too-many-representatives');
  });
  test('is removed with a reason, unless nobody would be left', () => {
    const remove = { type: 'remove-representative', subject: 'lee', reason: 'left', ...told } as const;
    given(registered, appointed, { ...appointed, subject: 'park' }).when(remove).then({ type: 'representative-removed', subject: 'lee', reason: 'left', removedBy: 'kim', at });
    given(registered, appointed).when(remove).rejects('last-representative');
    given(registered, { ...appointed, subject: 'park' }).when(remove).staysQuiet();
  });
});

describe('a fact', () => {
  test('is stated with its days and its source, once', () => {
    given(registered).when(state).then(stated);
    given(registered, stated).when(state).staysQuiet();
  });
  test('is invented in rehearsals only', () => given(registered).when({ ...state, rehearsal: false }).rejects('invented-fact'));
  test('ends no earlier than it began', () => {
    given(registered).when({ ...state, fact: { ...sme, validTo: '2019-12-31' } }).rejects('period-reversed');
    given(registered, stated).when({ ...end, validTo: '2019-12-31' }).rejects('period-reversed');
  });
  test('does not hold beside another of the same attribute', () => {
    const large: OrganisationFact = { ...factOf(2, 'size', 'large'), validFrom: '2026-02-01' };
    given(registered, stated).when({ ...state, fact: large }).rejects('fact-overlaps', { factId: sme.factId, attribute: 'size', value: 'sme' });
    given(registered, stated, ended).when({ ...state, fact: large }).then({ ...stated, fact: large });
  });
  test('of a part in another programme holds beside other tasks there, but not beside none', () => {
    const part = (number: number, value: string): OrganisationFact => ({ attribute: 'participation', programme: 'sibling', value, factId: factId(number), validFrom: '2020-01-01', source: 's' });
    const use = { ...stated, fact: part(3, 'use') };
    given(registered, use).when({ ...state, fact: part(4, 'development') }).then({ ...stated, fact: part(4, 'development') });
    given(registered, use).when({ ...state, fact: part(4, 'none') }).rejects('fact-overlaps');
    given(registered, use).when({ ...state, fact: { ...part(4, 'none'), programme: 'another' } as OrganisationFact }).then({ ...stated, fact: { ...part(4, 'none'), programme: 'another' } as OrganisationFact });
  });
  test('is one of a bounded number', () => {
    const day = (index: number) => new Date(Date.UTC(2000, 0, 1 + index)).toISOString().slice(0, 10);
    const many = Array.from({ length: applicationsLimits.factsMax }, (_, index) => ({ ...stated, fact: { ...factOf(index + 10, 'kind', 'lab'), validFrom: day(index), validTo: day(index) } }));
    given(registered, ...many).when(state).rejects('too-many-facts');
  });
  test('ends once, and what was said before stays right', () => {
    given(registered, stated).when(end).then(ended);
    given(registered, stated, ended).when(end).staysQuiet();
    given(registered, stated, ended).when({ ...end, validTo: '2026-02-28' }).rejects('fact-ended-already', { validTo: '2026-01-31' });
    given(registered).when(end).rejects('unknown-fact', { factId: sme.factId });
  });
});

describe('a correction', () => {
  const corrected = { type: 'fact-corrected', fact: correct.fact, replaced: sme, provenance: 'invented', retroactive: true, reason: 'misread', correctedBy: 'kim', at } as const;
  test('is an event of its own that keeps what it replaces, and is marked as retroactive', () => given(registered, stated).when(correct).then(corrected));
  test('of a source, or of days that have not begun, is not retroactive', () => {
    const source = { ...sme, source: 'another register' };
    given(registered, stated).when({ ...correct, fact: source }).then({ ...corrected, fact: source, retroactive: false });
    const until = { ...sme, validTo: '2026-03-02' };
    given(registered, stated).when({ ...correct, fact: until }).then({ ...corrected, fact: until, retroactive: false });
    const untilYesterday = { ...sme, validTo: '2026-03-01' };
    given(registered, stated).when({ ...correct, fact: untilYesterday }).then({ ...corrected, fact: untilYesterday, retroactive: true });
  });
  test('to what is known stays quiet', () => given(registered, stated).when({ ...correct, fact: sme }).staysQuiet());
  test('is of a fact that there is, and keeps to its attribute', () => {
    given(registered).when(correct).rejects('unknown-fact');
    given(registered, stated).when({ ...correct, fact: { ...factOf(1, 'kind', 'lab') } }).rejects('another-attribute', { attribute: 'size', found: 'kind' });
  });
});

test('whatever is stated, ended and corrected, an organisation has at most one size on any day', () => {
  const day = fc.nat(40).map((offset) => new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10));
  const fact = fc.record({ number: fc.nat(3), value: fc.constantFrom('sme', 'large'), from: day, to: fc.option(day, { nil: undefined }) }).map(
    ({ number, value, from, to }): OrganisationFact => ({ ...factOf(number, 'size', value), validFrom: from, ...(to !== undefined && { validTo: to }) }) as OrganisationFact,
  );
  const commands = fc.oneof(
    fact.map((one): OrganisationCommand => ({ ...state, fact: one })),
    fact.map((one): OrganisationCommand => ({ ...correct, fact: one })),
    fc.record({ number: fc.nat(3), validTo: day }).map(({ number, validTo }): OrganisationCommand => ({ ...end, factId: factId(number), validTo })),
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 20 }), day, (asked, when) => {
      const { state: known } = historyOf(organisation, [register, ...asked]);
      const holding = known.status === 'absent' ? [] : known.facts.filter(({ fact: { validFrom, validTo } }) => validFrom <= when && (validTo === undefined || when <= validTo));
      expect(holding.length).toBeLessThanOrEqual(1);
    }),
  );
});
