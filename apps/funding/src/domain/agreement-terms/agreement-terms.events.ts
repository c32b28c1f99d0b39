import { decisionRecordSchema } from '@program-ledger/rulebook';
import { z } from 'zod';
import {
  amount,
  day,
  digest,
  event,
  eventReference,
  fundingLimits as limits,
  gpus,
  id,
  instant,
  list,
  note,
  slug,
  subject,
  type EventOf,
} from '../vocabulary.js';

const rate = z.string().max(20);

export const member = z
  .strictObject({
    organisationId: id,
    role: z.enum(['lead', 'member']),
    shareBasisPoints: z.int().min(0).max(10_000),
    representatives: list(subject, limits.representativesMax),
  })
  .readonly();
export type Member = z.infer<typeof member>;

/** GPUs of a phase: reserved already, or planned for a team that passes the stages before; and where that stands in the log. */
const planned = z.strictObject({ phase: slug, gpus, from: day, to: day, place: eventReference, pointer: z.string().max(100) }).readonly();

/** What the terms of one team's agreement are drawn from. */
export const termsAsk = z
  .strictObject({
    agreementId: id,
    team: id,
    title: z.string().min(1).max(300),
    rulebookDigest: digest,
    members: list(member, limits.membersMax),
    openness: slug,
    budget: amount,
    phases: list(planned, limits.phasesMax),
    /** When the result became final: the windows of the agreement run from then. */
    finalAt: instant,
  })
  .readonly();
export type TermsAsk = z.infer<typeof termsAsk>;

/** Kind and size class of an organisation, by which its rate of own share goes. */
const organisationClass = z.strictObject({ organisationId: id, kind: slug, size: slug.nullable() }).readonly();
export type OrganisationClass = z.infer<typeof organisationClass>;

const phase = z.strictObject({ phase: slug, gpus, from: day, to: day, evaluatedBy: slug, amount, explanation: z.string().max(300) }).readonly();

const share = z
  .strictObject({
    organisationId: id,
    role: z.enum(['lead', 'member']),
    representatives: list(subject, limits.representativesMax),
    rate,
    cashRate: rate,
    amount,
    cash: amount,
    inKind: amount,
    explanation: z.string().max(300),
  })
  .readonly();
export type Share = z.infer<typeof share>;

const instalment = z
  .strictObject({ instalmentId: slug, phase: slug, amount, /** Null: on delivery of the phase's GPUs. */ dueAt: instant.nullable() })
  .readonly();
export type Instalment = z.infer<typeof instalment>;

export const terms = z
  .strictObject({
    team: id,
    title: z.string().min(1).max(300),
    rulebookDigest: digest,
    currency: z.string().regex(/^[A-Z]{3}$/),
    phases: list(phase, limits.phasesMax),
    contributionTotal: amount,
    ownShare: list(share, limits.membersMax),
    ownShareTotal: amount,
    ownShareCash: amount,
    heldWhileOwnShareUnpaid: z.boolean(),
    instalments: list(instalment, limits.instalmentsMax),
    repairUntil: instant,
    signUntil: instant,
    /** The first millisecond in which it is too late to sign. */
    lapsesAt: instant,
  })
  .readonly();
export type Terms = z.infer<typeof terms>;

const missing = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('rulebook'), digest }),
  z.strictObject({ what: z.literal('classes'), organisations: list(id, limits.membersMax) }),
  /** The rulebook has no answer for what was asked. */
  z.strictObject({ what: z.literal('rule'), reason: z.string().max(1_000) }),
]);
export type Missing = z.infer<typeof missing>;

export const agreementTermsEvents = {
  'rulebook-received': event('rulebook-received', { rulebookId: id, version: z.int().positive(), text: z.string().max(limits.rulebookTextMax), digest }),
  'classes-received': event('classes-received', { classes: list(organisationClass, limits.classesMax), source: note, by: subject }),
  'terms-awaited': event('terms-awaited', { ask: termsAsk, place: eventReference, missing: missing.readonly() }),
  'terms-drawn': event('terms-drawn', { agreementId: id, terms, decisions: list(decisionRecordSchema, limits.decisionsMax) }),
};

export type AgreementTermsEvent = EventOf<typeof agreementTermsEvents>;
