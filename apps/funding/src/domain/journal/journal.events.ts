import { z } from 'zod';
import { event, eventReference, fundingLimits as limits, id, list, signedAmount, type EventOf } from '../vocabulary.js';

/** `KRW`, or another currency of ISO 4217; or hours of one GPU. */
export const commodity = z.string().regex(/^([A-Z]{3}|GPU-HOUR)$/);

/** An account's name: whose it is, and what for. */
const account = z.string().regex(/^[a-z][a-z-]{0,40}(:[a-z0-9-]{1,80})?$/);

const posting = z.strictObject({ account, commodity, /** Into the account; out of it when negative. */ amount: signedAmount }).readonly();
export type Posting = z.infer<typeof posting>;

export const entry = z
  .strictObject({
    entryId: id,
    /** Why, to people. */
    explanation: z.strictObject({ ko: z.string().min(1).max(300), en: z.string().min(1).max(300) }).readonly(),
    /** The event that it records. */
    because: eventReference,
    postings: list(posting, limits.postingsMax),
  })
  .readonly();
export type Entry = z.infer<typeof entry>;

export const journalEvents = { 'entry-posted': event('entry-posted', { agreementId: id, team: id, entry }) };

export type JournalEvent = EventOf<typeof journalEvents>;
