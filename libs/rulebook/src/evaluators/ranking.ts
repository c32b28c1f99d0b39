import { z } from 'zod';
import { decimal, reference, slug, type Immutable } from '../notation.js';

export const rankingInput = z.strictObject({
  round: slug,
  subjects: z
    .array(
      z.strictObject({
        subject: reference,
        /** Opened scores, on each criterion's own scale from 0 to its `scaleMax`; every reviewer scores every criterion. */
        scores: z.array(z.strictObject({ reviewer: reference, criteria: z.array(z.strictObject({ criterion: slug, score: decimal })).max(30) })).max(100),
      }),
    )
    .max(500),
});
export type RankingInput = Immutable<z.infer<typeof rankingInput>>;

/** `tied`: equal in everything that the rulebook looks at, with too few places for all of them; the committee decides. */
const verdict = z.enum(['advanced', 'selected', 'reserve', 'passed', 'tied', 'not-reached']);
export type Verdict = z.infer<typeof verdict>;

export const rankingOutcome = z.strictObject({
  round: slug,
  ranking: z.array(
    z.strictObject({
      subject: reference,
      rank: z.int().min(1),
      total: z.string().max(40),
      scores: z.int().min(0),
      criteria: z.array(z.strictObject({ criterion: slug, points: z.string().max(40) })),
      /** The total is not below the round's minimum. */
      scorePassed: z.boolean(),
      verdict,
    }),
  ),
  /** Subjects with fewer scores than the panel's quorum. */
  unranked: z.array(z.strictObject({ subject: reference, scores: z.int().min(0) })),
});
export type RankingOutcome = Immutable<z.infer<typeof rankingOutcome>>;
