import type { EligibilityRuleKind } from './eligibility-rules.js';
import { ruleSelf, type RuleSelf } from './rule-entry.js';
import type { RulebookDocument } from './rulebook.js';
import type { Immutable } from './notation.js';

/** What a rule is, and so which code applies it. */
export type RuleKind =
  | EligibilityRuleKind
  | 'seats'
  | 'round'
  | 'criterion'
  | 'gate'
  | 'conflict'
  | 'committee'
  | 'window'
  | 'pool'
  | 'phase'
  | 'contribution'
  | 'own-share-base'
  | 'own-share-rate'
  | 'own-share-cash'
  | 'instalment'
  | 'payment'
  | 'recovery'
  | 'recovery-limit'
  | 'disclosure';

/** A rule of a rulebook, whatever it rules: its kind, where in the document it stands (JSON Pointer), and the names of its parameters. */
export type Rule = Immutable<RuleSelf> & { readonly kind: RuleKind; readonly pointer: string; readonly parameters: readonly string[] };

/** Every rule of a rulebook, in the order of its parts. */
export const rulesOf = (rulebook: RulebookDocument): readonly Rule[] => [
  rule('seats', '/selection', rulebook.selection),
  ...rulebook.eligibility.rules.map((one, index) => rule(one.kind, `/eligibility/rules/${index}`, one)),
  ...rulebook.rounds.flatMap((round, index) => [
    rule('round', `/rounds/${index}`, round),
    ...rules('criterion', `/rounds/${index}/criteria`, round.criteria),
    ...rules('gate', `/rounds/${index}/gates`, round.gates),
  ]),
  ...rules('conflict', '/conflicts', rulebook.conflicts),
  rule('committee', '/committee', rulebook.committee),
  ...Object.entries(rulebook.windows).map(([name, window]) => rule('window', `/windows/${name}`, window)),
  rule('pool', '/pool', rulebook.pool),
  ...rules('phase', '/phases', rulebook.phases),
  rule('contribution', '/contribution', rulebook.contribution),
  rule('own-share-base', '/ownShare/base', rulebook.ownShare.base),
  ...rules('own-share-rate', '/ownShare/rates', rulebook.ownShare.rates),
  ...rules('own-share-cash', '/ownShare/cash', rulebook.ownShare.cash),
  ...rules('instalment', '/instalments', rulebook.instalments),
  rule('payment', '/payment', rulebook.payment),
  rule('recovery-limit', '/settlement/limit', rulebook.settlement.limit),
  ...rules('recovery', '/settlement/recoveries', rulebook.settlement.recoveries),
  ...rules('disclosure', '/disclosure', rulebook.disclosure),
];

const rule = (kind: RuleKind, pointer: string, self: Immutable<RuleSelf>): Rule => ({
  ...ruleSelf.parse(self),
  kind,
  pointer,
  parameters: Object.keys(self).filter((name) => !Object.hasOwn(ruleSelf.shape, name)),
});

const rules = (kind: RuleKind, pointer: string, entries: readonly Immutable<RuleSelf>[]): readonly Rule[] =>
  entries.map((one, index) => rule(kind, `${pointer}/${index}`, one));

/** Which file of this library applies a kind of rule; its test is `rule-kinds/<kind>.spec.ts`. */
export const codeOfRuleKind: Readonly<Record<RuleKind, string>> = {
  deadline: 'evaluators/deadline.ts',
  'lead-allowed': 'evaluators/eligibility-kinds.ts',
  'lead-not-in-programme': 'evaluators/eligibility-kinds.ts',
  'size-never-leads': 'evaluators/eligibility-kinds.ts',
  'size-joins-without-programme': 'evaluators/eligibility-kinds.ts',
  'organisation-of-kind': 'evaluators/eligibility-kinds.ts',
  'foreign-tasks': 'evaluators/eligibility-kinds.ts',
  'members-in-programme': 'evaluators/eligibility-kinds.ts',
  'consortium-size': 'evaluators/eligibility-kinds.ts',
  'shares-add-up': 'evaluators/eligibility-kinds.ts',
  'gpus-requested': 'evaluators/eligibility-kinds.ts',
  'openness-allowed': 'evaluators/eligibility-kinds.ts',
  seats: 'evaluators/ranking.ts',
  round: 'evaluators/ranking.ts',
  criterion: 'evaluators/ranking.ts',
  gate: 'evaluators/gates.ts',
  conflict: 'lookups.ts',
  committee: 'lookups.ts',
  window: 'lookups.ts',
  pool: 'checks.ts',
  phase: 'lookups.ts',
  contribution: 'evaluators/contribution.ts',
  'own-share-base': 'evaluators/own-share.ts',
  'own-share-rate': 'evaluators/own-share.ts',
  'own-share-cash': 'evaluators/own-share.ts',
  instalment: 'lookups.ts',
  payment: 'lookups.ts',
  'recovery-limit': 'evaluators/settlement.ts',
  recovery: 'evaluators/settlement.ts',
  disclosure: 'lookups.ts',
};
