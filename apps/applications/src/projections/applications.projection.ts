import { idOf, type StoredEvent } from '@program-ledger/event-sourcing';
import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import type { DecisionRecord } from '@program-ledger/rulebook';
import type { ApplicationEvent, Occasion, Proposal } from '../domain/application/application.events.js';
import { applicationStream, type ExistingApplication } from '../domain/application/application.state.js';
import type { EventReference } from '../domain/vocabulary.js';
import { everyEvent, ordinal } from './every-event.js';

const applicationsTable = viewTable({
  name: 'applications',
  columns: {
    applicationId: 'uuid',
    programmeId: 'uuid',
    callId: 'uuid',
    status: 'text',
    lead: 'uuid',
    submitted: 'boolean',
    search: 'text',
    state: json<ExistingApplication>(),
  },
  indexes: [
    ['programmeId', 'status'],
    ['callId', 'submitted'],
    ['lead'],
  ],
});

/** Every application as it stands. */
export const applications = view({
  name: 'applications',
  table: applicationsTable,
  aggregates: [applicationStream],
  on: everyEvent<RowOf<typeof applicationsTable>, ApplicationEvent>(applicationStream.events, (row, { event, stream }) => {
    const state = applicationStream.evolve(row?.state ?? applicationStream.initial, event);
    if (state.status === 'absent') return undefined;
    const { programmeId, callId, status, title, members } = state;
    const search = [title, ...members.flatMap(({ name }) => [name.ko, name.en])].join('\n');
    const lead = members.find(({ role }) => role === 'lead')?.organisationId ?? '';
    return { applicationId: idOf(stream), programmeId, callId, status, lead, submitted: state.submission !== null, search, state };
  }),
});

const membershipsTable = viewTable({
  name: 'memberships',
  columns: { programmeId: 'uuid', applicationId: 'uuid', organisationId: 'uuid' },
  indexes: [['organisationId']],
});

/** Which organisations take part in which application, or are asked to: their representatives may see it. */
export const memberships = view({
  name: 'memberships',
  table: membershipsTable,
  aggregates: [applicationStream],
  key: ({ event, stream }) => {
    const organisationId = event.type === 'application-started' ? event.lead.organisationId : 'organisationId' in event ? event.organisationId : undefined;
    return organisationId === undefined ? [] : `${idOf(stream)}.${organisationId}`;
  },
  on: {
    'application-started': (_, { event, stream }) => ({ programmeId: event.programmeId, applicationId: idOf(stream), organisationId: event.lead.organisationId }),
    'member-invited': (_, { event, stream }) => ({ programmeId: event.programmeId, applicationId: idOf(stream), organisationId: event.organisationId }),
    'invitation-declined': () => null,
    'member-removed': () => null,
  },
});

const decisionsTable = viewTable({
  name: 'eligibility_decisions',
  columns: {
    programmeId: 'uuid',
    applicationId: 'uuid',
    at: 'instant',
    askedBy: 'text',
    decided: json<{
      readonly revision: number;
      readonly occasion: Occasion;
      readonly outcome: 'eligible' | 'ineligible';
      readonly failedRules: readonly string[];
      readonly evidence: readonly EventReference[];
      readonly decision: DecisionRecord;
    }>(),
  },
  indexes: [['applicationId']],
});

/** Every check of eligibility, with everything that it takes to evaluate it again. */
export const eligibilityDecisions = view({
  name: 'eligibility-decisions',
  table: decisionsTable,
  aggregates: [applicationStream],
  key: ({ stream, revision }) => keyed(stream, revision),
  on: {
    'eligibility-decided': (_, { event: { programmeId, occasion, outcome, failedRules, decision, evidence, askedBy, at }, stream, revision }) => ({
      programmeId,
      applicationId: idOf(stream),
      at,
      askedBy,
      decided: { revision, occasion, outcome, failedRules, evidence, decision },
    }),
  },
});

const proposalsTable = viewTable({
  name: 'proposals',
  columns: { programmeId: 'uuid', applicationId: 'uuid', version: 'integer', digest: 'text', savedBy: 'text', savedAt: 'instant', proposal: json<Proposal>() },
  indexes: [['applicationId']],
});

/** Every version of every proposal. */
export const proposals = view({
  name: 'proposals',
  table: proposalsTable,
  aggregates: [applicationStream],
  key: (stored: StoredEvent<ApplicationEvent>) => (stored.event.type === 'proposal-saved' ? keyed(stored.stream, stored.event.version) : []),
  on: {
    'proposal-saved': (_, { event: { programmeId, version, digest, savedBy, proposal, at }, stream }) => ({
      programmeId,
      applicationId: idOf(stream),
      version,
      digest,
      savedBy,
      savedAt: at,
      proposal,
    }),
  },
});

const keyed = (stream: string, number: number): string => `${idOf(stream)}.${ordinal(number)}`;

/** Key of one version of a proposal. */
export const proposalKey = (applicationId: string, version: number): string => `${applicationId}.${ordinal(version)}`;
