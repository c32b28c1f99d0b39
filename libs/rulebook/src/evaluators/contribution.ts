import { z } from 'zod';
import { monthsOf, type MonthPart } from '../calendar.js';
import { amount, day, slug, type Immutable } from '../notation.js';
import { rational, sum, times, toAmount, toFraction, type Rational } from '../rational.js';
import type { DayCount } from '../rulebook.js';
import { EvaluationImpossible, type Evaluator } from './evaluator.js';

/** GPUs that a team has from one day to another, both included. */
export const contributionInput = z.strictObject({ phase: slug, gpus: z.int().min(1).max(1_000_000), from: day, to: day });
export type ContributionInput = Immutable<z.infer<typeof contributionInput>>;

export const contributionOutcome = z.strictObject({
  phase: slug,
  amount,
  /** Exact, as a fraction in lowest terms: "5", "53/10". */
  months: z.string().max(40),
  explanation: z.string().max(300),
  lines: z.array(
    z.strictObject({
      month: z.string().regex(/^\d{4}-\d{2}$/),
      days: z.int().min(1).max(31),
      months: z.string().max(40),
      amount,
      explanation: z.string().max(300),
    }),
  ),
});
export type ContributionOutcome = Immutable<z.infer<typeof contributionOutcome>>;

/** Months beyond these are more than any phase. */
const monthsMax = 600;

/** GPUs × unit price × months. Each month is a line, rounded by itself, so that the lines add up and periods can be split at months' ends. */
export const contribution: Evaluator<ContributionInput, ContributionOutcome> = {
  name: 'contribution',
  version: 1,
  ruleKinds: ['contribution'],
  input: contributionInput,
  outcome: contributionOutcome,
  evaluate: (rulebook, { phase, gpus, from, to }) => {
    if (to < from) throw new EvaluationImpossible(`a period that ends (${to}) before it begins (${from})`);
    const { unitPrice, dayCount, rounding } = rulebook.contribution;
    const parts = monthsOf(from, to, monthsMax);
    if (parts === undefined) throw new EvaluationImpossible(`a period of more than ${monthsMax} months`);
    const monthly = rational(BigInt(gpus) * BigInt(unitPrice));
    const explained = (months: Rational, total: bigint): string => `${gpus} × ${unitPrice} × ${toFraction(months)} = ${total}`;
    const lines = parts.map((part) => {
      const months = monthsCounted(part, dayCount);
      const value = toAmount(times(monthly, months), rounding);
      return { part, months, value };
    });
    const months = sum(lines.map((line) => line.months));
    const total = lines.reduce((running, line) => running + line.value, 0n);
    return {
      phase,
      amount: total.toString(),
      months: toFraction(months),
      explanation: explained(months, total),
      lines: lines.map(({ part, months: counted, value }) => ({
        month: part.month,
        days: part.days,
        months: toFraction(counted),
        amount: value.toString(),
        explanation: explained(counted, value),
      })),
    };
  },
};

const monthsCounted = ({ days, daysInMonth, firstDay }: MonthPart, dayCount: DayCount): Rational => {
  switch (dayCount) {
    case 'months-pro-rata':
      return rational(days, daysInMonth);
    case 'actual/30':
      return rational(days, 30);
    case 'actual/365':
      return rational(12 * days, 365);
    case '30/360':
      return rational(thirtiethDay(firstDay + days - 1, daysInMonth) - Math.min(firstDay, 30) + 1, 30);
  }
};

/** The last day of every month is its thirtieth. */
const thirtiethDay = (lastDay: number, daysInMonth: number): number => (lastDay === daysInMonth ? 30 : Math.min(lastDay, 30));
