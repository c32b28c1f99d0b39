import { sha256, type DomainEvent, type EventDefinitions } from '@program-ledger/event-sourcing';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { test } from '@jest/globals';
import { applicationStream } from '../domain/application/application.state.js';
import { callStream } from '../domain/call/call.state.js';
import { organisationStream } from '../domain/organisation/organisation.state.js';
import { programmeStream } from '../domain/programme/programme.state.js';
import { programmeProcessStream } from '../domain/programme-process/programme-process.state.js';
import { rulebookStream } from '../domain/rulebook/rulebook.state.js';
import { applicationId, at, callId, deadline, deadlineAt, factOf, name, organisationId, programmeId } from '../domain/testing/rehearsal.js';
import { applications, eligibilityDecisions, memberships, proposals } from './applications.projection.js';
import { calls } from './calls.projection.js';
import { organisations, representations } from './organisations.projection.js';
import { programmeProcesses, programmes } from './programmes.projection.js';
import { rulebookVersions } from './rulebooks.projection.js';

type Stream<State, Event extends DomainEvent> = { readonly category: string; readonly events: EventDefinitions<Event>; readonly initial: State; readonly evolve: (state: State, event: Event) => State };

/** Events of one stream; nothing is decided here. */
const on =
  <State, Event extends DomainEvent>(stream: Stream<State, Event>, id: string) =>
  (event: Event): Occurrence =>
    onStream({ ...stream, decide: () => [] }, id, event);

const [lead, university] = [organisationId(1), organisationId(2)];
const digest = sha256('any');
const later = '2026-03-03T01:00:00.000Z';

const created = { type: 'programme-created', title: name('Programme'), timeZone: 'Asia/Seoul', rehearsal: true, provenance: 'invented', startsAt: at, createdBy: 'root', at } as const;

test('a programme shows its clock, its roles and whether it is closed', async () => {
  const { type: _, createdBy: _by, at: _at, ...known } = created;
  const event = on(programmeStream, programmeId);
  await viewSpec(programmes)
    .given(
      event(created),
      event({ type: 'role-granted', subject: 'kim', role: 'programme-administrator', grantedBy: 'root', at }),
      event({ type: 'role-granted', subject: 'lee', role: 'conflict-officer', grantedBy: 'root', at }),
      event({ type: 'role-revoked', subject: 'lee', role: 'conflict-officer', reason: 'r', revokedBy: 'root', at }),
      event({ type: 'clock-set', to: later, followers: ['review'], setBy: 'kim', at }),
      event({ type: 'programme-closed', closedBy: 'kim', at: later }),
    )
    .then({
      key: programmeId,
      programmeId,
      status: 'closed',
      state: { ...known, status: 'closed', clock: later, roles: [{ subject: 'kim', role: 'programme-administrator', grantedBy: 'root', grantedAt: at }] },
    });
});

test('a programme’s process shows what it waits for', async () => {
  const event = on(programmeProcessStream, programmeId);
  await viewSpec(programmeProcesses)
    .given(event({ type: 'clock-awaited', to: later, services: ['review'], at }), event({ type: 'call-awaited', callId, at }), event({ type: 'clock-followed', service: 'review', to: later, at: later }))
    .then({
      key: programmeId,
      programmeId,
      waiting: true,
      state: { clock: { to: later, since: at, services: ['review'] }, followed: [{ service: 'review', to: later }], calls: [{ callId, since: at }], teams: [], finished: [], signed: [], cleared: false },
    });
});

test('every version of a rulebook is a row', async () => {
  const enacted = { type: 'rulebook-enacted', programmeId, document: 'rehearsal', text: '{}', digest, validTo: null, enactedBy: 'kim', at } as const;
  const event = on(rulebookStream, programmeId);
  const row = { programmeId, digest, inForceTo: null, enactedBy: 'kim', enactedAt: at, text: '{}' };
  await viewSpec(rulebookVersions)
    .given(event({ ...enacted, version: 1, validFrom: '2026-03-01', reason: 'first' }), event({ ...enacted, version: 2, validFrom: '2026-05-01', reason: 'second' }))
    .then(
      { key: `${programmeId}.000001`, ...row, version: 1, inForceFrom: '2026-03-01', reason: 'first' },
      { key: `${programmeId}.000002`, ...row, version: 2, inForceFrom: '2026-05-01', reason: 'second' },
    );
});

const organisationHistory = () => {
  const event = on(organisationStream, lead);
  const fact = factOf(1, 'size', 'sme');
  return [
    event({ type: 'organisation-registered', name: name('Lab'), partOf: university, provenance: 'invented', registeredBy: 'kim', at }),
    event({ type: 'representative-appointed', subject: 'lee', appointedBy: 'kim', at }),
    event({ type: 'representative-appointed', subject: 'park', appointedBy: 'kim', at }),
    event({ type: 'representative-removed', subject: 'lee', reason: 'left', removedBy: 'kim', at }),
    event({ type: 'fact-stated', fact, provenance: 'invented', statedBy: 'kim', at }),
    event({ type: 'fact-corrected', fact: { ...fact, value: 'large' }, replaced: fact, provenance: 'invented', retroactive: true, reason: 'misread', correctedBy: 'kim', at: later }),
  ];
};

