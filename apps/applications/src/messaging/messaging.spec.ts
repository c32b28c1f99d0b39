import { applicationsEvents } from '@program-ledger/contracts/applications';
import { encodeEvent, sha256, uuidFrom, type Aggregate, type DomainEvent, type EventDefinition, type JsonObject } from '@program-ledger/event-sourcing';
import type { Issue, Message } from '@program-ledger/messaging';
import { describe, expect, test } from '@jest/globals';
import { application } from '../domain/application/application.decider.js';
import type { ApplicationEvent } from '../domain/application/application.events.js';
import { call } from '../domain/call/call.decider.js';
import { organisation } from '../domain/organisation/organisation.decider.js';
import { programme } from '../domain/programme/programme.decider.js';
import { programmeProcess } from '../domain/programme-process/programme-process.decider.js';
import { rulebook } from '../domain/rulebook/rulebook.decider.js';
import { applicationId, at, callId, deadline, deadlineAt, name, organisationId, programmeId, tooLate } from '../domain/testing/rehearsal.js';
import { directory } from './directory.js';
import { follows } from './follows.js';
import { published } from './publishes.js';
import { reactions } from './reacts.js';

const digest = sha256('any');
const id = applicationId(1);
const later = '2026-03-05T00:00:00.000Z';

const recorded = <Event extends DomainEvent>(aggregate: { readonly category: string; readonly events: { readonly [type: string]: EventDefinition } }, streamId: string, event: Event) => {
  const metadata = { recordedAt: at, commandId: uuidFrom('c'), commandDigest: digest, correlationId: 'c', causationId: 'c', actor: 'kim' };
  const definition = aggregate.events[event.type];
  if (definition === undefined) throw new Error(`no ${event.type}`);
  return { ...encodeEvent(event, definition, uuidFrom(event.type), metadata), stream: `${aggregate.category}-${streamId}`, revision: 4, position: 9n };
};

const message = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(aggregate: Aggregate<State, Command, Event, Code>, streamId: string, event: Event) =>
  published(recorded(aggregate, streamId, event));

const member = { organisationId: organisationId(1), name: name('Lead'), role: 'lead', task: 'development', shareBasisPoints: 10_000, kind: 'university', size: null, representatives: ['lee'] } as const;
const { size: _, ...publicMember } = member;
const terms = { programmeId, title: name('Call'), opensAt: later, deadline, deadlineAt };
const submitted = { title: 'A model', requestedGpus: 8, openness: 'open', budget: '1', provenance: 'invented' } as const;
const belonging = { programmeId, callId } as const;

