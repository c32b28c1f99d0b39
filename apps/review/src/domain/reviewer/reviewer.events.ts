import { z } from 'zod';
import { eventSource, id, instant, list, note, slug, subject, type EventOf } from '../vocabulary.js';

/** Where a reviewer comes from and what they know. Names stay with the identity provider; `subject` is a pseudonym. */
export const profile = {
  /** The list from which the reviewer was drawn: a named public pool, a recommendation, … */
  pool: slug,
  affiliation: z.string().min(1).max(200).meta({ personal: true }),
  /** The organisation of the affiliation, where it is registered with the applications service. */
  organisationId: id.nullable(),
  expertise: list(slug, 20),
};

export const reviewerEvents = {
  'reviewer-registered': {
    version: 1,
    schema: z.strictObject({ type: z.literal('reviewer-registered'), subject, ...profile, provenance: z.enum(['sourced', 'invented']), at: instant }),
  },
  'reviewer-corrected': { version: 1, schema: z.strictObject({ type: z.literal('reviewer-corrected'), ...profile, reason: note, at: instant }) },
  'reviewer-retired': { version: 1, schema: z.strictObject({ type: z.literal('reviewer-retired'), reason: note, at: instant }) },
};

export type ReviewerEvent = EventOf<typeof reviewerEvents>;

export const reviewerSource = eventSource('reviewer', reviewerEvents);
