import { z } from 'zod';
import { amount, bilingual, day, digest, eventReference, id, instant, provenance, slug, subject, text } from '../vocabulary.js';

/** Bodies of the applications service: what people send (strict), and what they are answered. */

const note = text(2_000);
const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();
/** Wall-clock time of the programme's zone, without one of its own: `2025-10-13T15:00:00`. */
const localDateTime = z.iso.datetime({ local: true }).regex(/T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/);
const share = z.int().min(0).max(10_000);

/** Where everything is said by the path. */
export const nothing = z.strictObject({});
/** A reason, where a command needs nothing else. */
export const withReason = z.strictObject({ reason: note });

export const createProgramme = z.strictObject({
  title: bilingual(200),
  timeZone: text(64),
  provenance,
  /** First time of a rehearsal's own clock; elsewhere the machine's clock counts and this is refused. */
  startsAt: instant.nullable().default(null),
});
export const setClock = z.strictObject({ to: instant });
export const grantRole = z.strictObject({ subject, role: slug });
export const revokeRole = z.strictObject({ subject, role: slug, reason: note });

/** The text of a rulebook as one JSON string; it is kept in canonical form (RFC 8785). */
export const enactRulebook = z.strictObject({ text: z.string().min(2).max(131_072), reason: note });

export const callTerms = z.strictObject({ title: bilingual(200), opensAt: instant, deadline: localDateTime });
/** A window shorter than the rulebook's needs a reason. */
export const publishCall = z.strictObject({ shortenedBecause: note.nullable().default(null) });

export const registerOrganisation = z.strictObject({
  name: bilingual(200),
  /** The institution that a lab is a part of. */
  partOf: id.nullable().default(null),
  provenance,
  /** People who act for it; whoever registers an organisation of their own is one of them. */
  representatives: list(subject, 50).default([]),
});
export const appointRepresentative = z.strictObject({ subject });
export const removeRepresentative = z.strictObject({ subject, reason: note });

const period = { validFrom: day, validTo: day.optional(), source: text(300) };
/** A fact with the days on which it holds (both included) and where it is known from. Of another programme every task is one fact, or `none`. */
const fact = [
  z.strictObject({ attribute: z.literal('kind'), value: slug, ...period }),
  z.strictObject({ attribute: z.literal('size'), value: slug, ...period }),
  z.strictObject({ attribute: z.literal('nationality'), value: z.string().regex(/^[A-Z]{2}$/), ...period }),
  z.strictObject({ attribute: z.literal('participation'), programme: slug, value: slug, ...period }),
] as const;
export const organisationFact = z.discriminatedUnion('attribute', fact);
export const stateFact = z.strictObject({ fact: organisationFact, provenance });
export const endFact = z.strictObject({ /** The last day on which it held. */ validTo: day });
export const correctFact = z.strictObject({ fact: organisationFact, provenance, reason: note });

export const startApplication = z.strictObject({
  callId: id,
  title: text(300),
  lead: z.strictObject({ organisationId: id, task: slug, shareBasisPoints: share }),
  provenance,
});
export const inviteMember = z.strictObject({ organisationId: id, task: slug, shareBasisPoints: share });
export const saveProposal = z.strictObject({
  title: text(300),
  field: text(200),
  method: text(2_000),
  services: z.int().min(0).max(1_000),
  summary: text(20_000),
  requestedGpus: z.int().positive().max(1_000_000),
  openness: slug,
  budget: amount,
});
export const checkEligibility = z.strictObject({ occasion: z.enum(['request', 'screening', 'selection', 'grant']).default('request') });

/** What may be attached, by its first bytes: a file of another content under these names is refused. */
export const attachmentMediaTypes = ['application/pdf', 'application/zip', 'image/png', 'image/jpeg', 'text/plain'] as const;

