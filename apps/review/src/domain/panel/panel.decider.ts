import { reject, streamOf, type Aggregate } from '@program-ledger/event-sourcing';
import { assessmentIdOf, roundKey } from '../identities.js';
import { reviewLimits, whereOf, type Where } from '../vocabulary.js';
import { commitmentTo } from './commitment.js';
import type { Asked, Candidate, Convened, Expected, Panel, PanelCommand, PanelRejection, Party } from './panel.commands.js';
import { panelEvents, type Member, type PanelEvent } from './panel.events.js';
import { rank } from './ranking.js';

const decide = (command: PanelCommand, panel: Panel) => {
  if (command.type === 'convene-panel') return convene(command, panel);
  if (panel.status === 'absent' || panel.where.programmeId !== command.programmeId) return reject('unknown-panel');
  return decideConvened(command, panel);
};

const decideConvened = (command: Exclude<PanelCommand, { type: 'convene-panel' }>, panel: Convened) => {
  switch (command.type) {
    case 'add-panel-member':
      return addMember(command, panel);
    case 'lay-evidence':
      return layEvidence(command, panel);
    case 'note-seal':
      return noteSeal(command, panel);
    case 'note-exclusion':
    case 'note-readmission':
      return noteStanding(command, panel);
    case 'close-scoring':
      return closeScoring(command, panel);
    case 'open-scores':
      return openScores(command, panel);
  }
};

const convene = (command: Asked<'convene-panel'>, panel: Panel) => {
  const { where, round, purpose, rulebookDigest, parties, members, chair, by, at } = command;
  if (panel.status !== 'absent') return reject('already-convened');
  const refused = wrongMembers(command);
  if (refused !== null) return refused;
  const seated = members.flatMap(seat);
  const chairing = seated.find(({ reviewerId }) => reviewerId === chair);
  if (chairing === undefined) return reject('chair-not-a-member');
  const subjects = parties.map(({ applicationId }) => applicationId);
  const {
    kind,
    panel: { quorum },
  } = round;
  return [
    {
      type: 'panel-convened',
      ...whereOf(where),
      kind,
      purpose,
      subjects,
      members: seated,
      chair: chairing.reviewer,
      quorum,
      rulebookDigest,
      convenedBy: by,
      at,
    } as const,
  ];
};

const wrongMembers = ({ round, parties, members }: Asked<'convene-panel'>) => {
  if (members.length !== round.panel.size) return reject('wrong-size', { size: round.panel.size, given: members.length });
  if (members.length * parties.length > reviewLimits.panelAssessmentsMax) return reject('too-many-assessments', { max: reviewLimits.panelAssessmentsMax });
  if (new Set(members.map(({ reviewerId }) => reviewerId)).size !== members.length) return reject('member-twice');
  return members.map((member) => unfit(member, parties)).find((reason) => reason !== null) ?? null;
};

const unfit = ({ reviewerId, reviewer }: Candidate, parties: readonly Party[]) => {
  if (reviewer.status !== 'active') return reject('reviewer-unavailable', { reviewerId, status: reviewer.status });
  const own = parties.find(({ representatives }) => representatives.includes(reviewer.subject));
  return own === undefined ? null : reject('member-is-party', { reviewerId, applicationId: own.applicationId });
};

const seat = ({ reviewerId, reviewer }: Candidate): readonly Member[] =>
  reviewer.status === 'active' ? [{ reviewerId, reviewer: reviewer.subject, pool: reviewer.profile.pool }] : [];

/** When exclusions leave too few: one more, with the reason on record. */
const addMember = ({ parties, member, reason, by, at }: Asked<'add-panel-member'>, panel: Convened) => {
  if (panel.status !== 'scoring') return reject('scoring-closed');
  if (panel.members.some(({ reviewerId }) => reviewerId === member.reviewerId)) return reject('member-twice');
  if ((panel.members.length + 1) * panel.subjects.length > reviewLimits.panelAssessmentsMax)
    return reject('too-many-assessments', { max: reviewLimits.panelAssessmentsMax });
  const refused = unfit(member, parties);
  if (refused !== null) return refused;
  return seat(member).map(
    (added) => ({ type: 'panel-member-added', ...whereOf(panel.where), member: added, subjects: panel.subjects, reason, addedBy: by, at }) as const,
  );
};

