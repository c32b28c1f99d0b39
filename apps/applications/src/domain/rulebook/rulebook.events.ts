import { z } from 'zod';
import { day, digest, event, id, note, slug, subject, type EventOf } from '../vocabulary.js';

export const rulebookEvents = {
  /** The whole text, canonical (RFC 8785): whoever recomputes a decision finds it by its digest. */
  'rulebook-enacted': event('rulebook-enacted', {
    programmeId: id,
    document: slug,
    version: z.int().positive(),
    text: z.string().max(131_072),
    digest,
    validFrom: day,
    validTo: day.nullable(),
    reason: note,
    enactedBy: subject,
  }),
};

export type RulebookEvent = EventOf<typeof rulebookEvents>;
