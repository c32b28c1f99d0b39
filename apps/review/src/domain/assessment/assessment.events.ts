import { z } from 'zod';
import { decimal, digest, eventReference, eventSource, id, inRound, list, note, reviewLimits, slug, subject, type EventOf } from '../vocabulary.js';

/** Points by criterion of the rulebook, a decimal on the criterion's own scale. */
export const score = z.strictObject({ criterion: slug, score: decimal });
export const scores = list(score, reviewLimits.criteriaMax);
export type Score = z.infer<typeof score>;

/** Encrypted scores and opinion with a salted commitment to them: says nothing about a score until the panel's key is published. */
export const seal = z.strictObject({
  /** AES-256-GCM, base64; the tag is its last 16 bytes. */
  ciphertext: z.string().max(40_000),
  /** 12 bytes, base64. */
  nonce: z.string().length(16),
  commitment: digest,
});
export type Seal = z.infer<typeof seal>;

const byOfficer = { by: subject, role: slug, reason: note };

export const assessmentEvents = {
  'assessment-invited': inRound('assessment-invited', { reviewerId: id, reviewer: subject, applicationId: id }),
  'no-conflict-declared': inRound('no-conflict-declared', { by: subject }),
  'conflict-declared': inRound('conflict-declared', { kind: slug, explanation: note, by: subject }),
  'conflict-cleared': inRound('conflict-cleared', byOfficer),
  'reviewer-excluded': inRound('reviewer-excluded', { kind: slug, ...byOfficer }),
  'exclusion-overridden': inRound('exclusion-overridden', { kind: slug, ...byOfficer, rulebookDigest: digest }),
  'scores-sealed': inRound('scores-sealed', { seal, by: subject }),
  'scoring-ended': inRound('scoring-ended', {}),
  /** The panel's opening reached this assessment: the published key opens the seal for anybody. */
  'seal-opened': inRound('seal-opened', { key: z.string().length(44), scores, panel: eventReference }),
};

export type AssessmentEvent = EventOf<typeof assessmentEvents>;

export const assessmentSource = eventSource('assessment', assessmentEvents);