describe('what leaves', () => {
  test.each([
    ['programme-created', message(programme, programmeId, { type: 'programme-created', title: name('P'), timeZone: 'UTC', rehearsal: true, provenance: 'invented', startsAt: at, createdBy: 'root', at }), { programmeId, title: name('P'), timeZone: 'UTC', rehearsal: true, provenance: 'invented', startsAt: at, at }],
    ['programme-clock-set', message(programme, programmeId, { type: 'clock-set', to: later, followers: ['review'], setBy: 'kim', at }), { programmeId, to: later, at }],
    ['role-granted', message(programme, programmeId, { type: 'role-granted', subject: 'kim', role: 'panel-chair', grantedBy: 'root', at }), { programmeId, subject: 'kim', role: 'panel-chair', grantedBy: 'root', at }],
    ['role-revoked', message(programme, programmeId, { type: 'role-revoked', subject: 'kim', role: 'panel-chair', reason: 'r', revokedBy: 'root', at }), { programmeId, subject: 'kim', role: 'panel-chair', revokedBy: 'root', at }],
    ['programme-closed', message(programme, programmeId, { type: 'programme-closed', closedBy: 'kim', at }), { programmeId, at }],
    ['rulebook-enacted', message(rulebook, programmeId, { type: 'rulebook-enacted', programmeId, document: 'd', version: 1, text: '{}', digest, validFrom: '2026-03-01', validTo: null, reason: 'r', enactedBy: 'kim', at }), { programmeId, rulebookId: programmeId, version: 1, text: '{}', digest, validFrom: '2026-03-01', at }],
    ['call-published', message(call, callId, { type: 'call-published', ...terms, rulebook: { stream: 'r-1', revision: 0 }, rulebookDigest: digest, shortened: null, publishedBy: 'kim', at }), { ...belonging, title: name('Call'), rulebookDigest: digest, opensAt: later, deadline: deadlineAt, at }],
    ['call-opened', message(call, callId, { type: 'call-opened', programmeId, at }), { ...belonging, at }],
    ['call-closed', message(call, callId, { type: 'call-closed', programmeId, at: tooLate }), { ...belonging, at: tooLate }],
    [
      'screening-completed',
      message(call, callId, { type: 'screening-completed', programmeId, rulebookDigest: digest, candidates: [{ applicationId: id, ...submitted, members: [member], evidence: [{ stream: 'a-1', revision: 1 }] }], ineligible: [applicationId(2)], completedBy: 'kim', at }),
      { ...belonging, rulebookDigest: digest, candidates: [{ applicationId: id, ...submitted, members: [publicMember], evidence: [{ stream: 'a-1', revision: 1 }] }], ineligible: [applicationId(2)], at },
    ],
    [
      'application-submitted',
      message(application, id, { type: 'application-submitted', ...belonging, ...submitted, members: [member], proposalVersion: 1, proposalDigest: digest, attachments: [], submittedBy: 'lee', at }),
      { ...belonging, applicationId: id, ...submitted, members: [publicMember], proposalVersion: 1, proposalDigest: digest, at },
    ],
    [
      'eligibility-decided',
      message(application, id, { type: 'eligibility-decided', ...belonging, occasion: 'submission', outcome: 'ineligible', failedRules: ['in-time'], decision: { evaluator: 'eligibility', version: 1, rulebookDigest: digest, input: {}, references: [], seed: '', outcome: {} }, evidence: [], askedBy: 'lee', at }),
      { ...belonging, applicationId: id, occasion: 'submission', outcome: 'ineligible', failedRules: ['in-time'], at },
    ],
    ['application-withdrawn', message(application, id, { type: 'application-withdrawn', ...belonging, reason: 'r', withdrawnBy: 'lee', at }), { ...belonging, applicationId: id, at }],
    ['clock-followed', message(directory.clock, programmeId, { type: 'clock-followed', programmeId, to: later, at: later }), { programmeId, to: later, at: later }],
  ])('%s', (type, outgoing, data) => {
    expect(outgoing?.message).toMatchObject({ type: `applications.${type}.v1`, source: '/program-ledger/applications', sequence: '4', data });
    expect(Object.keys(outgoing?.message.data ?? {}).sort()).toEqual(Object.keys(data).sort());
  });

  test('is every public event of the contract, and no other', () => {
    const rows = [programme, rulebook, call, application, directory.clock].flatMap(({ events }) => Object.keys(events));
    const names = Object.keys(applicationsEvents).map((type) => type.replace(/^applications\.(.*)\.v1$/, '$1'));
    expect(names.map((type) => (type === 'programme-clock-set' ? 'clock-set' : type)).filter((type) => !rows.includes(type))).toEqual([]);
  });

  test('is nothing of a draft, of an organisation or of what a programme waits for', () => {
    const draft: ApplicationEvent = { type: 'member-removed', ...belonging, organisationId: organisationId(1), reason: 'r', removedBy: 'lee', at };
    expect(message(application, id, draft)).toBeNull();
    expect(message(organisation, organisationId(1), { type: 'representative-appointed', subject: 'lee', appointedBy: 'kim', at })).toBeNull();
    expect(message(programmeProcess, programmeId, { type: 'call-awaited', callId, at })).toBeNull();
  });
});

const shown = (issues: readonly Issue[]) => issues.map(({ aggregate, id: of, command }) => [aggregate.category, of, command]);

const reacted = (type: string, data: JsonObject) => {
  const envelope: Message = { id: uuidFrom('m'), type, source: '', subject: '', time: at, sequence: '0', key: '', correlationid: '', causationid: '', actor: 'service:review', data };
  return shown(reactions.filter((row) => row.type === type).flatMap((row) => row.react(row.schema.parse(data), envelope)));
};

