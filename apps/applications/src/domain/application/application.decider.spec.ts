import { canonicalJson, sha256 } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { decisionRecordSchema, recompute } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { applicationId, at, basis, callId, deadlineAt, factOf, name, organisationId, otherProgramme, programmeId, rulebookText, tooLate } from '../testing/rehearsal.js';
import { applicationsLimits } from '../vocabulary.js';
import type { ApplicationCommand } from './application.commands.js';
import { application } from './application.decider.js';
import type { ApplicationEvent } from './application.events.js';

const { given } = specify(application);
const asked = { programmeId, by: 'lead-1', at } as const;
const belonging = { programmeId, callId } as const;
const lead = { organisationId: organisationId(1), name: name('Lead'), task: 'development', shareBasisPoints: 7_000 } as const;
const part = { organisationId: organisationId(2), name: name('University'), task: 'development', shareBasisPoints: 3_000 } as const;
const start = { type: 'start-application', ...asked, callId, callOpened: true, title: 'A model', lead, provenance: 'invented', rehearsal: true } as const;
const started = { type: 'application-started', ...belonging, title: 'A model', lead, provenance: 'invented', startedBy: 'lead-1', at } as const;
const invite = { type: 'invite-member', ...asked, ...part } as const;
const invited = { type: 'member-invited', ...belonging, ...part, invitedBy: 'lead-1', at } as const;
const accept = { type: 'accept-invitation', ...asked, organisationId: part.organisationId, by: 'lead-2' } as const;
const accepted = { type: 'invitation-accepted', ...belonging, organisationId: part.organisationId, acceptedBy: 'lead-2', at } as const;
const decline = { type: 'decline-invitation', ...asked, organisationId: part.organisationId, reason: 'elsewhere', by: 'lead-2' } as const;
const declined = { type: 'invitation-declined', ...belonging, organisationId: part.organisationId, reason: 'elsewhere', declinedBy: 'lead-2', at } as const;
const proposal = { title: 'A better model', field: 'materials', method: 'from scratch', services: 2, summary: 'It is good.', requestedGpus: 16, openness: 'open', budget: '1000' } as const;
const saved = { type: 'proposal-saved', ...belonging, version: 1, proposal, digest: sha256(canonicalJson(proposal)), savedBy: 'lead-1', at } as const;
const attachment = { name: '계획서.pdf', mediaType: 'application/pdf', bytes: 9, digest: sha256('a plan') } as const;
const attached = { type: 'attachment-added', ...belonging, attachment, addedBy: 'lead-1', at } as const;
const submit = { type: 'submit-application', ...asked, applicationId: applicationId(1), basis } as const;
const complete: readonly ApplicationEvent[] = [started, invited, accepted, saved];

const outcomeOf = (events: unknown) => (events as readonly ApplicationEvent[]).flatMap((event) => (event.type === 'eligibility-decided' ? [event] : []))[0];
const submittedAt = (instant: string, command: Partial<typeof submit> = {}) => given(...complete).when({ ...submit, at: instant, ...command }).outcome as readonly ApplicationEvent[];

describe('a draft', () => {
  test('is started by its lead, once the call was opened', () => given().when(start).then(started));
  test('is not started twice, before the opening, or invented outside rehearsals', () => {
    given(started).when(start).rejects('already-started');
    given().when({ ...start, callOpened: false }).rejects('call-not-open');
    given().when({ ...start, rehearsal: false }).rejects('invented-application');
  });
  test('of another programme is not known in this one', () => {
    given(started).when({ ...invite, programmeId: otherProgramme }).rejects('unknown-application');
    given().when(invite).rejects('unknown-application');
    given().when(submit).rejects('unknown-application');
  });
  test('has versions of its proposal, each with the digest of its content', () => {
    given(started).when({ type: 'save-proposal', ...asked, proposal }).then(saved);
    given(started, saved).when({ type: 'save-proposal', ...asked, proposal }).staysQuiet();
    const next = { ...proposal, budget: '2000' };
    given(started, saved).when({ type: 'save-proposal', ...asked, proposal: next }).then({ ...saved, version: 2, proposal: next, digest: sha256(canonicalJson(next)) });
  });
  test('has attachments by name, so many at most', () => {
    given(started).when({ type: 'add-attachment', ...asked, attachment }).then(attached);
    given(started, attached).when({ type: 'add-attachment', ...asked, attachment }).staysQuiet();
    const another = { ...attachment, digest: sha256('another plan') };
    given(started, attached).when({ type: 'add-attachment', ...asked, attachment: another }).then({ ...attached, attachment: another });
    const many = Array.from({ length: applicationsLimits.attachmentsMax }, (_, index) => ({ ...attached, attachment: { ...attachment, name: `${index}.pdf` } }));
    given(started, ...many).when({ type: 'add-attachment', ...asked, attachment }).rejects('too-many-attachments');
  });
  test('loses an attachment that it has', () => {
    given(started, attached).when({ type: 'remove-attachment', ...asked, name: attachment.name }).then({ type: 'attachment-removed', ...belonging, name: attachment.name, removedBy: 'lead-1', at });
    given(started).when({ type: 'remove-attachment', ...asked, name: attachment.name }).rejects('unknown-attachment', { name: attachment.name });
  });
});

