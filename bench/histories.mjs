// Histories as the services' own aggregates decide them, for the views that are built anew from them.
import { application } from '../apps/applications/dist/domain/application/application.decider.js';
import { memberships } from '../apps/applications/dist/projections/applications.projection.js';
import { grant } from '../apps/gpu-grants/dist/domain/grant/grant.decider.js';
import { grants } from '../apps/gpu-grants/dist/projections/grants.projection.js';
import { encodeEvent, isRejection, uuidFrom } from '../libs/event-sourcing/dist/index.js';

const programmeId = uuidFrom('bench', 'programme');
const callId = uuidFrom('bench', 'call');
const instant = (minute) => new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();
const digest = `sha256:${'5'.repeat(64)}`;

/** What the pool, the agreement and the operator ask of one grant in its life. */
const lifeOfGrant = (grantId) => {
  const reference = { stream: `pool-${programmeId}`, revision: 1 };
  const days = { from: '2026-01-01', to: '2026-06-30' };
  const term = { programmeId, grantId, team: uuidFrom(grantId, 'team'), phase: 'phase-1', gpus: 256, ...days, evaluatedBy: 'stage-1' };
  const authority = { kind: 'selection', ...reference };
  return [
    { type: 'reserve', ...term, model: 'B200', rulebookDigest: digest, authority, regrantedFrom: null, later: [] },
    { type: 'permit', agreement: reference },
    { type: 'deliver', note: 'racks 1 to 32' },
    { type: 'take-back', how: 'returned', reason: 'the phase has ended' },
  ];
};

/** A lead and three members, four versions of the proposal, two attachments. */
const lifeOfApplication = (applicationId) => {
  const asked = { programmeId, by: 'bench-lead' };
  const member = (name, shareBasisPoints) => ({
    organisationId: uuidFrom(applicationId, name),
    name: { ko: `${name} 연구소`, en: `Institute ${name}` },
    task: 'development',
    shareBasisPoints,
  });
  const invited = ['b', 'c', 'd'].map((name) => member(name, 2_000));
  const proposal = (version) => ({
    title: 'An invented model',
    field: 'biology',
    method: 'pre-training from scratch',
    services: 2,
    summary: `Version ${version}. ${'What is proposed, and why it matters. '.repeat(12)}`,
    requestedGpus: 256,
    openness: 'open-weights',
    budget: '1000000000',
  });
  const attachment = (name) => ({ name, mediaType: 'application/pdf', bytes: 120_000, digest });
  return [
    {
      type: 'start-application',
      ...asked,
      callId,
      callOpened: true,
      title: 'An invented model',
      lead: member('a', 4_000),
      provenance: 'invented',
      rehearsal: true,
    },
    ...invited.map((part) => ({ type: 'invite-member', ...asked, ...part })),
    ...invited.map(({ organisationId }) => ({ type: 'accept-invitation', ...asked, organisationId })),
    ...[1, 2, 3, 4].map((version) => ({ type: 'save-proposal', ...asked, proposal: proposal(version) })),
    ...['plan.pdf', 'budget.pdf'].map((name) => ({ type: 'add-attachment', ...asked, attachment: attachment(name) })),
    { type: 'withdraw-application', ...asked, reason: 'invented, and over' },
  ];
};

/** A view, the aggregate it reads, and what is asked of each of its streams. */
export const histories = {
  grants: { view: grants, aggregate: grant, lifeOf: lifeOfGrant },
  memberships: { view: memberships, aggregate: application, lifeOf: lifeOfApplication },
};

/** The events of one stream, ready to be appended. */
export const historyOf = ({ aggregate, lifeOf }, id, minute) => {
  let state = aggregate.initial;
  return lifeOf(id).flatMap((asked, index) => {
    const decided = aggregate.decide({ ...asked, at: instant(minute + index) }, state);
    if (isRejection(decided)) throw new Error(`${asked.type} is refused: ${decided.rejected}`);
    return decided.map((event) => {
      state = aggregate.evolve(state, event);
      const commandId = uuidFrom(id, String(index));
      const context = {
        recordedAt: instant(minute),
        commandId,
        commandDigest: digest,
        correlationId: commandId,
        causationId: commandId,
        actor: 'bench-operator',
        role: 'gpu-operator',
        rulebookDigest: digest,
      };
      return encodeEvent(event, aggregate.events[event.type], uuidFrom(commandId, 'event'), context);
    });
  });
};
