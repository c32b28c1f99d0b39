import type { z } from 'zod';
import type { rankingInput } from '../evaluators/ranking.js';

type ScoresDraft = z.infer<typeof rankingInput>;

/** Scores of one subject in a round of the example: one pair (skill, plan) a reviewer, each of ten. */
export const exampleScores = (
  round: string,
  subject: string,
  ...pairs: readonly (readonly [skill: string, plan: string])[]
): ScoresDraft['subjects'][number] => ({
  subject,
  scores: pairs.map(([skill, plan], index) => ({
    reviewer: `reviewer-${index + 1}`,
    criteria: [
      { criterion: `${round}-skill`, score: skill },
      { criterion: `${round}-plan`, score: plan },
    ],
  })),
});
