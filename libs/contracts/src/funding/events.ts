import { z } from 'zod';
import { amount, clockFollowed, eventReference, id, instant, slug, text } from '../vocabulary.js';

const common = { programmeId: id, at: instant, agreementId: id, team: id };

export const fundingEvents = {
  'funding.agreement-offered.v1': z.object({ ...common, contributionTotal: amount, signUntil: instant }),
  'funding.agreement-signed.v1': z.object({ ...common, contributionByPhase: z.array(z.object({ phase: slug, amount })).max(20), contributionTotal: amount }),
  'funding.instalment-due.v1': z.object({ ...common, instalmentId: slug, phase: slug, amount }),
  'funding.instalment-paid.v1': z.object({ ...common, instalmentId: slug, phase: slug, amount }),
  /**
   * Ended before its term, by whom and why is in the agreement; grants still out are to be reclaimed. `because` is the decision of another
   * service that ended it, where there is one, so that whoever heard that decision too cites the same.
   */
  'funding.agreement-ended.v1': z.object({ ...common, reason: text(500), early: z.boolean(), because: eventReference.nullable().optional() }),
  'funding.agreement-settled.v1': z.object({ ...common, paid: amount, spent: amount, recovered: amount }),
  /** Of what a settlement wants back, `amount` came and `outstanding` is still to come. */
  'funding.recovery-received.v1': z.object({ ...common, amount, outstanding: amount }),
  'funding.clock-followed.v1': clockFollowed,
} as const;

export type FundingEvents = { [T in keyof typeof fundingEvents]: { readonly type: T } & z.infer<(typeof fundingEvents)[T]> };
export type FundingEvent = FundingEvents[keyof FundingEvents];
