import { z } from 'zod';
import { amount, bilingual, clockFollowed, day, digest, eventReference, id, instant, provenance, slug, subject, text } from '../vocabulary.js';

/** Public events of the applications service. Every version ever published keeps a golden file and still parses. */
const common = { programmeId: id, at: instant };

const member = z.object({
  organisationId: id,
  name: bilingual(200),
  role: z.enum(['lead', 'member']),
  /** What the member does: `development`, `service-development`, `use`, … as the rulebook names it. */
  task: slug,
  /** Part of the project's own share this member carries, in basis points of the whole; all members add up to 10,000. */
  shareBasisPoints: z.int().min(0).max(10_000),
  /** Kind and, where the kind has sizes, size class of the organisation at the reference date: its rate of own share follows from them. */
  kind: slug.optional(),
  size: slug.optional(),
  /** People who act for the organisation. */
  representatives: z.array(subject).max(50),
});

export const applicationsEvents = {
  'applications.programme-created.v1': z.object({ ...common, title: bilingual(200), timeZone: text(64), rehearsal: z.boolean(), provenance, startsAt: instant }),
  'applications.programme-clock-set.v1': z.object({ ...common, to: instant }),
  'applications.programme-closed.v1': z.object(common),
  'applications.role-granted.v1': z.object({ ...common, subject, role: slug, grantedBy: subject }),
  'applications.role-revoked.v1': z.object({ ...common, subject, role: slug, revokedBy: subject }),
  /** The rulebook crosses as canonical text and digest; `@program-ledger/rulebook` parses it. */
  'applications.rulebook-enacted.v1': z.object({ ...common, rulebookId: id, version: z.int().positive(), text: z.string().max(131_072), digest, validFrom: day, validTo: day.optional() }),
  'applications.call-published.v1': z.object({ ...common, callId: id, title: bilingual(200), rulebookDigest: digest, opensAt: instant, deadline: instant }),
  'applications.call-opened.v1': z.object({ ...common, callId: id }),
  'applications.call-closed.v1': z.object({ ...common, callId: id }),
  'applications.application-submitted.v1': z.object({
    ...common,
    callId: id,
    applicationId: id,
    title: text(300),
    members: z.array(member).min(1).max(100),
    requestedGpus: z.int().positive(),
    openness: slug,
    budget: amount,
    proposalVersion: z.int().positive(),
    proposalDigest: digest,
    provenance,
  }),
  'applications.application-withdrawn.v1': z.object({ ...common, callId: id, applicationId: id }),
  'applications.eligibility-decided.v1': z.object({
    ...common,
    callId: id,
    applicationId: id,
    occasion: z.enum(['submission', 'request', 'screening', 'selection', 'grant']),
    outcome: z.enum(['eligible', 'ineligible']),
    failedRules: z.array(slug).max(100),
  }),
  /** Screening is done: these and only these go before the first panel. The members are repeated so that one message is enough. */
  'applications.screening-completed.v1': z.object({
    ...common,
    callId: id,
    rulebookDigest: digest,
    candidates: z
      .array(
        z.object({
          applicationId: id,
          title: text(300),
          members: z.array(member).min(1).max(100),
          requestedGpus: z.int().positive(),
          openness: slug,
          budget: amount,
          provenance,
          evidence: z.array(eventReference).max(20),
        }),
      )
      .max(500),
    ineligible: z.array(id).max(500),
  }),
  'applications.clock-followed.v1': clockFollowed,
} as const;

export type ApplicationsEvents = { [T in keyof typeof applicationsEvents]: { readonly type: T } & z.infer<(typeof applicationsEvents)[T]> };
export type ApplicationsEvent = ApplicationsEvents[keyof ApplicationsEvents];
