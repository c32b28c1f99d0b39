import { z } from 'zod';
import { digest, eventReference, eventSource, id, inRound, instant, list, note, reviewLimits, slug, subject, type EventOf } from '../vocabulary.js';

const bilingual = z.strictObject({ ko: z.string().max(400), en: z.string().max(400) });

const member = z.strictObject({
  organisationId: id,
  name: bilingual,
  role: z.enum(['lead', 'member']),
  task: slug,
  shareBasisPoints: z.int().min(0).max(10_000),
  /** Of the organisation at the reference date: passed on to whoever reckons own shares. */
  kind: slug.optional(),
  size: slug.optional(),
  representatives: list(subject, 50),
});

/** An application as it came through screening. */
const application = {
  applicationId: id,
  title: z.string().max(600),
  members: list(member, 100),
  requestedGpus: z.int().positive(),
  openness: slug,
  budget: z.string().max(20),
  provenance: z.enum(['sourced', 'invented']),
};
export const candidate = z.strictObject({
  ...application,
  /** What was submitted and screened: before the panel from the first day. */ evidence: list(eventReference, 20),
});
export type Candidate = z.infer<typeof candidate>;

/** An application with a seat. */
export const team = z.strictObject({ ...application, rank: z.int().positive() });
export type Team = z.infer<typeof team>;

export const roundKind = z.enum(['document', 'presentation', 'stage', 'final']);
export type RoundKind = z.infer<typeof roundKind>;

/** What a round is for: to thin out the candidates, to fill the seats, or to judge the teams that hold them. */
export const purpose = z.enum(['advance', 'selection', 'stage', 'final']);
export type Purpose = z.infer<typeof purpose>;

const leftOut = z.strictObject({ applicationId: id, reason: note });
const ranked = z.strictObject({ applicationId: id, rank: z.int().positive() });
const inCall = { programmeId: id, callId: id };

export const docketEvents = {
  'candidates-received': {
    version: 1,
    schema: z.strictObject({
      type: z.literal('candidates-received'),
      ...inCall,
      rulebookDigest: digest,
      candidates: list(candidate, reviewLimits.subjectsMax),
      ineligible: list(id, reviewLimits.subjectsMax),
      source: eventReference,
      at: instant,
    }),
  },
  'candidate-withdrawn': { version: 1, schema: z.strictObject({ type: z.literal('candidate-withdrawn'), ...inCall, applicationId: id, at: instant }) },
  'round-opened': inRound('round-opened', {
    kind: roundKind,
    purpose,
    subjects: list(id, reviewLimits.subjectsMax),
    /** Those who would have been judged and are not, each with the reason on record. */
    leftOut: list(leftOut, reviewLimits.subjectsMax),
    seatsPlanned: z.int().positive(),
    rulebookDigest: digest,
    openedBy: subject,
  }),
  /** The committee's announced outcome; a later notice of the same round replaces the earlier one. */
  'round-decided': inRound('round-decided', {
    notice: z.int().positive(),
    forward: list(ranked, reviewLimits.subjectsMax),
    reserve: list(ranked, reviewLimits.subjectsMax),
    decidedBy: list(subject, reviewLimits.committeeMax),
    decision: eventReference,
  }),
  /** Nobody can object any more: the next step may be taken. */
  'round-settled': inRound('round-settled', { how: z.enum(['lapsed', 'waived']) }),
  'seat-added': inRound('seat-added', {
    team,
    authority: z.string().min(1).max(500),
    reason: note,
    replaces: id.nullable(),
    decidedBy: list(subject, reviewLimits.committeeMax),
    addedBy: subject,
  }),
};

export type DocketEvent = EventOf<typeof docketEvents>;

export const docketSource = eventSource('docket', docketEvents);
