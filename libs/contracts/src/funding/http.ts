import { z } from 'zod';
import { amount, day, digest, eventReference, id, instant, signedAmount, slug, subject, text } from '../vocabulary.js';

/** Bodies of the funding service: what people send (strict), and what they are answered. Amounts are whole units of the programme's currency. */

const note = text(500);
const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();
const form = z.enum(['cash', 'in-kind']);
const positiveAmount = amount.refine((value) => value !== '0', { message: 'zero' });

/** `planDigest`: of the repaired plan, which is a document of the applications service. */
export const repairPlan = z.strictObject({ summary: note, planDigest: digest });
/** For which member the asker signs. */
export const signAgreement = z.strictObject({ organisationId: id });
export const endAgreement = z.strictObject({ reason: note });
/** Everything is said by the path. */
export const claimInstalment = z.strictObject({});
/** `payment`: the order or transfer by which it was paid. */
export const payInstalment = z.strictObject({ payment: note });
/** `evidence`: the transfer, or what was brought in kind and how it was valued. */
export const recordOwnShare = z.strictObject({ organisationId: id, form, amount: positiveAmount, evidence: note });
/** `spentTotal`: all that was spent of the contribution so far; `evidence`: digest of the accounts. */
export const reportExpenses = z.strictObject({ spentTotal: amount, note, evidence: digest });
/** `misused`: of what was reported, what was spent on something else than it was given for. */
export const settlePlan = z.strictObject({ misused: amount });
/** What came back of the recovery; `evidence`: the transfer. */
export const recordRecovery = z.strictObject({ amount: positiveAmount, evidence: note });
/** `source`: where it is known from, e.g. a register and its date. */
export const stateClasses = z.strictObject({
  classes: list(z.strictObject({ organisationId: id, kind: slug, size: slug.nullable().default(null) }), 100),
  source: note,
});

export type RepairPlan = z.output<typeof repairPlan>;
export type SignAgreement = z.output<typeof signAgreement>;
export type EndAgreement = z.output<typeof endAgreement>;
export type ClaimInstalment = z.output<typeof claimInstalment>;
export type PayInstalment = z.output<typeof payInstalment>;
export type RecordOwnShare = z.output<typeof recordOwnShare>;
export type ReportExpenses = z.output<typeof reportExpenses>;
export type SettlePlan = z.output<typeof settlePlan>;
export type RecordRecovery = z.output<typeof recordRecovery>;
export type StateClasses = z.output<typeof stateClasses>;

// Answers. `revision` is that of the thing's own stream.

const keyed = { id, revision: z.int(), programmeId: id };
const page = <S extends z.ZodType>(item: S) => z.strictObject({ items: z.array(item), next: z.string().nullable() });
/** An exact decimal such as "0.06". */
const rate = z.string();

export const agreementStatus = z.enum(['offered', 'active', 'ended', 'settled']);
export type AgreementStatus = z.output<typeof agreementStatus>;

export const agreementAnswer = z.strictObject({
  ...keyed,
  team: id,
  title: z.string(),
  status: agreementStatus,
  rulebookDigest: digest,
  currency: z.string(),
  contributionByPhase: list(z.strictObject({ phase: slug, gpus: z.int(), from: day, to: day, amount, explanation: z.string() }), 20),
  contributionTotal: amount,
  ownShare: list(
    z.strictObject({ member: id, role: z.enum(['lead', 'member']), rate, cashRate: rate, amount, cash: amount, inKind: amount, explanation: z.string() }),
    100,
  ),
  ownShareTotal: amount,
  ownShareCash: amount,
  repairUntil: instant,
  signUntil: instant,
  /** Of the repaired plan; null while the one that was selected stands. */
  planDigest: digest.nullable(),
  signatures: z.array(z.strictObject({ organisationId: id, by: subject, at: instant })),
  stagesPassed: z.array(slug),
  offeredAt: instant,
  signedAt: instant.nullable(),
  endedAt: instant.nullable(),
  endedEarly: z.boolean().nullable(),
  endedBecause: z.string().nullable(),
  settledAt: instant.nullable(),
  paid: amount.nullable(),
  spent: amount.nullable(),
  recovered: amount.nullable(),
});
export const agreementsAnswer = page(agreementAnswer);

export const planAnswer = z.strictObject({
  ...keyed,
  team: id,
  status: z.enum(['open', 'closed', 'settled']),
  phasesOpen: z.array(slug),
  instalments: z.array(
    z.strictObject({
      instalmentId: slug,
      phase: slug,
      amount,
      /** Null: due on delivery of the phase's GPUs. */
      dueAt: instant.nullable(),
      status: z.enum(['planned', 'due', 'claimed', 'held', 'paid', 'lapsed']),
      /** Cash own share that a held payment waits for. */
      missing: amount.nullable(),
      claimedAt: instant.nullable(),
      paidAt: instant.nullable(),
      payment: z.string().nullable(),
    }),
  ),
  ownShare: z.array(z.strictObject({ organisationId: id, form, amount, evidence: z.string(), at: instant })),
  paid: amount,
  brought: amount,
  spent: amount,
  reportedAt: instant.nullable(),
  /** What goes back, rule by rule; null before the settlement. */
  recovery: z.array(z.strictObject({ rule: slug, kind: slug, base: amount, basisPoints: z.int(), amount, explanation: z.string() })).nullable(),
  /** What goes back in all, and what of it came; null before the settlement. */
  recoveryDue: amount.nullable(),
  recoveryReceived: amount.nullable(),
  recoveryPayments: z.array(z.strictObject({ amount, evidence: z.string(), at: instant })),
});
export const plansAnswer = page(planAnswer);

const commodity = z.string();
export const journalAnswer = z.strictObject({
  ...keyed,
  team: id,
  entries: z.int(),
  balances: z.array(z.strictObject({ account: z.string(), commodity, amount: signedAmount })),
  /** Over all accounts: zero in each commodity. */
  sums: z.array(z.strictObject({ commodity, amount: signedAmount })),
});
export const journalsAnswer = page(journalAnswer);

/** One entry; `id` is the agreement and the number of the entry in its journal. */
export const journalEntryAnswer = z.strictObject({
  id: z.string(),
  programmeId: id,
  agreementId: id,
  entryId: id,
  explanation: z.strictObject({ ko: z.string(), en: z.string() }),
  /** The event that it records. */
  because: eventReference,
  postings: z.array(z.strictObject({ account: z.string(), commodity, amount: signedAmount })),
  postedAt: instant,
});
export const journalEntriesAnswer = page(journalEntryAnswer);

export const agreementProcessAnswer = z.strictObject({
  ...keyed,
  title: z.string().nullable(),
  seat: z.enum(['selection', 'added']).nullable(),
  rounds: z.array(
    z.strictObject({
      roundId: slug,
      kind: z.enum(['selection', 'stage', 'final']),
      outcome: z.enum(['selected', 'dropped', 'passed', 'failed']),
      announcedAt: instant,
      /** When the window for objections had closed. */
      finalAt: instant.nullable(),
    }),
  ),
  steps: z.array(z.strictObject({ step: z.enum(['offered', 'signed', 'ended', 'settled']), at: instant })),
  waits: z.array(
    z.strictObject({
      whom: z.enum(['review', 'gpu-grants', 'applications', 'finance-officer', 'member', 'lead', 'rulebook-owner']),
      what: slug,
      /** The round, phase, organisation or amount that it is about. */
      about: z.string(),
      since: instant,
    }),
  ),
});
export const agreementProcessesAnswer = page(agreementProcessAnswer);
