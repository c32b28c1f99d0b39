import { z } from 'zod';
import { amount, bilingual, clockFollowed, eventReference, id, instant, provenance, slug, subject, text } from '../vocabulary.js';

const common = { programmeId: id, callId: id, roundId: slug, at: instant };

/** A seat of the programme given to a team: everything that the grants and funding services need to know of it. */
const team = z.object({
  applicationId: id,
  title: text(300),
  rank: z.int().positive(),
  members: z
    .array(
      z.object({
        organisationId: id,
        name: bilingual(200),
        role: z.enum(['lead', 'member']),
        task: slug,
        shareBasisPoints: z.int().min(0).max(10_000),
        kind: slug.optional(),
        size: slug.optional(),
        representatives: z.array(subject).max(50),
      }),
    )
    .min(1)
    .max(100),
  requestedGpus: z.int().positive(),
  openness: slug,
  budget: amount,
  provenance,
});

export const reviewEvents = {
  'review.round-opened.v1': z.object({ ...common, kind: z.enum(['document', 'presentation', 'stage', 'final']), subjects: z.array(id).max(500) }),
  /** All seals broken at once; the ranking follows from the opened scores. */
  'review.scores-opened.v1': z.object({ ...common, ranking: z.array(z.object({ applicationId: id, total: z.string().max(40), rank: z.int().positive() })).max(500) }),
  /** A committee's decision on a document or presentation round that is not the last one before selection. */
  'review.round-concluded.v1': z.object({ ...common, advanced: z.array(id).max(500), notAdvanced: z.array(id).max(500), decidedBy: z.array(subject).max(50) }),
  'review.selection-announced.v1': z.object({
    ...common,
    selected: z.array(team).max(100),
    reserve: z.array(id).max(100),
    rejected: z.array(id).max(500),
    decidedBy: z.array(subject).max(50),
    rulebookDigest: z.string().max(80),
    evidence: z.array(eventReference).max(50),
  }),
  'review.objection-window-opened.v1': z.object({ ...common, until: instant, parties: z.array(id).max(500) }),
  'review.objection-filed.v1': z.object({ ...common, objectionId: id, applicationId: id, filedAt: instant }),
  'review.objection-answered.v1': z.object({ ...common, objectionId: id, applicationId: id, outcome: z.enum(['upheld', 'dismissed']) }),
  /** No next step before this. */
  'review.objection-window-closed.v1': z.object({ ...common, how: z.enum(['lapsed', 'waived']) }),
  /** A seat beyond the planned ones, or refilled, on recorded authority: the team comes from the reserve. */
  'review.seat-added.v1': z.object({ ...common, team, authority: text(500), replaces: id.optional(), decidedBy: z.array(subject).max(50) }),
  /** Announced outcome of a stage or final evaluation: score and gates apart, and the human decision that cites both. */
  'review.stage-decided.v1': z.object({
    ...common,
    kind: z.enum(['stage', 'final']),
    results: z
      .array(
        z.object({
          applicationId: id,
          score: z.string().max(40),
          scorePassed: z.boolean(),
          gates: z.array(z.object({ gate: slug, passed: z.boolean() })).max(20),
          outcome: z.enum(['passed', 'failed']),
        }),
      )
      .max(100),
    decidedBy: z.array(subject).max(50),
  }),
  'review.clock-followed.v1': clockFollowed,
} as const;

export type ReviewEvents = { [T in keyof typeof reviewEvents]: { readonly type: T } & z.infer<(typeof reviewEvents)[T]> };
export type ReviewEvent = ReviewEvents[keyof ReviewEvents];