const layEvidence = ({ applicationId, title, digest, mayLay, by, at }: Asked<'lay-evidence'>, panel: Convened) => {
  if (!mayLay.includes(by)) return reject('not-a-representative', { applicationId });
  if (!panel.subjects.includes(applicationId)) return reject('unknown-subject', { applicationId });
  if (panel.digests.includes(digest)) return [];
  return [
    {
      type: panel.status === 'scoring' ? 'evidence-laid' : 'evidence-came-late',
      ...whereOf(panel.where),
      applicationId,
      title,
      digest,
      laidBy: by,
      at,
    } as const,
  ];
};

const noteSeal = ({ assessmentId, commitment, seal, at }: Asked<'note-seal'>, panel: Convened) => {
  const expected = panel.assessments.find((each) => each.assessmentId === assessmentId);
  if (expected === undefined || expected.sealed !== null) return [];
  return [{ type: panel.status === 'scoring' ? 'seal-noted' : 'seal-came-late', ...whereOf(panel.where), assessmentId, commitment, seal, at } as const];
};

/** Until the opening: an exclusion found late still takes the scores out before anybody has seen them. */
const noteStanding = ({ type, assessmentId, at }: Asked<'note-exclusion' | 'note-readmission'>, panel: Convened) => {
  const expected = panel.assessments.find((each) => each.assessmentId === assessmentId);
  const excludes = type === 'note-exclusion';
  if (expected === undefined || panel.status === 'opened' || expected.excluded === excludes) return [];
  return [{ type: excludes ? 'exclusion-noted' : 'readmission-noted', ...whereOf(panel.where), assessmentId, at } as const];
};

const closeScoring = ({ leftOut, by, at }: Asked<'close-scoring'>, panel: Convened) => {
  if (by !== panel.chair) return reject('not-the-chair');
  if (panel.status !== 'scoring') return reject('scoring-closed');
  const left = new Set(leftOut.map(({ assessmentId }) => assessmentId));
  const stranger = leftOut.find(({ assessmentId }) => !panel.assessments.some((each) => each.assessmentId === assessmentId && each.sealed === null));
  if (stranger !== undefined) return reject('unknown-assessment', { assessmentId: stranger.assessmentId });
  const outstanding = panel.assessments.filter(({ assessmentId, excluded, sealed }) => !excluded && sealed === null && !left.has(assessmentId));
  if (outstanding.length > 0)
    return reject('assessments-outstanding', { count: outstanding.length, assessments: outstanding.slice(0, 20).map(({ assessmentId }) => assessmentId) });
  return (
    belowQuorum(panel) ?? [
      {
        type: 'scoring-closed',
        ...whereOf(panel.where),
        assessments: panel.assessments.map(({ assessmentId }) => assessmentId),
        leftOut,
        closedBy: by,
        at,
      } as const,
    ]
  );
};

const counted = (panel: Convened): readonly Expected[] => panel.assessments.filter(({ excluded, leftOut, sealed }) => !excluded && !leftOut && sealed !== null);

const belowQuorum = (panel: Convened) => {
  const byCount = counted(panel);
  const short = panel.subjects.find((subject) => byCount.filter(({ applicationId }) => applicationId === subject).length < panel.quorum);
  return short === undefined ? null : reject('below-quorum', { applicationId: short, quorum: panel.quorum });
};

