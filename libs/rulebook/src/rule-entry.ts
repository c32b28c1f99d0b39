import { z } from 'zod';
import { bilingual, day, slug } from './notation.js';

/**
 * Where a rule comes from: `stated` by statute or in public; `inferred` from what is stated; `uncertain`, sources differ or are
 * silent; `invented`. The last two must be marked `"invented": true`, so that nobody takes them for the programme's own.
 */
const basis = z.strictObject({ source: z.enum(['stated', 'inferred', 'uncertain', 'invented']), legal: slug.optional() });

/**
 * What every rule says of itself, whatever it rules: its id, its text, where it comes from and when it holds (days, both included).
 * Of a rule that is not invented, single parameters may be: `inventedParameters` names them.
 */
const self = {
  id: slug,
  text: bilingual(600),
  basis,
  validFrom: day,
  validTo: day.optional(),
  invented: z.literal(true).optional(),
  inventedParameters: z.array(z.string().min(1).max(64)).min(1).max(20).optional(),
};

/** One rule of a rulebook: its own parameters and what every rule says of itself. */
export const entry = <Parameters extends z.ZodRawShape>(parameters: Parameters) => z.strictObject({ ...self, ...parameters });

export const ruleSelf = z.object(self);
export type RuleSelf = z.infer<typeof ruleSelf>;
