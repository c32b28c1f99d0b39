import { z } from 'zod';
import { digest, eventReference, id, instant } from '../vocabulary.js';

/** Which service alone may write streams of a category; the platform's test holds it against the services themselves. */
const categoriesOfService = {
  platform: ['instance'],
  applications: ['programme', 'programmeProcess', 'rulebook', 'organisation', 'call', 'application', 'applicationsClock'],
  review: ['reviewer', 'ruleText', 'docket', 'panel', 'assessment', 'decision', 'objection', 'reviewClock'],
  'gpu-grants': ['pool', 'grant', 'grantProcess', 'grantsNotice', 'grantsClock'],
  funding: ['agreementTerms', 'agreement', 'agreementProcess', 'instalmentPlan', 'journal', 'fundingNotice', 'fundingClock'],
} as const;

export const serviceOfCategory: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(categoriesOfService).flatMap(([service, categories]) => categories.map((category) => [category, service])));

/** Position in the log, as text: it may be larger than a JSON number can hold. */
export const logPosition = z.string().regex(/^(0|[1-9]\d{0,18})$/);

export const streamName = z.string().regex(/^[a-z][A-Za-z0-9]*-[0-9a-f-]{36}$/);

/** One event as the ledger shows it: what, when on both clocks, who, why, under which rules, on which evidence. */
export const ledgerEvent = z.object({
  position: logPosition,
  stream: streamName,
  revision: z.int().nonnegative(),
  id,
  type: z.string(),
  service: z.string(),
  recordedAt: instant,
  effectiveAt: instant,
  who: z.object({ actor: z.string(), onBehalfOf: z.string().nullable(), role: z.string().nullable() }),
  why: z.object({
    reason: z.string().nullable(),
    commandId: id,
    correlationId: z.string(),
    /** The event that this one answers, where the cause is one; a person's own request otherwise. */
    cause: eventReference.extend({ type: z.string() }).nullable(),
  }),
  rulebookDigest: digest.nullable(),
  /** Decisions in it: evaluator, and the events that it was taken on. */
  decisions: z.array(z.object({ evaluator: z.string(), version: z.int(), rulebookDigest: digest, evidence: z.array(eventReference) })),
  data: z.record(z.string(), z.json()),
  dataDigest: digest,
  /** False when the stored bytes are not those that the ledger took down: the log was changed behind everybody's back. */
  intact: z.boolean(),
});
export type LedgerEvent = z.infer<typeof ledgerEvent>;

export const ledgerPage = z.object({ items: z.array(ledgerEvent), next: logPosition.nullable() });

export const ledgerSummary = z.object({
  events: z.int(),
  headPosition: logPosition,
  byService: z.array(z.object({ service: z.string(), events: z.int() })),
});
export type LedgerSummary = z.infer<typeof ledgerSummary>;

/** One recorded decision, evaluated again. */
export const recomputedDecision = z.object({
  stream: streamName,
  revision: z.int(),
  pointer: z.string(),
  evaluator: z.string(),
  version: z.int(),
  recorded: z.json(),
  recomputed: z.json(),
  same: z.boolean(),
  /** What differs, in words: rule text, input reference, outcome. Empty when `same`. */
  differences: z.array(z.string()),
  referencesRead: z.int(),
});
export type RecomputedDecision = z.infer<typeof recomputedDecision>;

export const recomputation = z.object({
  decisions: z.int(),
  differences: z.int(),
  referencesRead: z.int(),
  /** Events whose data does not hash to the digest in their metadata. */
  alteredEvents: z.array(eventReference),
  items: z.array(recomputedDecision),
});
export type Recomputation = z.infer<typeof recomputation>;

export const auditLimits = { historyPageMax: 200, recomputedDecisionsMax: 20_000 } as const;
