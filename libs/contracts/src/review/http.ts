import { z } from 'zod';
import { digest, eventReference, id, instant, provenance, slug, subject, text } from '../vocabulary.js';

/** Bodies of the review service: what people send (strict), and what they are answered. */

const note = text(2000);
const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();
const evidence = z.union([eventReference, z.strictObject({ digest })]);
/** Points in one criterion, a decimal on its own scale, at most three places. */
const score = z.strictObject({ criterion: slug, score: z.string().regex(/^(0|[1-9]\d{0,5})(\.\d{1,3})?$/) });

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
const outcomeName = z.enum(['advanced', 'not-advanced', 'selected', 'reserve', 'rejected', 'passed', 'failed']);
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

// Answers. `id` is the key of the row; `revision` is what `If-Match` takes on commands to the same thing.

const keyed = { id, revision: z.int() };
const inRound = { ...keyed, programmeId: id, callId: id, roundId: slug };
const ids = list(id, 500);
const page = <S extends z.ZodType>(item: S) => z.strictObject({ items: z.array(item), next: z.string().nullable() });
/** A record that anybody with the rulebook can recompute; its shape is of `@program-ledger/rulebook`. */
const decisionRecord = z.looseObject({ evaluator: slug, version: z.int(), rulebookDigest: digest });
const leftOut = list(z.strictObject({ applicationId: id, reason: note }), 500);

export const reviewerAnswer = z.strictObject({
  ...keyed,
  subject,
  pool: slug,
  affiliation: text(200),
  organisationId: id.nullable(),
  expertise: list(slug, 20),
  status: z.string(),
  provenance: z.string(),
});
export const reviewersAnswer = page(reviewerAnswer);

export const docketAnswer = z.strictObject({
  ...keyed,
  programmeId: id,
  callId: id,
  rulebookDigest: digest.nullable(),
  candidates: list(z.strictObject({ applicationId: id, title: z.string(), provenance, evidence: list(eventReference, 20) }), 500),
  ineligible: ids,
  withdrawn: list(z.strictObject({ applicationId: id, at: instant }), 500),
  rounds: list(z.strictObject({ roundId: slug, kind: z.string(), purpose: z.string(), status: z.enum(['open', 'decided', 'settled']), since: instant }), 30),
  seatsPlanned: z.int().nullable(),
  seated: ids,
  /** Every decision that gave or took seats, in order. */
  seatings: list(
    z.strictObject({
      at: instant,
      by: z.enum(['selection', 'stage', 'final', 'seat-added']),
      roundId: slug,
      seated: ids,
      lost: ids,
      authority: z.string().nullable(),
      replaces: id.nullable(),
      decidedBy: list(subject, 50),
      decision: eventReference.nullable(),
    }),
    200,
  ),
  waitsFor: z.string().nullable(),
  waitsSince: instant.nullable(),
});
export const docketsAnswer = page(docketAnswer);

export const roundAnswer = z.strictObject({
  ...inRound,
  kind: z.string(),
  purpose: z.string(),
  rulebookDigest: digest,
  subjects: ids,
  leftOut,
  openedAt: instant,
  status: z.string(),
  waitsFor: z.strictObject({ whom: z.string(), to: z.string() }),
  waitsSince: instant,
});
export const roundsAnswer = page(roundAnswer);

export const panelAnswer = z.strictObject({
  ...inRound,
  status: z.string(),
  members: list(z.strictObject({ reviewerId: id, reviewer: subject, pool: slug, added: z.string().nullable() }), 50),
  chair: subject,
  quorum: z.int(),
  subjects: ids,
  rulebookDigest: digest,
  evidence: list(z.strictObject({ applicationId: id, title: z.string(), digest, laidBy: subject, at: instant, used: z.boolean() }), 10_000),
  assessments: z.int(),
  sealed: z.int(),
  excluded: z.int(),
  leftOut: list(z.strictObject({ assessmentId: id, reason: note }), 1000),
  late: list(id, 1000),
  scoringClosedAt: instant.nullable(),
  openedAt: instant.nullable(),
});

const ranked = z.strictObject({
  subject: id,
  rank: z.int(),
  total: z.string(),
  scores: z.int(),
  criteria: list(z.strictObject({ criterion: slug, points: z.string() }), 30),
  scorePassed: z.boolean(),
  verdict: z.string(),
});
export const openingAnswer = z.strictObject({
  ...inRound,
  openedAt: instant,
  openedBy: subject,
  sealingKey: z.string(),
  opened: list(z.strictObject({ assessmentId: id, reviewerId: id, applicationId: id, scores: list(score, 30), opinionDigest: digest, salt: z.string() }), 1000),
  ranking: z.strictObject({ round: slug, ranking: list(ranked, 500), unranked: list(z.strictObject({ subject: id, scores: z.int() }), 500) }).nullable(),
  decision: decisionRecord.nullable(),
});

