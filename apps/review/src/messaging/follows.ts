import { idOf, type StoredEvent } from '@program-ledger/event-sourcing';
import { follow, issue, type Follow, type Issue } from '@program-ledger/messaging';
import { assessment } from '../domain/assessment/assessment.decider.js';
import type { AssessmentEvent } from '../domain/assessment/assessment.events.js';
import { decision } from '../domain/decision/decision.decider.js';
import type { Outcome, OutcomeName } from '../domain/decision/decision.events.js';
import { docket } from '../domain/docket/docket.decider.js';
import { assessmentIdOf, roundKey } from '../domain/identities.js';
import { objection } from '../domain/objection/objection.decider.js';
import { panel } from '../domain/panel/panel.decider.js';
import type { Member } from '../domain/panel/panel.events.js';
import { whereOf, type Where } from '../domain/vocabulary.js';

const keyOf = ({ callId, roundId }: Where): string => roundKey(callId, roundId);

type Inviting = Where & { readonly at: string };

const invitations = ({ at, ...event }: Inviting, members: readonly Member[], subjects: readonly string[]): readonly Issue[] => {
  const where = whereOf(event);
  const { programmeId } = where;
  return members.flatMap(({ reviewerId, reviewer }) =>
    subjects.map((applicationId) =>
      issue(assessment, assessmentIdOf(keyOf(where), reviewerId, applicationId), {
        type: 'invite-reviewer',
        programmeId,
        where,
        reviewerId,
        reviewer,
        applicationId,
        at,
      }),
    ),
  );
};

/** The decision, as the docket has to know it: who goes on, and who waits for a seat. */
const ranked = (outcomes: readonly Outcome[], names: readonly OutcomeName[]) =>
  outcomes.flatMap(({ applicationId, outcome, score }) => (names.includes(outcome) && score !== null ? [{ applicationId, rank: score.rank }] : []));

type Judged = StoredEvent<Extract<AssessmentEvent, { type: 'conflict-declared' | 'reviewer-excluded' | 'conflict-cleared' | 'exclusion-overridden' }>>;

/** A declared conflict excludes, until it is cleared or overridden. */
const standing = (type: 'note-exclusion' | 'note-readmission', { stream, event }: Judged): readonly Issue[] => [
  issue(panel, keyOf(event), { type, programmeId: event.programmeId, assessmentId: idOf(stream), at: event.at }),
];

/** What one stream of this service means for another. Each row acts once, in order, and goes on where it was after a crash. */
export const follows: readonly Follow[] = [
  follow('invite-panel', panel, 'panel-convened', ({ event }) => invitations(event, event.members, event.subjects)),
  follow('invite-member', panel, 'panel-member-added', ({ event }) => invitations(event, [event.member], event.subjects)),
  follow('note-declaration', assessment, 'conflict-declared', (stored) => standing('note-exclusion', stored)),
  follow('note-exclusion', assessment, 'reviewer-excluded', (stored) => standing('note-exclusion', stored)),
  follow('note-clearance', assessment, 'conflict-cleared', (stored) => standing('note-readmission', stored)),
  follow('note-override', assessment, 'exclusion-overridden', (stored) => standing('note-readmission', stored)),
  follow('note-seal', assessment, 'scores-sealed', ({ stream, revision, event: { seal, at, ...event } }) => [
    issue(panel, keyOf(event), {
      type: 'note-seal',
      programmeId: event.programmeId,
      assessmentId: idOf(stream),
      commitment: seal.commitment,
      seal: { stream, revision },
      at,
    }),
  ]),
  follow('end-scoring', panel, 'scoring-closed', ({ event: { programmeId, assessments, at } }) =>
    assessments.map((id) => issue(assessment, id, { type: 'end-scoring', programmeId, at })),
  ),
  follow('open-seals', panel, 'scores-opened', ({ stream, revision, event: { programmeId, key, opened, at } }) =>
    opened.map(({ assessmentId, scores }) => issue(assessment, assessmentId, { type: 'open-seal', programmeId, key, scores, panel: { stream, revision }, at })),
  ),
  follow('note-decision', decision, 'decision-announced', ({ stream, revision, event }) => [
    issue(docket, event.callId, {
      type: 'note-decision',
      where: whereOf(event),
      notice: event.notice,
      forward: ranked(event.outcomes, ['advanced', 'selected', 'passed']),
      reserve: ranked(event.outcomes, ['reserve']),
      decidedBy: event.decidedBy,
      decision: { stream, revision },
      at: event.at,
    }),
  ]),
  follow('note-settlement', decision, 'objection-window-closed', ({ event }) => [
    issue(docket, event.callId, { type: 'note-settlement', where: whereOf(event), how: event.how, at: event.at }),
  ]),
  follow('file-objection', decision, 'objection-received', ({ event }) => {
    const { objectionId, applicationId, notice, grounds, filedBy, answerBy, at } = event;
    return [issue(objection, objectionId, { type: 'file-objection', where: whereOf(event), applicationId, notice, grounds, filedBy, answerBy, at })];
  }),
  follow('note-answer', objection, 'objection-answered', ({ stream, event: { answer, at, ...event } }) => [
    issue(decision, keyOf(event), {
      type: 'note-answer',
      programmeId: event.programmeId,
      objectionId: idOf(stream),
      outcome: answer.outcome,
      effect: answer.outcome === 'upheld' ? answer.effect : null,
      at,
    }),
  ]),
];