test('an organisation shows who acts for it and what is known, corrections marked', () =>
  viewSpec(organisations)
    .given(...organisationHistory())
    .then({
      key: lead,
      search: `${name('Lab').ko}\n${name('Lab').en}`,
      partOf: university,
      state: {
        status: 'registered',
        name: name('Lab'),
        partOf: university,
        provenance: 'invented',
        registeredBy: 'kim',
        representatives: ['park'],
        facts: [{ fact: { ...factOf(1, 'size', 'sme'), value: 'large' }, provenance: 'invented', revision: 5, corrected: true, retroactive: true }],
        events: 6,
      },
    }));

test('who acts for whom is a row as long as it is so', () =>
  viewSpec(representations)
    .given(...organisationHistory())
    .then({ key: `park ${lead}`, subject: 'park', organisationId: lead }));

test('a call shows its terms and every state that it came to', async () => {
  const event = on(callStream, callId);
  const terms = { programmeId, title: name('Call'), opensAt: later, deadline, deadlineAt };
  const step = (status: 'draft' | 'published' | 'open', rank: number, when: string) => ({ status, at: when, rank, roundId: null });
  await viewSpec(calls)
    .given(
      event({ type: 'call-drafted', ...terms, draftedBy: 'kim', at }),
      event({ type: 'call-published', ...terms, rulebook: { stream: `rulebook-${programmeId}`, revision: 0 }, rulebookDigest: digest, shortened: null, publishedBy: 'kim', at }),
      event({ type: 'call-opened', programmeId, at: later }),
    )
    .then({
      key: callId,
      programmeId,
      status: 'open',
      search: `${name('Call').ko}\n${name('Call').en}`,
      opensAt: later,
      deadlineAt,
      state: {
        ...terms,
        status: 'open',
        publication: { revision: 1, at, rulebookDigest: digest, shortened: null },
        screened: null,
        announcement: null,
        windows: [],
        seatsAdded: [],
        voidedBecause: null,
        steps: [step('draft', 0, at), step('published', 1, at), step('open', 2, later)],
        events: 3,
      },
    });
});

const belonging = { programmeId, callId };
const id = applicationId(1);
const proposal = { title: 'A better model', field: 'f', method: 'm', services: 1, summary: 's', requestedGpus: 8, openness: 'open', budget: '1' };
const decision = { evaluator: 'eligibility', version: 1, rulebookDigest: digest, input: {}, references: [], seed: '', outcome: {} };
const part = { name: name('Organisation'), task: 'development' };
const applicationHistory = () => {
  const event = on(applicationStream, id);
  const invited = { type: 'member-invited', ...belonging, ...part, shareBasisPoints: 1_000, invitedBy: 'lee', at } as const;
  return [
    event({ type: 'application-started', ...belonging, title: 'A model', lead: { organisationId: lead, ...part, shareBasisPoints: 10_000 }, provenance: 'invented', startedBy: 'lee', at }),
    event({ ...invited, organisationId: university }),
    event({ ...invited, organisationId: organisationId(3) }),
    event({ type: 'invitation-declined', ...belonging, organisationId: university, reason: 'r', declinedBy: 'uni', at }),
    event({ type: 'member-removed', ...belonging, organisationId: organisationId(3), reason: 'r', removedBy: 'lee', at }),
    event({ type: 'proposal-saved', ...belonging, version: 1, proposal, digest, savedBy: 'lee', at }),
    event({ type: 'eligibility-decided', ...belonging, occasion: 'submission', outcome: 'eligible', failedRules: [], decision, evidence: [{ stream: `call-${callId}`, revision: 1 }], askedBy: 'lee', at: later }),
  ];
};

test('an application shows its consortium and its proposal as they stand', () =>
  viewSpec(applications)
    .given(...applicationHistory())
    .then({
      key: id,
      applicationId: id,
      ...belonging,
      status: 'draft',
      lead,
      submitted: false,
      search: ['A better model', part.name.ko, part.name.en, part.name.ko, part.name.en].join('\n'),
      state: {
        ...belonging,
        status: 'draft',
        title: 'A better model',
        provenance: 'invented',
        members: [
          { organisationId: lead, ...part, shareBasisPoints: 10_000, role: 'lead', standing: 'accepted' },
          { organisationId: university, ...part, shareBasisPoints: 1_000, role: 'member', standing: 'declined' },
        ],
        proposal: { version: 1, digest, title: 'A better model', requestedGpus: 8, openness: 'open', budget: '1' },
        attachments: [],
        submission: null,
        eligibility: [{ revision: 6, at: later, occasion: 'submission', outcome: 'eligible', failedRules: [] }],
        told: [],
        withdrawn: false,
        events: 7,
      },
    }));

test('organisations may see an application as long as they take part in it or are asked to', () =>
  viewSpec(memberships)
    .given(...applicationHistory())
    .then({ key: `${id}.${lead}`, programmeId, applicationId: id, organisationId: lead }));

test('every check of eligibility is a row with its record', () =>
  viewSpec(eligibilityDecisions)
    .given(...applicationHistory())
    .then({
      key: `${id}.000006`,
      programmeId,
      applicationId: id,
      at: later,
      askedBy: 'lee',
      decided: { revision: 6, occasion: 'submission', outcome: 'eligible', failedRules: [], evidence: [{ stream: `call-${callId}`, revision: 1 }], decision },
    }));

test('every version of a proposal is a row', () =>
  viewSpec(proposals)
    .given(...applicationHistory())
    .then({ key: `${id}.000001`, programmeId, applicationId: id, version: 1, digest, savedBy: 'lee', savedAt: at, proposal }));