const seal = z.strictObject({ ciphertext: z.string(), nonce: z.string(), commitment: digest });
export const assessmentAnswer = z.strictObject({
  ...inRound,
  panelId: id,
  reviewerId: id,
  reviewer: subject,
  applicationId: id,
  status: z.string(),
  declared: z.boolean(),
  conflict: z
    .strictObject({
      kind: slug,
      explanation: z.string().nullable(),
      declaredAt: instant.nullable(),
      outcome: z.enum(['declared', 'cleared', 'excluded', 'overridden']),
      reason: z.string().nullable(),
      decidedBy: subject.nullable(),
      role: slug.nullable(),
      decidedAt: instant.nullable(),
    })
    .nullable(),
  sealedAt: instant.nullable(),
  seal: seal.nullable(),
  scoringEnded: z.boolean(),
  openedAt: instant.nullable(),
  /** Null until the opening, whenever and by whomever it is asked. */
  scores: list(score, 30).nullable(),
});
export const assessmentsAnswer = page(assessmentAnswer);

/** What was sealed: to its author at any time, to others after the opening. `salt` and the digest of the opinion lead to the commitment. */
export const sealedScoresAnswer = z.strictObject({ ...keyed, scores: list(score, 30), opinion: z.string(), salt: z.string(), commitment: digest });

const outcome = z.strictObject({
  applicationId: id,
  outcome: outcomeName,
  score: z.strictObject({ total: z.string(), rank: z.int(), passed: z.boolean() }).nullable(),
  gates: list(z.strictObject({ gate: slug, passed: z.boolean() }), 20),
  reason: z.string().nullable(),
});
const cites = z.strictObject({ rulebookDigest: digest, ranking: eventReference, gates: list(eventReference, 500) });
export const decisionAnswer = z.strictObject({
  ...inRound,
  kind: z.string(),
  purpose: z.string(),
  status: z.string(),
  members: list(subject, 50),
  quorum: z.int(),
  rulebookDigest: digest,
  gateResults: list(z.strictObject({ applicationId: id, gate: slug, passed: z.boolean(), evidence: list(evidence, 20), reason: z.string(), recordedBy: subject, at: instant }), 10_000),
  gates: list(z.strictObject({ applicationId: id, passed: z.boolean(), decision: decisionRecord }), 500),
  proposal: z
    .strictObject({ outcomes: list(outcome, 500), reason: z.string(), departure: z.string().nullable(), cites, corrects: id.nullable(), proposedBy: subject, at: instant })
    .nullable(),
  votes: list(z.strictObject({ member: subject, vote: z.enum(['for', 'against', 'abstain']), reason: z.string().nullable(), at: instant }), 50),
  decidedBy: list(subject, 50),
  /** Announcements, the one in force last. */
  notices: list(z.strictObject({ notice: z.int(), at: instant, outcomes: list(outcome, 500), decidedBy: list(subject, 50), cites, announcedBy: subject }), 100),
});

export const windowAnswer = z.strictObject({
  ...inRound,
  notice: z.int(),
  status: z.enum(['open', 'lapsed', 'suspended', 'closed']),
  openedAt: instant,
  until: instant,
  waivable: z.boolean(),
  parties: ids,
  waived: list(z.strictObject({ applicationId: id, waivedBy: subject, at: instant }), 500),
  objections: list(z.strictObject({ objectionId: id, applicationId: id, outcome: z.enum(['upheld', 'dismissed']).nullable() }), 500),
  closedAt: instant.nullable(),
  how: z.enum(['lapsed', 'waived']).nullable(),
});

/** What a party is told of its own applications, once it is announced. */
export const resultsAnswer = z.strictObject({ ...inRound, notice: z.int(), announcedAt: instant, decidedBy: list(subject, 50), rulebookDigest: digest, results: list(outcome, 500) });

export const objectionAnswer = z.strictObject({
  ...inRound,
  applicationId: id,
  notice: z.int(),
  status: z.enum(['filed', 'upheld', 'dismissed']),
  grounds: z.string(),
  filedBy: subject,
  filedAt: instant,
  answerBy: instant,
  answer: answerObjection.nullable(),
  answeredBy: subject.nullable(),
  answeredAt: instant.nullable(),
});
export const objectionsAnswer = page(objectionAnswer);

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
