import { z } from 'zod';
import { dayOf } from '../calendar.js';
import { inForce } from '../lookups.js';
import { basisPoints, day, instant, reference, slug, type Immutable } from '../notation.js';
import type { Rulebook } from '../rulebook.js';
import { localDeadline } from './deadline.js';
import { eligibilityRuleKinds, findingsOf } from './eligibility-kinds.js';
import type { Evaluator } from './evaluator.js';

const validity = { factId: reference, validFrom: day, validTo: day.optional(), source: z.string().min(1).max(300) };

/**
 * A fact of an organisation, with the days on which it holds (both included) and where it is known from. Of another programme either
 * the tasks with which the organisation takes part are stated, each one fact, or `none`: silence is a missing fact.
 */
export const organisationFact = z.discriminatedUnion('attribute', [
  z.strictObject({ attribute: z.literal('kind'), value: slug, ...validity }),
  z.strictObject({ attribute: z.literal('size'), value: slug, ...validity }),
  z.strictObject({ attribute: z.literal('nationality'), value: z.string().regex(/^[A-Z]{2}$/), ...validity }),
  z.strictObject({ attribute: z.literal('participation'), programme: slug, value: slug, ...validity }),
]);
export type OrganisationFact = Immutable<z.infer<typeof organisationFact>>;

const applicant = z.strictObject({
  organisationId: reference,
  role: z.enum(['lead', 'member']),
  task: slug,
  shareBasisPoints: basisPoints,
  facts: z.array(organisationFact).max(200),
});
export type Applicant = Immutable<z.infer<typeof applicant>>;

export const eligibilityInput = z.strictObject({
  occasion: z.enum(['submission', 'request', 'screening', 'selection', 'grant']),
  /** Programme time of the check. */
  at: instant,
  submittedAt: instant,
  deadline: localDeadline,
  members: z.array(applicant).max(100),
  requestedGpus: z.int().min(0),
  openness: slug,
});
export type EligibilityInput = Immutable<z.infer<typeof eligibilityInput>>;

/** Why a rule failed, and the fact that failed it: `found` is what was found, null when nothing was. */
const finding = z.strictObject({
  reason: z.enum(['late', 'lead-missing', 'fact-missing', 'facts-contradict', 'not-allowed', 'too-few', 'too-many', 'not-a-multiple', 'sum-differs']),
  attribute: z.string().max(80),
  organisationId: reference.nullable(),
  factId: reference.nullable(),
  found: z.string().max(300).nullable(),
});
export type Finding = Immutable<z.infer<typeof finding>>;

export const eligibilityOutcome = z.strictObject({
  eligible: z.boolean(),
  referenceDate: day,
  failedRules: z.array(slug),
  rules: z.array(z.strictObject({ rule: slug, kind: slug, status: z.enum(['passed', 'failed', 'not-in-force']), findings: z.array(finding) })),
});
export type EligibilityOutcome = Immutable<z.infer<typeof eligibilityOutcome>>;

/** Every rule that holds on the reference date, each by its id with what failed it. Nothing stops at the first failure. */
export const eligibility: Evaluator<EligibilityInput, EligibilityOutcome> = {
  name: 'eligibility',
  version: 1,
  ruleKinds: eligibilityRuleKinds,
  input: eligibilityInput,
  outcome: eligibilityOutcome,
  evaluate: (rulebook, input) => {
    const referenceDate = referenceDateOf(rulebook, input);
    const application = { input, referenceDate, words: rulebook.words };
    const rules = rulebook.eligibility.rules.map((rule) => {
      if (!inForce(rule, referenceDate)) return { rule: rule.id, kind: rule.kind, status: 'not-in-force', findings: [] } as const;
      const findings = findingsOf(rule, application);
      return { rule: rule.id, kind: rule.kind, status: findings.length === 0 ? 'passed' : 'failed', findings } as const;
    });
    const failedRules = rules.filter((rule) => rule.status === 'failed').map((rule) => rule.rule);
    return { eligible: failedRules.length === 0, referenceDate, failedRules, rules };
  },
};

const referenceDateOf = ({ eligibility: { referenceDate }, timeZone }: Rulebook, { deadline: { local }, submittedAt, at }: EligibilityInput): string => {
  switch (referenceDate) {
    case 'deadline':
      return local.slice(0, 'YYYY-MM-DD'.length);
    case 'submission':
      return dayOf(submittedAt, timeZone);
    case 'occasion':
      return dayOf(at, timeZone);
  }
};