describe('a consortium', () => {
  test('is invited, member by member, on stated terms', () => {
    given(started).when(invite).then(invited);
    given(started, invited).when(invite).staysQuiet();
  });
  test('answers again when it is asked again on other terms', () => {
    const other = { ...invited, shareBasisPoints: 2_000 };
    given(started, invited, accepted).when({ ...invite, shareBasisPoints: 2_000 }).then(other);
    expect(given(started, invited, accepted, other).state).toMatchObject({ members: [{ standing: 'accepted' }, { shareBasisPoints: 2_000, standing: 'invited' }] });
    given(started, invited, declined).when(invite).then(invited);
  });
  test('is changed by its lead for itself without an answer', () => {
    const own = { ...invited, ...lead, shareBasisPoints: 6_000 };
    given(started).when({ ...invite, ...lead, shareBasisPoints: 6_000 }).then(own);
    expect(given(started, own).state).toMatchObject({ members: [{ role: 'lead', shareBasisPoints: 6_000, standing: 'accepted' }] });
  });
  test('has a bounded number of members', () => {
    const many = Array.from({ length: applicationsLimits.membersMax - 1 }, (_, index) => ({ ...invited, organisationId: organisationId(index + 10) }));
    given(started, ...many).when(invite).rejects('too-many-members');
  });
  test('accepts or declines for itself, once', () => {
    given(started, invited).when(accept).then(accepted);
    given(started, invited, accepted).when(accept).staysQuiet();
    given(started, invited, accepted).when(decline).rejects('already-answered', { standing: 'accepted' });
    given(started, invited).when(decline).then(declined);
    given(started, invited, declined).when(decline).staysQuiet();
    given(started, invited, declined).when(accept).rejects('already-answered', { standing: 'declined' });
  });
  test('is joined by whom was invited only', () => {
    given(started).when(accept).rejects('not-invited');
    given(started).when({ ...decline, organisationId: lead.organisationId }).rejects('not-invited');
  });
  test('loses members, but never its lead', () => {
    const remove = { type: 'remove-member', ...asked, organisationId: part.organisationId, reason: 'silent' } as const;
    given(started, invited).when(remove).then({ type: 'member-removed', ...belonging, organisationId: part.organisationId, reason: 'silent', removedBy: 'lead-1', at });
    given(started).when(remove).staysQuiet();
    given(started).when({ ...remove, organisationId: lead.organisationId }).rejects('lead-stays');
  });
});

