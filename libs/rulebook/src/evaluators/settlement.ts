import { z } from 'zod';
import { amount, slug, type Immutable } from '../notation.js';

export const settlementInput = z.strictObject({
  /** Contribution paid out. */
  paid: amount,
  /** Accepted expenses out of the contribution. */
  spent: amount,
  /** Spent on what it was not given for; not part of `spent`. */
  misused: amount,
  ownShareDue: amount,
  ownShareBrought: amount,
});
export type SettlementInput = Immutable<z.infer<typeof settlementInput>>;

export const settlementOutcome = z.strictObject({
  paid: amount,
  spent: amount,
  recovered: amount,
  lines: z.array(z.strictObject({ rule: slug, kind: slug, base: amount, basisPoints: z.int(), amount, explanation: z.string().max(300) })),
});
export type SettlementOutcome = Immutable<z.infer<typeof settlementOutcome>>;