describe('what follows from others', () => {
  const where = { programmeId, callId, roundId: 'presentation', at };
  const [first, second, third] = [applicationId(1), applicationId(2), applicationId(3)];
  const team = (of: string) => ({ applicationId: of, title: 't', rank: 1, members: [publicMember], requestedGpus: 8, openness: 'open', budget: '1', provenance: 'invented' });
  const tell = (of: string, outcome: string, about: string | null = null) => ['application', of, { type: 'tell-outcome', programmeId, outcome, roundId: 'presentation', about, at }];
  const mirror = (told: object) => ['call', callId, { type: 'mirror-review', programmeId, told, at }];
  const process = (command: object) => ['programmeProcess', programmeId, { ...command, at }];

  test.each(['applications', 'review', 'gpu-grants', 'funding'])('a clock that %s has followed is noted', (service) =>
    expect(reacted(`${service}.clock-followed.v1`, { programmeId, to: later, at })).toEqual([process({ type: 'note-clock-followed', service, to: later })]));

  test('a round before selection moves the call on, a later one does not', () => {
    expect(reacted('review.round-opened.v1', { ...where, kind: 'presentation', subjects: [] })).toEqual([mirror({ type: 'round-opened', roundId: 'presentation', kind: 'presentation' })]);
    expect(reacted('review.round-opened.v1', { ...where, kind: 'stage', subjects: [] })).toEqual([]);
  });
  test('a concluded round shortlists and rejects', () =>
    expect(reacted('review.round-concluded.v1', { ...where, advanced: [first], notAdvanced: [second], decidedBy: [] })).toEqual([tell(first, 'shortlisted'), tell(second, 'rejected')]));
  test('a selection tells the call, every application, and whom the programme waits for', () =>
    expect(reacted('review.selection-announced.v1', { ...where, selected: [team(first)], reserve: [second], rejected: [third], decidedBy: ['ahn'], rulebookDigest: digest, evidence: [] })).toEqual([
      mirror({ type: 'announced', roundId: 'presentation', decidedBy: ['ahn'], selected: [first], reserve: [second] }),
      tell(first, 'selected'),
      tell(second, 'reserve'),
      tell(third, 'rejected'),
      process({ type: 'await-teams', callId, teams: [first] }),
    ]));
  test('an objection window tells the call', () => {
    expect(reacted('review.objection-window-opened.v1', { ...where, until: later, parties: [] })).toEqual([mirror({ type: 'window-opened', roundId: 'presentation', until: later })]);
    expect(reacted('review.objection-window-closed.v1', { ...where, how: 'waived' })).toEqual([mirror({ type: 'window-closed', roundId: 'presentation', how: 'waived' })]);
  });
  test('an objection and its answer tell the application', () => {
    expect(reacted('review.objection-filed.v1', { ...where, objectionId: third, applicationId: first, filedAt: at })).toEqual([tell(first, 'objected', third)]);
    expect(reacted('review.objection-answered.v1', { ...where, objectionId: third, applicationId: first, outcome: 'upheld' })).toEqual([tell(first, 'upheld', third)]);
  });
  test('an added seat tells the call, the application and the programme', () =>
    expect(reacted('review.seat-added.v1', { ...where, team: team(second), authority: 'Notice 7', decidedBy: [] })).toEqual([
      mirror({ type: 'seat-added', roundId: 'presentation', applicationId: second, authority: 'Notice 7' }),
      tell(second, 'seated'),
      process({ type: 'await-added-team', callId, team: second }),
    ]));
  test.each([
    ['signed', { contributionByPhase: [], contributionTotal: '1' }],
    ['ended', { reason: 'r', early: true }],
    ['settled', { paid: '1', spent: '1', recovered: '0' }],
  ])('an agreement that is %s is noted', (what, data) =>
    expect(reacted(`funding.agreement-${what}.v1`, { programmeId, at, agreementId: callId, team: first, ...data })).toEqual([process({ type: `note-agreement-${what}`, team: first })]));
});

describe('what one stream means for another', () => {
  const followed = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(aggregate: Aggregate<State, Command, Event, Code>, streamId: string, event: Event) => {
    const { stream } = recorded(aggregate, streamId, event);
    const stored = { event, id: uuidFrom('e'), stream, revision: 0, position: 1n, metadata: {} };
    return shown(follows.filter(({ category, type }) => category === aggregate.category && type === event.type).flatMap((row) => row.react(stored as never)));
  };
  const process = (command: object) => [['programmeProcess', programmeId, { ...command, at }]];

  test('a clock that is set is waited for', () => expect(followed(programme, programmeId, { type: 'clock-set', to: later, followers: ['review'], setBy: 'kim', at })).toEqual(process({ type: 'await-clock', to: later, services: ['review'] })));
  test('a call is waited for until it is settled or void', () => {
    expect(followed(call, callId, { type: 'call-published', ...terms, rulebook: { stream: 'r-1', revision: 0 }, rulebookDigest: digest, shortened: null, publishedBy: 'kim', at })).toEqual(process({ type: 'await-call', callId }));
    expect(followed(call, callId, { type: 'call-settled', programmeId, roundId: 'presentation', at })).toEqual(process({ type: 'finish-call', callId, how: 'settled' }));
    expect(followed(call, callId, { type: 'call-voided', programmeId, reason: 'r', voidedBy: 'kim', at })).toEqual(process({ type: 'finish-call', callId, how: 'void' }));
  });
  test('a cleared closing closes the programme', () =>
    expect(followed(programmeProcess, programmeId, { type: 'closing-cleared', by: 'kim', at })).toEqual([['programme', programmeId, { type: 'close-programme', by: 'kim', at }]]));
});

test('names of rows are unique: command ids are made of them', () => {
  const names = [...reactions, ...follows].map((row) => row.name);
  expect(new Set(names).size).toBe(names.length);
});
