import { z } from 'zod';
import type { OrganisationClass } from '../eligibility-rules.js';
import { amount, basisPoints, rate, reference, slug, type Immutable, type Rounding } from '../notation.js';
import { apportion, rational, rationalOf, times, toAmount, type Rational } from '../rational.js';
import type { Rulebook } from '../rulebook.js';
import { EvaluationImpossible, type Evaluator } from './evaluator.js';

export const ownShareInput = z.strictObject({
  contribution: amount,
  budget: amount,
  openness: slug,
  members: z
    .array(z.strictObject({ organisationId: reference, kind: slug, size: slug.optional(), shareBasisPoints: basisPoints }))
    .min(1)
    .max(100),
});
export type OwnShareInput = Immutable<z.infer<typeof ownShareInput>>;

export const ownShareOutcome = z.strictObject({
  total: amount,
  cash: amount,
  inKind: amount,
  members: z.array(
    z.strictObject({
      organisationId: reference,
      /** The rules that gave the rates. */
      rateRule: slug,
      cashRule: slug,
      base: amount,
      rate,
      amount,
      cashRate: rate,
      cash: amount,
      inKind: amount,
      explanation: z.string().max(300),
    }),
  ),
});
export type OwnShareOutcome = Immutable<z.infer<typeof ownShareOutcome>>;

type Member = OwnShareInput['members'][number];
type Line = OwnShareOutcome['members'][number];
type RateRule = Rulebook['ownShare']['rates'][number];
type CashRule = Rulebook['ownShare']['cash'][number];

/**
 * What each member brings itself: its share of the base, times the rate of its class and of the openness; of that a part in cash, the
 * rest in kind. Amounts are apportioned, so that the members' add up to the total whatever is rounded; ties go by organisation.
 */
export const ownShare: Evaluator<OwnShareInput, OwnShareOutcome> = {
  name: 'own-share',
  version: 1,
  ruleKinds: ['own-share-base', 'own-share-rate', 'own-share-cash'],
  input: ownShareInput,
  outcome: ownShareOutcome,
  evaluate: (rulebook, { members, openness, ...money }) => {
    const { of, rounding } = rulebook.ownShare.base;
    const whole = BigInt(of === 'contribution' ? money.contribution : money.budget);
    const parts = [...members].sort(byOrganisation).map((given): Part => {
      const member = ofItsKind(rulebook, given);
      const exact = rational(whole * BigInt(member.shareBasisPoints), 10_000n);
      return { member, exact, rated: rateOf(rulebook, member, openness), paid: cashOf(rulebook, member) };
    });
    const bases = apportion(
      parts.map((part) => part.exact),
      rounding,
    );
    const amounts = apportion(
      parts.map((part) => times(part.exact, rationalOf(part.rated.rate))),
      rounding,
    );
    const lines = parts.map((part, index) => lineOf(part, { whole, rounding, based: bases[index] ?? 0n, owed: amounts[index] ?? 0n }));
    const total = (part: 'amount' | 'cash' | 'inKind'): string => lines.reduce((running, line) => running + BigInt(line[part]), 0n).toString();
    return { total: total('amount'), cash: total('cash'), inKind: total('inKind'), members: lines };
  },
};

type Part = { readonly member: Member; readonly exact: Rational; readonly rated: RateRule; readonly paid: CashRule };
type Apportioned = { readonly whole: bigint; readonly rounding: Rounding; readonly based: bigint; readonly owed: bigint };

const lineOf = ({ member, rated, paid }: Part, { whole, rounding, based, owed }: Apportioned): Line => {
  const cash = toAmount(times(rational(owed), rationalOf(paid.rate)), rounding);
  return {
    organisationId: member.organisationId,
    rateRule: rated.id,
    cashRule: paid.id,
    base: based.toString(),
    rate: rated.rate,
    amount: owed.toString(),
    cashRate: paid.rate,
    cash: cash.toString(),
    inKind: (owed - cash).toString(),
    explanation: `${whole} × ${member.shareBasisPoints}/10000 × ${rated.rate} = ${owed}; × ${paid.rate} = ${cash}`,
  };
};

const byOrganisation = (a: Member, b: Member): number => (a.organisationId < b.organisationId ? -1 : Number(a.organisationId > b.organisationId));

/** A kind without sizes has none, whatever is said of this one. */
const ofItsKind = ({ words }: Rulebook, member: Member): Member => {
  const { size: _, ...unsized } = member;
  return words.kinds.some((kind) => kind.id === member.kind && !kind.sized) ? unsized : member;
};

const isOf = (member: Member, classes: readonly OrganisationClass[]): boolean => classes.some(({ kind, size }) => kind === member.kind && size === member.size);

const rateOf = (rulebook: Rulebook, member: Member, openness: string): RateRule => {
  const rule = rulebook.ownShare.rates.find((candidate) => candidate.openness.includes(openness) && isOf(member, candidate.classes));
  if (rule === undefined) throw new EvaluationImpossible(`no rate for ${classOf(member)} and ${openness}`);
  return rule;
};

const cashOf = (rulebook: Rulebook, member: Member): CashRule => {
  const rule = rulebook.ownShare.cash.find((candidate) => isOf(member, candidate.classes));
  if (rule === undefined) throw new EvaluationImpossible(`no cash part for ${classOf(member)}`);
  return rule;
};

const classOf = ({ kind, size }: Member): string => (size === undefined ? kind : `${kind} of size ${size}`);
