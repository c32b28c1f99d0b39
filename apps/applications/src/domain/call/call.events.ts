import { localDeadline } from '@program-ledger/rulebook';
import { z } from 'zod';
import { consortiumMember } from '../consortium.js';
import { amount, applicationsLimits, bilingual, digest, event, eventReference, id, instant, list, note, provenance, slug, subject, type EventOf } from '../vocabulary.js';

const call = { programmeId: id };
const terms = { title: bilingual, opensAt: instant, /** Wall-clock time in the programme's zone: its millisecond is still in. */ deadline: localDeadline.readonly(), deadlineAt: instant };

const candidate = z
  .strictObject({
    applicationId: id,
    title: z.string().min(1).max(300),
    members: list(consortiumMember, applicationsLimits.membersMax),
    requestedGpus: z.int().positive(),
    openness: slug,
    budget: amount,
    provenance,
    /** Its submission and the decision on its eligibility. */
    evidence: list(eventReference, 20),
  })
  .readonly();

export const callEvents = {
  'call-drafted': event('call-drafted', { ...call, ...terms, draftedBy: subject }),
  'call-revised': event('call-revised', { ...call, ...terms, revisedBy: subject }),
  'call-published': event('call-published', {
    ...call,
    ...terms,
    rulebook: eventReference,
    rulebookDigest: digest,
    /** The earliest deadline that leaves the legal window, and why it is undercut. */
    shortened: z.strictObject({ earliest: instant, reason: note }).nullable(),
    publishedBy: subject,
  }),
  'call-opened': event('call-opened', call),
  'call-closed': event('call-closed', call),
  'screening-started': event('screening-started', { ...call, startedBy: subject }),
  'screening-completed': event('screening-completed', {
    ...call,
    rulebookDigest: digest,
    candidates: list(candidate, applicationsLimits.candidatesMax),
    ineligible: list(id, applicationsLimits.candidatesMax),
    completedBy: subject,
  }),
  'call-voided': event('call-voided', { ...call, reason: note, voidedBy: subject }),
  /** From here on as the review service tells it. */
  'review-round-opened': event('review-round-opened', { ...call, roundId: slug, kind: z.enum(['document', 'presentation']) }),
  'call-decided': event('call-decided', { ...call, roundId: slug, decidedBy: list(subject, 50) }),
  'call-announced': event('call-announced', { ...call, roundId: slug, selected: list(id, 100), reserve: list(id, 100) }),
  'objection-window-opened': event('objection-window-opened', { ...call, roundId: slug, until: instant }),
  'objection-window-closed': event('objection-window-closed', { ...call, roundId: slug, how: z.enum(['lapsed', 'waived']) }),
  /** The window of the announced round has closed, in whatever order the two were heard. */
  'call-settled': event('call-settled', { ...call, roundId: slug }),
  'seat-added': event('seat-added', { ...call, roundId: slug, applicationId: id, authority: note }),
};

export type CallEvent = EventOf<typeof callEvents>;
export type Candidate = z.infer<typeof candidate>;
