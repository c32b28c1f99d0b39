import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { assessmentSource, type Score, type Seal } from '../domain/assessment/assessment.events.js';
import { roundKey } from '../domain/identities.js';

/** A tie that was declared or found, and what became of it. */
export type Conflict = {
  readonly kind: string;
  readonly explanation: string | null;
  readonly declaredAt: string | null;
  readonly outcome: 'declared' | 'cleared' | 'excluded' | 'overridden';
  readonly reason: string | null;
  readonly decidedBy: string | null;
  readonly role: string | null;
  readonly decidedAt: string | null;
};

const table = viewTable({
  name: 'assessments',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    roundId: 'text',
    panelId: 'uuid',
    reviewerId: 'uuid',
    reviewer: 'text',
    applicationId: 'uuid',
    status: 'text',
    declared: 'boolean',
    conflicted: 'boolean',
    conflict: json<Conflict | null>(),
    sealedAt: 'instant?',
    /** Ciphertext and commitment: says nothing of a score. */
    seal: json<Seal | null>(),
    scoringEnded: 'boolean',
    openedAt: 'instant?',
    /** The panel's published key; null until the opening. */
    sealingKey: 'text?',
    scores: json<readonly Score[] | null>(),
  },
  indexes: [['panelId'], ['reviewer'], ['programmeId', 'conflicted'], ['applicationId']],
});
export type AssessmentRow = RowOf<typeof table>;

type Judged = { readonly reason: string; readonly by: string; readonly role: string; readonly at: string };

const judged = (
  row: AssessmentRow | undefined,
  kind: string | undefined,
  outcome: Conflict['outcome'],
  { reason, by, role, at }: Judged,
): AssessmentRow | undefined => {
  if (row === undefined) return row;
  const before = row.conflict ?? { kind: kind ?? '', explanation: null, declaredAt: null };
  const conflict = { ...before, kind: kind ?? before.kind, outcome, reason, decidedBy: by, role, decidedAt: at };
  return { ...row, status: row.sealedAt !== null && outcome !== 'excluded' ? 'sealed' : outcome, conflicted: true, conflict };
};

/** One reviewer, one subject: the conflict and what became of it, the seal, and after the opening the scores. */
export const assessments = view({
  name: 'assessments',
  table,
  aggregates: [assessmentSource],
  on: {
    'assessment-invited': (_, { event: { programmeId, callId, roundId, reviewerId, reviewer, applicationId } }) => ({
      programmeId,
      callId,
      roundId,
      panelId: roundKey(callId, roundId),
      reviewerId,
      reviewer,
      applicationId,
      status: 'invited',
      declared: false,
      conflicted: false,
      conflict: null,
      sealedAt: null,
      seal: null,
      scoringEnded: false,
      openedAt: null,
      sealingKey: null,
      scores: null,
    }),
    'no-conflict-declared': (row) => row && { ...row, status: 'cleared', declared: true },
    'conflict-declared': (row, { event: { kind, explanation, at } }): AssessmentRow | undefined =>
      row && {
        ...row,
        status: 'declared',
        declared: true,
        conflicted: true,
        conflict: { kind, explanation, declaredAt: at, outcome: 'declared', reason: null, decidedBy: null, role: null, decidedAt: null },
      },
    'conflict-cleared': (row, { event }) => judged(row, undefined, 'cleared', event),
    'reviewer-excluded': (row, { event }) => judged(row, event.kind, 'excluded', event),
    'exclusion-overridden': (row, { event }) => judged(row, event.kind, 'overridden', event),
    'scores-sealed': (row, { event: { seal, at } }) => row && { ...row, status: 'sealed', seal, sealedAt: at },
    'scoring-ended': (row) => row && { ...row, scoringEnded: true },
    'seal-opened': (row, { event: { key, scores, at } }) => row && { ...row, status: 'opened', sealingKey: key, scores, openedAt: at },
  },
});
