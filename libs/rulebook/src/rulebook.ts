import { z } from 'zod';
import { eligibilityRule, organisationClass } from './eligibility-rules.js';
import { amount, basisPoints, bilingual, day, decimal, rate, rounding, slug, timeZone, type Immutable } from './notation.js';
import { entry } from './rule-entry.js';

/** A word that the rules of this book use, with what it says to people. */
const word = z.strictObject({ id: slug, text: bilingual(200) });
const words = z.array(word).max(100);

/** `fraction` of a number of people: at least that part, or more than it. A majority is `more-than` 1 of 2. */
const majority = z.strictObject({ rule: z.enum(['more-than', 'at-least']), numerator: z.int().min(1).max(100), denominator: z.int().min(1).max(100) });
export type Majority = Immutable<z.infer<typeof majority>>;

/** How the reviewers' totals of one subject become one: with fewer than `scoresMin` scores a trimmed mean is the plain mean. */
const aggregation = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('mean') }),
  z.strictObject({ method: z.literal('trimmed-mean'), trimEachSide: z.int().min(1).max(10), scoresMin: z.int().min(3).max(100) }),
]);

/** What separates equal totals, in this order: more points in one criterion, then lots drawn from the seed of the decision. */
const tieBreak = z.discriminatedUnion('by', [z.strictObject({ by: z.literal('criterion'), criterion: slug }), z.strictObject({ by: z.literal('lots') })]);

/** Published totals have so many decimals; whether rank and minimum look at the exact or the published total. */
const totals = z.strictObject({
  decimals: z.int().min(0).max(6),
  mode: z.enum(['half-up', 'half-even', 'down', 'up']),
  compare: z.enum(['exact', 'published']),
});

const criterion = entry({ weight: z.int().min(1).max(10_000), scaleMax: z.int().min(1).max(1_000) });
/** Passed or not, apart from any score; holds only with so many pieces of evidence. */
const gate = entry({ evidenceMin: z.int().min(0).max(20) });

const round = {
  /** Invited reviewers; a subject with fewer scores than the quorum is not ranked. */
  panel: z.strictObject({ size: z.int().min(1).max(100), quorum: z.int().min(1).max(100) }),
  /** The highest total: what the weights add up to. */
  totalMax: z.int().min(1).max(10_000),
  criteria: z.array(criterion).min(1).max(30),
  aggregation,
  totals,
  ties: z.array(tieBreak).max(10),
  /** A lower total neither advances, nor is selected, nor passes. "0": none is too low. */
  scoreMin: decimal,
  gates: z.array(gate).max(20),
};

const roundRule = z.discriminatedUnion('kind', [
  entry({ kind: z.literal('document'), ...round, advance: z.int().min(1).max(500) }),
  /** The last one fills the seats and the reserve; one before it advances so many. */
  entry({ kind: z.literal('presentation'), ...round, advance: z.union([z.int().min(1).max(500), z.literal('seats')]) }),
  entry({ kind: z.literal('stage'), ...round, phase: slug }),
  entry({ kind: z.literal('final'), ...round, phase: slug }),
]);
export type Round = Immutable<z.infer<typeof roundRule>>;

/** Time that somebody has: it ends with the last millisecond of the n-th day (or of the same day n months) after the day of notice. */
const window = entry({
  length: z.discriminatedUnion('unit', [
    z.strictObject({ unit: z.literal('days'), count: z.int().min(0).max(3_650) }),
    z.strictObject({ unit: z.literal('months'), count: z.int().min(1).max(120) }),
  ]),
  /** Whether it ends early when every party says so. */
  waivable: z.boolean(),
});
export type WindowRule = Immutable<z.infer<typeof window>>;

const windows = z.strictObject({
  /** From publication of a call to its deadline, at the least. */
  callOpen: window,
  /** From selection to the repaired plan. */
  planRepair: window,
  /** From notice of selection to the last signature. */
  agreement: window,
  objection: window,
  /** From filing to the answer. */
  objectionAnswer: window,
  /** From the end of a phase. */
  stageReport: window,
  finalReport: window,
  settlementReport: window,
  /** From the settlement report to the settlement. */
  settlement: window,
});

/** A tie between reviewer and subject. It excludes, unless the named role overrides it with a reason. */
const conflict = entry({
  override: z.discriminatedUnion('allowed', [z.strictObject({ allowed: z.literal(false) }), z.strictObject({ allowed: z.literal(true), role: slug })]),
});
export type ConflictRule = Immutable<z.infer<typeof conflict>>;

const phase = entry({ from: day, to: day, /** Of one team. */ gpus: z.int().min(1).max(1_000_000), evaluatedBy: slug });
export type Phase = Immutable<z.infer<typeof phase>>;

