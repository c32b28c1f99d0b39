import { z } from 'zod';
import { amount, basisPoints, rate, reference, slug, type Immutable } from '../notation.js';

export const ownShareInput = z.strictObject({
  contribution: amount,
  budget: amount,
  openness: slug,
  members: z.array(z.strictObject({ organisationId: reference, kind: slug, size: slug.optional(), shareBasisPoints: basisPoints })).min(1).max(100),
});
export type OwnShareInput = Immutable<z.infer<typeof ownShareInput>>;

export const ownShareOutcome = z.strictObject({
  total: amount,
  cash: amount,
  inKind: amount,
  members: z.array(
    z.strictObject({
      organisationId: reference,
      /** The rules that gave the rates. */
      rateRule: slug,
      cashRule: slug,
      base: amount,
      rate,
      amount,
      cashRate: rate,
      cash: amount,
      inKind: amount,
      explanation: z.string().max(300),
    }),
  ),
});
export type OwnShareOutcome = Immutable<z.infer<typeof ownShareOutcome>>;