describe('a submission', () => {
  test('goes in with its members as they are known, and is evaluated at once', () => {
    const [submitted, decided] = submittedAt(at);
    expect(submitted).toMatchObject({
      type: 'application-submitted',
      title: proposal.title,
      members: [
        { organisationId: lead.organisationId, name: name('Organisation 1'), kind: 'company', size: 'sme', representatives: ['lead-1'] },
        { organisationId: part.organisationId, kind: 'university', size: null, representatives: ['lead-2'] },
      ],
      proposalVersion: 1,
    });
    expect(decided).toMatchObject({ type: 'eligibility-decided', occasion: 'submission', outcome: 'eligible', failedRules: [] });
    given(...complete).when(submit).then(submitted!, decided!);
  });
  test('at the deadline’s millisecond is in', () => expect(outcomeOf(submittedAt(deadlineAt))).toMatchObject({ outcome: 'eligible', failedRules: [] }));
  test('one millisecond later is recorded, and ineligible by the rule of the deadline', () => {
    expect(submittedAt(tooLate)[0]).toMatchObject({ type: 'application-submitted', at: tooLate });
    expect(outcomeOf(submittedAt(tooLate))).toMatchObject({ outcome: 'ineligible', failedRules: ['in-time'] });
  });
  test('names every rule that fails, not the first', () => {
    const large = { ...basis, organisations: basis.organisations.map((one, index) => (index === 0 ? { ...one, facts: basis.organisations[2]!.facts } : one)) };
    expect(outcomeOf(submittedAt(tooLate, { basis: large }))?.failedRules).toEqual(['in-time', 'lead-class']);
  });
  test('needs a proposal, the acceptance of all, and the whole of the shares', () => {
    given(started, invited, accepted).when(submit).rejects('no-proposal');
    given(started, invited, saved).when(submit).rejects('members-pending', { organisations: [part.organisationId] });
    given(started, invited, declined, saved).when(submit).rejects('members-pending');
    given(started, saved).when(submit).rejects('shares-incomplete', { shares: 7_000, whole: 10_000 });
  });
  test('is the end of the draft', () => {
    const after = given(...complete, ...submittedAt(at));
    for (const command of [submit, invite, accept, decline, { type: 'save-proposal', ...asked, proposal }, { type: 'add-attachment', ...asked, attachment }] as const) after.when(command).rejects('not-draft', { status: 'eligible' });
    after.when({ type: 'remove-attachment', ...asked, name: attachment.name }).rejects('not-draft');
    after.when({ type: 'remove-member', ...asked, organisationId: part.organisationId, reason: 'r' }).rejects('not-draft');
  });
  test('digests its proposal with all its attachments', () => {
    const digestWith = (...events: readonly ApplicationEvent[]) => (given(...complete, ...events).when(submit).outcome as readonly ApplicationEvent[]).flatMap((event) => (event.type === 'application-submitted' ? [event.proposalDigest] : []))[0];
    expect(digestWith(attached)).not.toBe(digestWith());
    expect(digestWith(attached, { ...attached, attachment: { ...attachment, name: 'b' } })).toBe(digestWith({ ...attached, attachment: { ...attachment, name: 'b' } }, attached));
  });
});

describe('the record of a decision on eligibility', () => {
  const decision = decisionRecordSchema.parse(outcomeOf(submittedAt(at))?.decision);
  test('is recomputed to the same outcome', () => expect(recompute(decision, rulebookText())).toMatchObject({ same: true }));
  test('points at the fact events, the call, the submission and the rulebook', () => {
    const own = `application-${applicationId(1)}`;
    expect(decision.references).toContainEqual({ pointer: '/deadline', stream: `call-${callId}`, revision: 1, source: '/deadline' });
    expect(decision.references).toContainEqual({ pointer: '/submittedAt', stream: own, revision: complete.length, source: '/at' });
    expect(decision.references).toContainEqual({ pointer: '/members/0/facts/1', stream: `organisation-${organisationId(1)}`, revision: 3, source: '/fact' });
    expect(outcomeOf(submittedAt(at))?.evidence).toEqual([
      { stream: `call-${callId}`, revision: 1 },
      { stream: own, revision: complete.length },
      { stream: `rulebook-${programmeId}`, revision: 0 },
    ]);
  });
});

describe('a later check', () => {
  const check = { type: 'check-eligibility', ...asked, applicationId: applicationId(1), occasion: 'screening', basis, by: 'kim', at: '2026-04-11T00:00:00.000Z' } as const;
  const after = given(...complete, ...submittedAt(at));
  test('decides on what was submitted and on the facts that are known by then', () => {
    const grown = { ...basis, organisations: [{ ...basis.organisations[0]!, facts: [{ fact: factOf(1, 'kind', 'company'), revision: 2 }, { fact: factOf(2, 'size', 'large'), revision: 9 }] }, ...basis.organisations.slice(1)] };
    expect(outcomeOf(after.when(check).outcome)).toMatchObject({ occasion: 'screening', outcome: 'eligible' });
    expect(outcomeOf(after.when({ ...check, basis: grown }).outcome)).toMatchObject({ outcome: 'ineligible', failedRules: ['lead-class'] });
  });
  test('says where it stands, unless it is one of the programme after selection', () => {
    const failed = (occasion: 'screening' | 'grant') => ({ ...outcomeOf(after.when(check).outcome)!, occasion, outcome: 'ineligible', at: check.at }) as ApplicationEvent;
    expect(given(...complete, ...submittedAt(at), failed('screening')).state.status).toBe('ineligible');
    expect(given(...complete, ...submittedAt(at), failed('grant')).state.status).toBe('eligible');
  });
  test('is of what was submitted and not withdrawn', () => {
    given(...complete).when(check).rejects('not-submitted');
    given(...complete, ...submittedAt(at), { type: 'application-withdrawn', ...belonging, reason: 'r', withdrawnBy: 'lead-1', at }).when(check).rejects('application-withdrawn');
  });
});

