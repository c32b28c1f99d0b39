import { z } from 'zod';
import { digest, eventReference, id, instant, provenance, slug, subject, text } from '../vocabulary.js';
import { evidence, list, note, outcomeName, score } from './fields.js';
import { answerObjection } from './http.js';

/** What the review service answers. `id` is the key of the row; `revision` is what `If-Match` takes on commands to the same thing. */

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
  gateResults: list(
    z.strictObject({ applicationId: id, gate: slug, passed: z.boolean(), evidence: list(evidence, 20), reason: z.string(), recordedBy: subject, at: instant }),
    10_000,
  ),
  gates: list(z.strictObject({ applicationId: id, passed: z.boolean(), decision: decisionRecord }), 500),
  proposal: z
    .strictObject({
      outcomes: list(outcome, 500),
      reason: z.string(),
      departure: z.string().nullable(),
      cites,
      corrects: id.nullable(),
      proposedBy: subject,
      at: instant,
    })
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
export const resultsAnswer = z.strictObject({
  ...inRound,
  notice: z.int(),
  announcedAt: instant,
  decidedBy: list(subject, 50),
  rulebookDigest: digest,
  results: list(outcome, 500),
});

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
