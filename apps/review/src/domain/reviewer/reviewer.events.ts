import { type EventDefinitions } from '@program-ledger/event-sourcing';
import { z } from 'zod';
import { id, instant, list, note, slug, subject } from '../vocabulary.js';

/** Where a reviewer comes from and what they know. Names stay with the identity provider; `subject` is a pseudonym. */
export const profile = {
  /** The list from which the reviewer was drawn: a named public pool, a recommendation, … */
  pool: slug,
  affiliation: z.string().min(1).max(200).meta({ personal: true }),
  /** The organisation of the affiliation, where it is registered with the applications service. */
  organisationId: id.nullable(),
  expertise: list(slug, 20),
};

const registered = z.strictObject({ type: z.literal('reviewer-registered'), subject, ...profile, provenance: z.enum(['sourced', 'invented']), at: instant });
const corrected = z.strictObject({ type: z.literal('reviewer-corrected'), ...profile, reason: note, at: instant });
const retired = z.strictObject({ type: z.literal('reviewer-retired'), reason: note, at: instant });

export type ReviewerEvent = z.infer<typeof registered> | z.infer<typeof corrected> | z.infer<typeof retired>;

export const reviewerEvents: EventDefinitions<ReviewerEvent> = {
  'reviewer-registered': { version: 1, schema: registered },
  'reviewer-corrected': { version: 1, schema: corrected },
  'reviewer-retired': { version: 1, schema: retired },
};
