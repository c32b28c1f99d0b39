import { z } from 'zod';
import { amount, day, slug, type Immutable } from '../notation.js';

/** GPUs that a team has from one day to another, both included. */
export const contributionInput = z.strictObject({ phase: slug, gpus: z.int().min(1).max(1_000_000), from: day, to: day });
export type ContributionInput = Immutable<z.infer<typeof contributionInput>>;

export const contributionOutcome = z.strictObject({
  phase: slug,
  amount,
  /** Exact, as a fraction in lowest terms: "5", "53/10". */
  months: z.string().max(40),
  explanation: z.string().max(300),
  lines: z.array(z.strictObject({ month: z.string().regex(/^\d{4}-\d{2}$/), days: z.int().min(1).max(31), months: z.string().max(40), amount, explanation: z.string().max(300) })),
});
export type ContributionOutcome = Immutable<z.infer<typeof contributionOutcome>>;
