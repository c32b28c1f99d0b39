import { z } from 'zod';
import { digest, id, provenance, slug, subject, text } from '../vocabulary.js';
import { evidence, list, note, outcomeName, score } from './fields.js';

/** Bodies of the review service: what people send. Strict, so that what is misspelt is not lost. */

const profile = { pool: slug, affiliation: text(200), organisationId: id.nullable().default(null), expertise: list(slug, 20).default([]) };
export const registerReviewer = z.strictObject({ subject, ...profile, provenance });
export const correctReviewer = z.strictObject({ ...profile, reason: note });
/** A round in a path: `<call id>.<round id>`, as in `2f0c….document`. */
export const roundName = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z][a-z0-9-]{0,63}$/)
  .transform((name) => ({ callId: name.slice(0, 36), roundId: name.slice(37) }));
export type RoundName = z.output<typeof roundName>;

/** A reason, where a command needs nothing else. */
export const withReason = z.strictObject({ reason: note });
/** Where everything is said by the path. */
export const nothing = z.strictObject({});

export const openRound = z.strictObject({ roundId: slug, leftOut: list(z.strictObject({ applicationId: id, reason: note }), 500).default([]) });
export const addSeat = z.strictObject({
  applicationId: id,
  /** What the seat rests on: a notice, a resolution. */
  authority: text(500),
  reason: note,
  replaces: id.nullable().default(null),
  decidedBy: list(subject, 50).refine((people) => people.length > 0, { message: 'nobody' }),
});

export const convenePanel = z.strictObject({ members: list(id, 50), chair: id });
export const addPanelMember = z.strictObject({ reviewerId: id, reason: note });
export const layEvidence = z.strictObject({ applicationId: id, title: text(300), digest });
export const closeScoring = z.strictObject({ leftOut: list(z.strictObject({ assessmentId: id, reason: note }), 1000).default([]) });

export const declareConflict = z.discriminatedUnion('conflict', [
  z.strictObject({ conflict: z.literal('none') }),
  z.strictObject({ conflict: z.literal('declared'), kind: slug, explanation: note }),
]);
export const excludeReviewer = z.strictObject({ kind: slug, reason: note });
export const sealScores = z.strictObject({
  /** `true` declares, with the scores, that there is no conflict. */
  noConflict: z.boolean().default(false),
  scores: list(score, 30),
  opinion: text(4000),
});

export const conveneCommittee = z.strictObject({ members: list(subject, 50) });
export const recordGate = z.strictObject({ applicationId: id, gate: slug, passed: z.boolean(), evidence: list(evidence, 20), reason: note });
export const proposeDecision = z.strictObject({
  outcomes: list(z.strictObject({ applicationId: id, outcome: outcomeName, reason: note.nullable().default(null) }), 500),
  reason: note,
  /** Why the ranking is departed from; null where it is not. */
  departure: note.nullable().default(null),
});
export const castVote = z.strictObject({ vote: z.enum(['for', 'against', 'abstain']), reason: note.nullable().default(null) });

export const waiveObjection = z.strictObject({ applicationId: id });
export const fileObjection = z.strictObject({ applicationId: id, grounds: note });
const effect = z.strictObject({ kind: z.enum(['re-deliberation', 'remedy']), text: note });
export const answerObjection = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('upheld'), reason: note, effect }),
  z.strictObject({ outcome: z.literal('dismissed'), reason: note }),
]);

export type RegisterReviewer = z.output<typeof registerReviewer>;
export type CorrectReviewer = z.output<typeof correctReviewer>;
export type WithReason = z.output<typeof withReason>;
export type Nothing = z.output<typeof nothing>;
export type OpenRound = z.output<typeof openRound>;
export type AddSeat = z.output<typeof addSeat>;
export type ConvenePanel = z.output<typeof convenePanel>;
export type AddPanelMember = z.output<typeof addPanelMember>;
export type LayEvidence = z.output<typeof layEvidence>;
export type CloseScoring = z.output<typeof closeScoring>;
export type DeclareConflict = z.output<typeof declareConflict>;
export type ExcludeReviewer = z.output<typeof excludeReviewer>;
export type SealScores = z.output<typeof sealScores>;
export type ConveneCommittee = z.output<typeof conveneCommittee>;
export type RecordGate = z.output<typeof recordGate>;
export type ProposeDecision = z.output<typeof proposeDecision>;
export type CastVote = z.output<typeof castVote>;
export type WaiveObjection = z.output<typeof waiveObjection>;
export type FileObjection = z.output<typeof fileObjection>;
export type AnswerObjection = z.output<typeof answerObjection>;
