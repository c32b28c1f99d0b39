import { decisionRecordSchema } from '@program-ledger/rulebook';
import { z } from 'zod';
import { consortiumMember } from '../consortium.js';
import { amount, applicationsLimits, bilingual, digest, event, eventReference, id, list, note, provenance, slug, subject, type EventOf } from '../vocabulary.js';

/** Where it belongs: in every event, so that one is enough to find the others. */
const belonging = { programmeId: id, callId: id };

/** Part of a member: what it does, and which part of the project's own share it carries, in basis points of the whole. */
const part = { organisationId: id, name: bilingual, task: slug, shareBasisPoints: z.int().min(0).max(10_000) };

const attachmentName = z.string().min(1).max(applicationsLimits.attachmentNameLengthMax);
const attachment = z
  .strictObject({ name: attachmentName, mediaType: z.string().max(100), bytes: z.int().positive().max(applicationsLimits.attachmentBytesMax), /** SHA-256 of the bytes: where the artefact store keeps them. */ digest })
  .readonly();
export type Attachment = z.infer<typeof attachment>;

/** What a team proposes. Field, development method and number of services are its own to choose. */
const proposal = z
  .strictObject({
    title: z.string().min(1).max(300),
    field: z.string().min(1).max(200),
    method: z.string().min(1).max(2_000),
    services: z.int().min(0).max(1_000),
    summary: z.string().min(1).max(20_000),
    requestedGpus: z.int().positive(),
    openness: slug,
    budget: amount,
  })
  .readonly();
export type Proposal = z.infer<typeof proposal>;

export const occasions = ['submission', 'request', 'screening', 'selection', 'grant'] as const;
export type Occasion = (typeof occasions)[number];

export const outcomes = ['shortlisted', 'selected', 'reserve', 'rejected', 'objected', 'upheld', 'dismissed', 'seated'] as const;

export const applicationEvents = {
  'application-started': event('application-started', { ...belonging, title: z.string().min(1).max(300), lead: z.strictObject(part).readonly(), provenance, startedBy: subject }),
  /** Invited, or invited again on other terms; the lead's own terms hold without an answer. */
  'member-invited': event('member-invited', { ...belonging, ...part, invitedBy: subject }),
  'invitation-accepted': event('invitation-accepted', { ...belonging, organisationId: id, acceptedBy: subject }),
  'invitation-declined': event('invitation-declined', { ...belonging, organisationId: id, reason: note, declinedBy: subject }),
  'member-removed': event('member-removed', { ...belonging, organisationId: id, reason: note, removedBy: subject }),
  'proposal-saved': event('proposal-saved', { ...belonging, version: z.int().positive(), proposal, digest, savedBy: subject }),
  'attachment-added': event('attachment-added', { ...belonging, attachment, addedBy: subject }),
  'attachment-removed': event('attachment-removed', { ...belonging, name: attachmentName, removedBy: subject }),
  /** `at` is when it reached the server. */
  'application-submitted': event('application-submitted', {
    ...belonging,
    title: z.string().min(1).max(300),
    members: list(consortiumMember, applicationsLimits.membersMax),
    requestedGpus: z.int().positive(),
    openness: slug,
    budget: amount,
    proposalVersion: z.int().positive(),
    /** Of the proposal and the digests of all attachments. */
    proposalDigest: digest,
    attachments: list(attachment, applicationsLimits.attachmentsMax),
    provenance,
    submittedBy: subject,
  }),
  'eligibility-decided': event('eligibility-decided', {
    ...belonging,
    occasion: z.enum(occasions),
    outcome: z.enum(['eligible', 'ineligible']),
    failedRules: list(slug, applicationsLimits.failedRulesMax),
    decision: decisionRecordSchema,
    /** The call's publication, the submission, the rulebook's enactment. */
    evidence: list(eventReference, 10),
    askedBy: subject,
  }),
  'application-withdrawn': event('application-withdrawn', { ...belonging, reason: note, withdrawnBy: subject }),
  /** As the review service tells it. `about` is the objection, where the outcome is of one; `seated` is a seat given later. */
  'outcome-told': event('outcome-told', { ...belonging, outcome: z.enum(outcomes), roundId: slug, about: id.nullable() }),
};

export type ApplicationEvent = EventOf<typeof applicationEvents>;
export type Outcome = (typeof outcomes)[number];
