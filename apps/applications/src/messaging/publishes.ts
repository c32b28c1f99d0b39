import { applicationsEvents, type ApplicationsEvent } from '@program-ledger/contracts/applications';
import { publishes, publishing, type Publishes } from '@program-ledger/messaging';
import { application } from '../domain/application/application.decider.js';
import type { ApplicationEvent } from '../domain/application/application.events.js';
import { call } from '../domain/call/call.decider.js';
import type { CallEvent } from '../domain/call/call.events.js';
import type { ConsortiumMember } from '../domain/consortium.js';
import { organisation } from '../domain/organisation/organisation.decider.js';
import type { OrganisationEvent } from '../domain/organisation/organisation.events.js';
import { programme } from '../domain/programme/programme.decider.js';
import type { ProgrammeEvent } from '../domain/programme/programme.events.js';
import { programmeProcess } from '../domain/programme-process/programme-process.decider.js';
import type { ProgrammeProcessEvent } from '../domain/programme-process/programme-process.events.js';
import { rulebook } from '../domain/rulebook/rulebook.decider.js';
import type { RulebookEvent } from '../domain/rulebook/rulebook.events.js';
import { directory } from './directory.js';

const programmes: Publishes<ProgrammeEvent, ApplicationsEvent> = {
  'programme-created': ({ title, timeZone, rehearsal, provenance, startsAt, at }, { id: programmeId }) => ({
    type: 'applications.programme-created.v1',
    programmeId,
    title,
    timeZone,
    rehearsal,
    provenance,
    startsAt,
    at,
  }),
  'clock-set': ({ to, at }, { id: programmeId }) => ({ type: 'applications.programme-clock-set.v1', programmeId, to, at }),
  'role-granted': ({ subject, role, grantedBy, at }, { id: programmeId }) => ({ type: 'applications.role-granted.v1', programmeId, subject, role, grantedBy, at }),
  'role-revoked': ({ subject, role, revokedBy, at }, { id: programmeId }) => ({ type: 'applications.role-revoked.v1', programmeId, subject, role, revokedBy, at }),
  'programme-closed': ({ at }, { id: programmeId }) => ({ type: 'applications.programme-closed.v1', programmeId, at }),
};

/** What a programme waits for is what others said: it goes back to nobody. */
const programmeProcesses: Publishes<ProgrammeProcessEvent, ApplicationsEvent> = {
  'clock-awaited': null,
  'clock-followed': null,
  'call-awaited': null,
  'call-finished': null,
  'team-awaited': null,
  'team-signed': null,
  'team-finished': null,
  'closing-cleared': null,
};

const rulebooks: Publishes<RulebookEvent, ApplicationsEvent> = {
  'rulebook-enacted': ({ programmeId, version, text, digest, validFrom, validTo, at }, { id: rulebookId }) => ({
    type: 'applications.rulebook-enacted.v1',
    programmeId,
    rulebookId,
    version,
    text,
    digest,
    validFrom,
    ...(validTo === null ? {} : { validTo }),
    at,
  }),
};

/** What is known of an organisation leaves with the applications that it takes part in, as it was known then. */
const organisations: Publishes<OrganisationEvent, ApplicationsEvent> = {
  'organisation-registered': null,
  'representative-appointed': null,
  'representative-removed': null,
  'fact-stated': null,
  'fact-ended': null,
  'fact-corrected': null,
};

const calls: Publishes<CallEvent, ApplicationsEvent> = {
  'call-drafted': null,
  'call-revised': null,
  'call-published': ({ programmeId, title, rulebookDigest, opensAt, deadlineAt, at }, { id: callId }) => ({
    type: 'applications.call-published.v1',
    programmeId,
    callId,
    title,
    rulebookDigest,
    opensAt,
    deadline: deadlineAt,
    at,
  }),
  'call-opened': ({ programmeId, at }, { id: callId }) => ({ type: 'applications.call-opened.v1', programmeId, callId, at }),
  'call-closed': ({ programmeId, at }, { id: callId }) => ({ type: 'applications.call-closed.v1', programmeId, callId, at }),
  'screening-started': null,
  'screening-completed': ({ programmeId, rulebookDigest, candidates, ineligible, at }, { id: callId }) => ({
    type: 'applications.screening-completed.v1',
    programmeId,
    callId,
    rulebookDigest,
    candidates: candidates.map(({ members, evidence, ...candidate }) => ({ ...candidate, members: members.map(publicMember), evidence: [...evidence] })),
    ineligible: [...ineligible],
    at,
  }),
  // Nobody outside has been told of a candidate when a call is voided.
  'call-voided': null,
  // What the review service told.
  'review-round-opened': null,
  'call-decided': null,
  'call-announced': null,
  'objection-window-opened': null,
  'objection-window-closed': null,
  'call-settled': null,
  'seat-added': null,
};

const applications: Publishes<ApplicationEvent, ApplicationsEvent> = {
  // Until it is submitted an application is its consortium's own.
  'application-started': null,
  'member-invited': null,
  'invitation-accepted': null,
  'invitation-declined': null,
  'member-removed': null,
  'proposal-saved': null,
  'attachment-added': null,
  'attachment-removed': null,
  'application-submitted': (event, { id: applicationId }) => {
    const { programmeId, callId, title, members, requestedGpus, openness, budget, proposalVersion, proposalDigest, provenance, at } = event;
    const submitted = { programmeId, callId, applicationId, title, requestedGpus, openness, budget, proposalVersion, proposalDigest, provenance, at };
    return { type: 'applications.application-submitted.v1', ...submitted, members: members.map(publicMember) };
  },
  'eligibility-decided': ({ programmeId, callId, occasion, outcome, failedRules, at }, { id: applicationId }) => ({
    type: 'applications.eligibility-decided.v1',
    programmeId,
    callId,
    applicationId,
    occasion,
    outcome,
    failedRules: [...failedRules],
    at,
  }),
  'application-withdrawn': ({ programmeId, callId, at }, { id: applicationId }) => ({ type: 'applications.application-withdrawn.v1', programmeId, callId, applicationId, at }),
  'outcome-told': null,
};

const publicMember = ({ kind, size, representatives, ...member }: ConsortiumMember) => ({
  ...member,
  ...(kind === null ? {} : { kind }),
  ...(size === null ? {} : { size }),
  representatives: [...representatives],
});

export const published = publishing('applications', applicationsEvents, [
  publishes(programme, programmes),
  publishes(programmeProcess, programmeProcesses),
  publishes(rulebook, rulebooks),
  publishes(organisation, organisations),
  publishes(call, calls),
  publishes(application, applications),
  directory.published,
]);
