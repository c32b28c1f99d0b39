import { reviewEvents, type ReviewEvent, type ReviewEvents } from '@program-ledger/contracts/review';
import { publishes, publishing, type Publishes } from '@program-ledger/messaging';
import { rankingOutcome } from '@program-ledger/rulebook';
import { assessment } from '../domain/assessment/assessment.decider.js';
import type { AssessmentEvent } from '../domain/assessment/assessment.events.js';
import { decision } from '../domain/decision/decision.decider.js';
import type { DecisionEvent, Outcome, OutcomeName } from '../domain/decision/decision.events.js';
import { docket } from '../domain/docket/docket.decider.js';
import type { DocketEvent, Team } from '../domain/docket/docket.events.js';
import { objection } from '../domain/objection/objection.decider.js';
import type { ObjectionEvent } from '../domain/objection/objection.events.js';
import { panel } from '../domain/panel/panel.decider.js';
import type { PanelEvent } from '../domain/panel/panel.events.js';
import { reviewer } from '../domain/reviewer/reviewer.decider.js';
import type { ReviewerEvent } from '../domain/reviewer/reviewer.events.js';
import { ruleText } from '../domain/rule-text/rule-text.decider.js';
import type { RuleTextEvent } from '../domain/rule-text/rule-text.events.js';
import { whereOf } from '../domain/vocabulary.js';
import { directory } from './directory.js';

/** Who the reviewers are stays here; only what was decided leaves. */
const reviewers: Publishes<ReviewerEvent, ReviewEvent> = { 'reviewer-registered': null, 'reviewer-corrected': null, 'reviewer-retired': null };

const ruleTexts: Publishes<RuleTextEvent, ReviewEvent> = { 'rule-text-received': null };

const dockets: Publishes<DocketEvent, ReviewEvent> = {
  'candidates-received': null,
  'candidate-withdrawn': null,
  'round-opened': (event) => ({ type: 'review.round-opened.v1', ...whereOf(event), kind: event.kind, subjects: [...event.subjects], at: event.at }),
  // The decision itself is published from its own stream.
  'round-decided': null,
  'round-settled': null,
  'seat-added': (event) => {
    const { authority, replaces, decidedBy, at } = event;
    return {
      type: 'review.seat-added.v1',
      ...whereOf(event),
      team: publicTeam(event.team),
      authority,
      ...(replaces === null ? {} : { replaces }),
      decidedBy: [...decidedBy],
      at,
    };
  },
};

const panels: Publishes<PanelEvent, ReviewEvent> = {
  'panel-convened': null,
  'panel-member-added': null,
  'evidence-laid': null,
  'evidence-came-late': null,
  'seal-noted': null,
  'seal-came-late': null,
  'exclusion-noted': null,
  'readmission-noted': null,
  'scoring-closed': null,
  // The key and the single scores are for those who may read them here; what leaves is the ranking.
  'scores-opened': null,
  ranked: (event) => {
    const { ranking } = rankingOutcome.parse(event.decision.outcome);
    return {
      type: 'review.scores-opened.v1',
      ...whereOf(event),
      ranking: ranking.map(({ subject, total, rank }) => ({ applicationId: subject, total, rank })),
      at: event.at,
    };
  },
};

const assessments: Publishes<AssessmentEvent, ReviewEvent> = {
  'assessment-invited': null,
  'no-conflict-declared': null,
  'conflict-declared': null,
  'conflict-cleared': null,
  'reviewer-excluded': null,
  'exclusion-overridden': null,
  'scores-sealed': null,
  'scoring-ended': null,
  'seal-opened': null,
};

const decisions: Publishes<DecisionEvent, ReviewEvent> = {
  'committee-convened': null,
  'gate-recorded': null,
  'gates-decided': null,
  'decision-proposed': null,
  'vote-cast': null,
  'decision-confirmed': null,
  'proposal-defeated': null,
  'decision-announced': (event) => announced(event),
  'objection-window-opened': (event) => ({
    type: 'review.objection-window-opened.v1',
    ...whereOf(event),
    until: event.until,
    parties: [...event.parties],
    at: event.at,
  }),
  'objection-waived': null,
  // Published as filed, from the objection's own stream.
  'objection-received': null,
  'objection-answer-noted': null,
  'objection-window-lapsed': null,
  'deliberation-reopened': null,
  'objection-window-closed': (event) => ({ type: 'review.objection-window-closed.v1', ...whereOf(event), how: event.how, at: event.at }),
};

const objections: Publishes<ObjectionEvent, ReviewEvent> = {
  'objection-filed': (event, { id }) => ({
    type: 'review.objection-filed.v1',
    ...whereOf(event),
    objectionId: id,
    applicationId: event.applicationId,
    filedAt: event.at,
    at: event.at,
  }),
  'objection-answered': (event, { id }) => ({
    type: 'review.objection-answered.v1',
    ...whereOf(event),
    objectionId: id,
    applicationId: event.applicationId,
    outcome: event.answer.outcome,
    at: event.at,
  }),
};

type Announced = Extract<DecisionEvent, { type: 'decision-announced' }>;

/** One announcement, by what its round was for. A corrected decision is published like the first: the later one holds. */
const announced = (event: Announced): ReviewEvent => {
  const { kind, outcomes, at } = event;
  const decidedBy = [...event.decidedBy];
  const named = (name: OutcomeName): string[] => outcomes.flatMap(({ applicationId, outcome }) => (outcome === name ? [applicationId] : []));
  switch (event.purpose) {
    case 'advance':
      return { type: 'review.round-concluded.v1', ...whereOf(event), advanced: named('advanced'), notAdvanced: named('not-advanced'), decidedBy, at };
    case 'selection':
      return selection(event, named);
    case 'stage':
    case 'final':
      return {
        type: 'review.stage-decided.v1',
        ...whereOf(event),
        kind: kind === 'final' ? 'final' : 'stage',
        results: outcomes.map(stageResult),
        decidedBy,
        at,
      };
  }
};

const evidenceMax = 50;

const selection = (event: Announced, named: (name: OutcomeName) => string[]): ReviewEvents['review.selection-announced.v1'] => {
  const { selected, outcomes, decidedBy, cites, confirmation, at } = event;
  const rankOf = (applicationId: string): number => outcomes.find((each) => each.applicationId === applicationId)?.score?.rank ?? outcomes.length;
  return {
    type: 'review.selection-announced.v1',
    ...whereOf(event),
    selected: selected.map(publicTeam),
    // The next one first.
    reserve: named('reserve').sort((left, right) => rankOf(left) - rankOf(right)),
    rejected: named('rejected'),
    decidedBy: [...decidedBy],
    rulebookDigest: cites.rulebookDigest,
    evidence: [cites.ranking, confirmation, ...cites.gates].slice(0, evidenceMax),
    at,
  };
};

const stageResult = ({ applicationId, outcome, score, gates }: Outcome) => ({
  applicationId,
  score: score?.total ?? '0',
  scorePassed: score?.passed ?? false,
  gates: gates.map(({ gate, passed }) => ({ gate, passed })),
  outcome: outcome === 'passed' ? ('passed' as const) : ('failed' as const),
});

const publicTeam = ({ members, ...team }: Team) => ({
  ...team,
  members: members.map(({ representatives, ...member }) => ({ ...member, representatives: [...representatives] })),
});

export const published = publishing('review', reviewEvents, [
  publishes(reviewer, reviewers),
  publishes(ruleText, ruleTexts),
  publishes(docket, dockets),
  publishes(panel, panels),
  publishes(assessment, assessments),
  publishes(decision, decisions),
  publishes(objection, objections),
  directory.published,
]);