const reservedNames = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** The name of a file and nothing else: no folder, no hidden file, nothing that a file system could take for something else. */
export const attachmentName = text(120)
  .refine((name) => !/[/\\:*?"<>|\n\t]/.test(name), { message: 'part of a path, or a character that no file name has everywhere' })
  // Direction marks and the like make a name look like another one.
  .refine((name) => !/[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/.test(name), { message: 'invisible character' })
  .refine((name) => !/^[.\s]|[.\s]$/.test(name), { message: 'begins or ends with a dot or a space' })
  .refine((name) => !reservedNames.test(name), { message: 'name of a device' });

/** Words of a title or a name, in either language. */
export const searchText = text(100).optional();
export const applicationState = z.enum(['draft', 'submitted', 'withdrawn', 'eligible', 'ineligible', 'shortlisted', 'selected', 'reserve', 'rejected', 'objected', 'upheld', 'dismissed']);
export const callState = z.enum([
  'draft',
  'published',
  'open',
  'closed',
  'screening',
  'document-review',
  'presentation-review',
  'decided',
  'announced',
  'objection-window',
  'settled',
  'reopened-for-a-seat',
  'void',
]);

// Answers. `id` is the key of the row; `revision` is what `If-Match` takes on commands to the same thing.

const keyed = { id, revision: z.int() };
const page = <S extends z.ZodType>(item: S) => z.strictObject({ items: z.array(item), next: z.string().nullable() });
const names = z.strictObject({ ko: z.string(), en: z.string() });

export const programmeAnswer = z.strictObject({
  ...keyed,
  title: names,
  timeZone: z.string(),
  rehearsal: z.boolean(),
  provenance,
  startsAt: instant,
  /** What a rehearsal's own clock was last set to. */
  clock: instant,
  status: z.enum(['running', 'closed']),
});
export const programmesAnswer = page(programmeAnswer);
export const rolesAnswer = z.strictObject({ items: z.array(z.strictObject({ subject, role: slug, grantedBy: subject, grantedAt: instant })) });

/** Whom or what a programme waits for, until what has happened, since when. */
const wait = z.strictObject({ kind: z.enum(['service', 'call', 'team']), id: z.string(), until: z.string(), since: instant });
export const programmeProcessAnswer = z.strictObject({ ...keyed, clock: instant.nullable(), waits: z.array(wait), cleared: z.boolean() });
export const clockAnswer = z.strictObject({ id, to: instant, followedBy: z.array(slug), position: z.string() });

const version = { version: z.int(), digest, validFrom: day, validTo: day.nullable(), reason: z.string(), enactedBy: subject, enactedAt: instant };
export const rulebookVersionAnswer = z.strictObject({ id: z.string(), programmeId: id, ...version, text: z.string() });
export const rulebookVersionsAnswer = page(z.strictObject({ id: z.string(), programmeId: id, ...version }));

export const callAnswer = z.strictObject({
  ...keyed,
  programmeId: id,
  status: callState,
  title: names,
  opensAt: instant,
  deadline: z.strictObject({ local: z.string(), timeZone: z.string() }),
  deadlineAt: instant,
  publication: z
    .strictObject({ revision: z.int(), at: instant, rulebookDigest: digest, shortened: z.strictObject({ earliest: instant, reason: z.string() }).nullable() })
    .nullable(),
  screened: z.strictObject({ candidates: z.array(id), ineligible: z.array(id) }).nullable(),
  announcement: z.strictObject({ roundId: slug, at: instant, selected: z.array(id), reserve: z.array(id) }).nullable(),
  windows: z.array(z.strictObject({ roundId: slug, until: instant.nullable(), closed: z.enum(['lapsed', 'waived']).nullable() })),
  seatsAdded: z.array(z.strictObject({ applicationId: id, authority: z.string(), at: instant })),
  voidedBecause: z.string().nullable(),
  /** Every state that it has come to, in the order in which this service heard of it. */
  history: z.array(z.strictObject({ status: callState, at: instant, roundId: slug.nullable() })),
});
export const callsAnswer = page(callAnswer);

/** Of organisations that are not one's own. */
export const organisationEntry = z.strictObject({ ...keyed, name: names, partOf: id.nullable(), provenance });
export const organisationsAnswer = page(organisationEntry);
const knownFact = z.strictObject({
  fact: z.discriminatedUnion('attribute', [fact[0].extend({ factId: id }), fact[1].extend({ factId: id }), fact[2].extend({ factId: id }), fact[3].extend({ factId: id })]),
  provenance,
  /** Of the organisation's stream: the event that says so. */
  revision: z.int(),
  corrected: z.boolean(),
  /** Corrected for days that had begun. */
  retroactive: z.boolean(),
});
export const organisationAnswer = organisationEntry.extend({ representatives: z.array(subject), facts: z.array(knownFact) });

const attachment = z.strictObject({ name: z.string(), mediaType: z.string(), bytes: z.int(), digest });
const eligibility = { revision: z.int(), at: instant, occasion: z.enum(['submission', 'request', 'screening', 'selection', 'grant']), outcome: z.enum(['eligible', 'ineligible']), failedRules: z.array(slug) };
const submittedMember = z.strictObject({
  organisationId: id,
  name: names,
  role: z.enum(['lead', 'member']),
  task: slug,
  shareBasisPoints: share,
  kind: slug.nullable(),
  size: slug.nullable(),
  representatives: z.array(subject),
});
export const applicationAnswer = z.strictObject({
  ...keyed,
  programmeId: id,
  callId: id,
  status: applicationState,
  title: z.string(),
  provenance,
  lead: id,
  members: z.array(
    z.strictObject({ organisationId: id, name: names, role: z.enum(['lead', 'member']), task: slug, shareBasisPoints: share, standing: z.enum(['invited', 'accepted', 'declined']) }),
  ),
  proposal: z.strictObject({ version: z.int(), digest, title: z.string(), requestedGpus: z.int(), openness: slug, budget: amount }).nullable(),
  attachments: z.array(attachment),
  submission: z
    .strictObject({
      revision: z.int(),
      at: instant,
      proposalVersion: z.int(),
      proposalDigest: digest,
      requestedGpus: z.int(),
      openness: slug,
      budget: amount,
      members: z.array(submittedMember),
    })
    .nullable(),
  /** The latest check on each occasion. */
  eligibility: z.array(z.strictObject(eligibility)),
  /** What the review service told of it, in the order in which it was heard. */
  outcomes: z.array(z.strictObject({ outcome: z.string(), roundId: slug, about: id.nullable(), at: instant })),
});
export const applicationsAnswer = page(applicationAnswer);

export const eligibilityAnswer = page(
  z.strictObject({
    id: z.string(),
    applicationId: id,
    ...eligibility,
    askedBy: subject,
    evidence: z.array(eventReference),
    /** What anybody with the rulebook can recompute; its shape is of `@program-ledger/rulebook`. */
    decision: z.looseObject({ evaluator: slug, version: z.int(), rulebookDigest: digest }),
  }),
);
export const proposalAnswer = z.strictObject({ id: z.string(), applicationId: id, version: z.int(), digest, savedBy: subject, savedAt: instant, proposal: saveProposal });

export type CreateProgramme = z.output<typeof createProgramme>;
export type SetClock = z.output<typeof setClock>;
export type GrantRole = z.output<typeof grantRole>;
export type RevokeRole = z.output<typeof revokeRole>;
export type EnactRulebook = z.output<typeof enactRulebook>;
export type CallTerms = z.output<typeof callTerms>;
export type PublishCall = z.output<typeof publishCall>;
export type RegisterOrganisation = z.output<typeof registerOrganisation>;
export type AppointRepresentative = z.output<typeof appointRepresentative>;
export type RemoveRepresentative = z.output<typeof removeRepresentative>;
export type StateFact = z.output<typeof stateFact>;
export type EndFact = z.output<typeof endFact>;
export type CorrectFact = z.output<typeof correctFact>;
export type StartApplication = z.output<typeof startApplication>;
export type InviteMember = z.output<typeof inviteMember>;
export type SaveProposal = z.output<typeof saveProposal>;
export type CheckEligibility = z.output<typeof checkEligibility>;
export type WithReason = z.output<typeof withReason>;
export type ApplicationState = z.output<typeof applicationState>;
export type CallState = z.output<typeof callState>;