describe('a withdrawal', () => {
  const withdraw = { type: 'withdraw-application', ...asked, reason: 'given up' } as const;
  const withdrawn = { type: 'application-withdrawn', ...belonging, reason: 'given up', withdrawnBy: 'lead-1', at } as const;
  const told = (outcome: 'selected' | 'shortlisted') => ({ type: 'outcome-told', ...belonging, outcome, roundId: 'presentation', about: null, at }) as const;
  test('is possible until the result, once', () => {
    given(...complete, ...submittedAt(at), told('shortlisted')).when(withdraw).then(withdrawn);
    given(started, withdrawn).when(withdraw).staysQuiet();
    given(...complete, ...submittedAt(at), told('selected')).when(withdraw).rejects('already-decided', { status: 'selected' });
  });
  test('is final', () => given(...complete, withdrawn).when(submit).rejects('application-withdrawn'));
});

describe('what the review tells', () => {
  const tell = (outcome: Extract<ApplicationCommand, { type: 'tell-outcome' }>['outcome'], hour: number, of: { roundId?: string; about?: string } = {}): ApplicationCommand => ({
    type: 'tell-outcome',
    programmeId,
    outcome,
    roundId: of.roundId ?? 'presentation',
    about: of.about ?? null,
    at: `2026-05-01T0${hour}:00:00.000Z`,
  });
  const submitted = { ...application, initial: given(...complete, ...submittedAt(at)).state };
  const objectionId = applicationId(9);
  const told = [tell('shortlisted', 1, { roundId: 'document' }), tell('reserve', 2), tell('objected', 2, { about: objectionId }), tell('dismissed', 3, { about: objectionId }), tell('seated', 4)];

  test('moves it on, step by step', () => expect(told.map((_, index) => historyOf(submitted, told.slice(0, index + 1)).state.status)).toEqual(['shortlisted', 'reserve', 'objected', 'dismissed', 'selected']));
  test('is recorded once, and in any order leads to the same', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 }), (heard) => {
        const { history, state } = historyOf(submitted, heard);
        expect(state.status).toBe('selected');
        expect(history).toHaveLength(told.length);
      }),
    );
  });
  test('of an objection to a later evaluation does not change what became of it', () =>
    expect(historyOf(submitted, [tell('selected', 2), tell('objected', 3, { roundId: 'stage-1', about: objectionId })]).state.status).toBe('selected'));
});

test('whatever is asked, nothing is submitted but with all members’ acceptance and the whole of the shares, and once', () => {
  const organisations = fc.constantFrom(organisationId(2), organisationId(3));
  const commands = fc.oneof(
    fc.constantFrom<ApplicationCommand>(submit, { type: 'save-proposal', ...asked, proposal }, { type: 'withdraw-application', ...asked, reason: 'r' }),
    fc.record({ organisationId: organisations, shareBasisPoints: fc.constantFrom(1_000, 2_000, 3_000) }).map((of): ApplicationCommand => ({ ...invite, ...of })),
    organisations.map((of): ApplicationCommand => ({ ...accept, organisationId: of })),
    organisations.map((of): ApplicationCommand => ({ ...decline, organisationId: of })),
    organisations.map((of): ApplicationCommand => ({ type: 'remove-member', ...asked, organisationId: of, reason: 'r' })),
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 25 }), (many) => {
      const { history, state } = historyOf(application, [start, ...many]);
      const submissions = history.flatMap((event) => (event.type === 'application-submitted' ? [event] : []));
      expect(submissions.length).toBeLessThanOrEqual(1);
      for (const { members } of submissions) expect(members.reduce((sum, { shareBasisPoints }) => sum + shareBasisPoints, 0)).toBe(10_000);
      if (submissions.length > 0 && state.status !== 'absent') expect(state.members.every(({ standing }) => standing === 'accepted')).toBe(true);
    }),
  );
});