/** All that were sealed in time and no other, each equal to what was sealed: nothing can be exchanged between seal and opening. */
const openScores = ({ key, opened, rulebook, seed, by, at }: Asked<'open-scores'>, panel: Convened) => {
  if (by !== panel.chair) return reject('not-the-chair');
  if (panel.status === 'scoring') return reject('scoring-open');
  if (panel.status === 'opened') return reject('already-opened');
  if (rulebook.digest !== panel.rulebookDigest) return reject('rulebook-differs', { inForce: panel.rulebookDigest });
  const short = belowQuorum(panel);
  if (short !== null) return short;
  const expected = counted(panel);
  const matches = expected.filter(({ assessmentId, reviewerId, applicationId, sealed }) =>
    opened.some(
      (each) =>
        each.assessmentId === assessmentId &&
        each.reviewerId === reviewerId &&
        each.applicationId === applicationId &&
        commitmentTo(each) === sealed?.commitment,
    ),
  );
  if (matches.length !== expected.length || opened.length !== expected.length)
    return reject('seals-differ', { expected: expected.length, matching: matches.length, given: opened.length });
  const where = whereOf(panel.where);
  const opening = { stream: streamOf('panel', roundKey(where.callId, where.roundId)), revision: panel.revision + 1 };
  const decision = rank({ rulebook, roundId: where.roundId, subjects: panel.subjects, opened, opening, seed });
  return [
    { type: 'scores-opened', ...where, key, opened, openedBy: by, at } as const,
    { type: 'ranked', ...where, purpose: panel.purpose, decision, at } as const,
  ];
};

const evolve = (panel: Panel, event: PanelEvent): Panel => {
  if (event.type === 'panel-convened') {
    const { purpose, rulebookDigest, subjects, members, chair, quorum } = event;
    const assessments = members.flatMap((each) => expectedOf(event, each, subjects));
    return {
      status: 'scoring',
      where: whereOf(event),
      purpose,
      rulebookDigest,
      subjects,
      members,
      chair,
      quorum,
      assessments,
      digests: [],
      revision: 0,
      ranked: null,
    };
  }
  return panel.status === 'absent' ? panel : { ...evolved(panel, event), revision: panel.revision + 1 };
};

const evolved = (panel: Convened, event: Exclude<PanelEvent, { type: 'panel-convened' }>): Convened => {
  if ('assessmentId' in event) return withAssessment(panel, event.assessmentId, changeBy(event));
  switch (event.type) {
    case 'panel-member-added':
      return { ...panel, members: [...panel.members, event.member], assessments: [...panel.assessments, ...expectedOf(event, event.member, event.subjects)] };
    case 'evidence-laid':
    case 'evidence-came-late':
      return { ...panel, digests: [...panel.digests, event.digest] };
    case 'scoring-closed':
      return { ...event.leftOut.reduce((next, { assessmentId }) => withAssessment(next, assessmentId, { leftOut: true }), panel), status: 'closed' };
    case 'scores-opened':
      return { ...panel, status: 'opened' };
    case 'ranked':
      return { ...panel, ranked: { decision: event.decision, revision: panel.revision + 1 } };
  }
};

const changeBy = (event: Extract<PanelEvent, { assessmentId: string }>): Partial<Expected> => {
  switch (event.type) {
    case 'seal-noted':
      return { sealed: { commitment: event.commitment, seal: event.seal } };
    case 'seal-came-late':
      return { leftOut: true, sealed: { commitment: event.commitment, seal: event.seal } };
    case 'exclusion-noted':
      return { excluded: true };
    case 'readmission-noted':
      return { excluded: false };
  }
};

const expectedOf = ({ callId, roundId }: Where, { reviewerId, reviewer }: Member, subjects: readonly string[]): readonly Expected[] =>
  subjects.map((applicationId) => ({
    assessmentId: assessmentIdOf(roundKey(callId, roundId), reviewerId, applicationId),
    reviewerId,
    reviewer,
    applicationId,
    excluded: false,
    leftOut: false,
    sealed: null,
  }));

const withAssessment = (panel: Convened, assessmentId: string, change: Partial<Expected>): Convened => ({
  ...panel,
  assessments: panel.assessments.map((each) => (each.assessmentId === assessmentId ? { ...each, ...change } : each)),
});

/** Who judges one round of one call, whose seals it has, and their opening all at once. */
export const panel: Aggregate<Panel, PanelCommand, PanelEvent, PanelRejection> = {
  category: 'panel',
  events: panelEvents,
  initial: { status: 'absent' },
  evolve,
  decide,
};