/**
 * How days become months: `months-pro-rata` counts a whole calendar month as 1 and others by their days; `actual/30` every day as 1/30;
 * `actual/365` every day as 12/365; `30/360` every month as 30 days.
 */
const dayCount = z.enum(['months-pro-rata', 'actual/30', 'actual/365', '30/360']);
export type DayCount = z.infer<typeof dayCount>;

/** GPUs × unit price × months, rounded month by month. */
const contributionRule = entry({ unitPrice: amount, unit: z.literal('gpu-month'), dayCount, rounding });

const ownShare = z.strictObject({
  /** What the rate is a part of: the member's share of the government's contribution, or of the whole budget. */
  base: entry({ of: z.enum(['contribution', 'budget']), rounding }),
  /** Every class of organisation has exactly one rate for every openness. */
  rates: z
    .array(entry({ classes: z.array(organisationClass).min(1).max(50), openness: z.array(slug).min(1).max(20), rate }))
    .min(1)
    .max(100),
  /** The part of the own share that is paid in cash; every class has exactly one. */
  cash: z
    .array(entry({ classes: z.array(organisationClass).min(1).max(50), rate }))
    .min(1)
    .max(100),
});

/** A part of a phase's contribution. The parts of a phase are the whole of it. */
const instalment = entry({
  phase: slug,
  partBasisPoints: basisPoints,
  due: z.discriminatedUnion('when', [z.strictObject({ when: z.literal('delivery') }), z.strictObject({ when: z.literal('day'), on: day })]),
});
export type Instalment = Immutable<z.infer<typeof instalment>>;

/** What goes back: so many basis points (more than 10,000 is a surcharge) of what was not spent, misused, or of the own share not brought in. */
const recovery = entry({ kind: z.enum(['unspent', 'misused', 'own-share-unpaid']), basisPoints: z.int().min(0).max(60_000) });

/** Who may see a field, and how long it is kept. */
const disclosure = entry({
  field: z
    .string()
    .regex(/^[a-z][A-Za-z0-9-]*(\.[a-z][A-Za-z0-9-]*)*$/)
    .max(120),
  class: z.enum(['public', 'parties', 'programme', 'sealed', 'personal']),
  retention: z.union([z.strictObject({ years: z.int().min(1).max(100) }), z.literal('permanent')]),
});

/** A rulebook document, format 1. All that is peculiar to a programme is in one of these. */
export const rulebookDocument = z.strictObject({
  format: z.literal(1),
  id: slug,
  version: z.int().min(1),
  title: bilingual(200),
  invented: z.literal(true).optional(),
  validFrom: day,
  validTo: day.optional(),
  timeZone,
  currency: z.strictObject({ code: z.string().regex(/^[A-Z]{3}$/), minorUnits: z.int().min(0).max(4) }),
  legalBases: z.array(z.strictObject({ id: slug, title: bilingual(300), invented: z.literal(true).optional() })).max(50),
  words: z.strictObject({
    /** Kinds of organisations; only those that are `sized` have a size class. */
    kinds: z
      .array(word.extend({ sized: z.boolean() }))
      .min(1)
      .max(50),
    sizes: words,
    tasks: words.min(1),
    openness: words.min(1),
    /** Other programmes that the rules speak of. */
    programmes: words,
    /** Who may do what in the programme; granted by event. */
    roles: words,
  }),
  selection: entry({ seats: z.int().min(1).max(100), reserves: z.int().min(0).max(100) }),
  eligibility: z.strictObject({
    /** The day on which facts must hold: of the deadline, of the submission, or of the occasion of the check. */
    referenceDate: z.enum(['deadline', 'submission', 'occasion']),
    rules: z.array(eligibilityRule).min(1).max(100),
  }),
  rounds: z.array(roundRule).min(2).max(30),
  conflicts: z.array(conflict).max(30),
  committee: entry({ membersMin: z.int().min(1).max(100), membersMax: z.int().min(1).max(100), quorum: majority, decision: majority }),
  windows,
  pool: entry({ model: z.string().min(1).max(64), capacity: z.int().min(1).max(10_000_000), serverSize: z.int().min(1).max(1_000) }),
  phases: z.array(phase).min(1).max(20),
  contribution: contributionRule,
  ownShare,
  instalments: z.array(instalment).min(1).max(100),
  payment: entry({ heldWhileOwnShareUnpaid: z.boolean() }),
  settlement: z.strictObject({
    /** No more goes back than was paid, or as much as the recoveries come to. */
    limit: entry({ recoveredMax: z.enum(['paid', 'unlimited']), rounding }),
    recoveries: z.array(recovery).min(1).max(20),
  }),
  disclosure: z.array(disclosure).max(200),
});
export type RulebookDocument = Immutable<z.infer<typeof rulebookDocument>>;

/** A rulebook that was parsed and found consistent, with the digest of its canonical text. */
export type Rulebook = RulebookDocument & { readonly digest: string };
