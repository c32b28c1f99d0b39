import { z } from 'zod';
import { amount, slug, type Immutable } from '../notation.js';
import { rational, toAmount } from '../rational.js';
import type { Rulebook } from '../rulebook.js';
import type { Evaluator } from './evaluator.js';

export const settlementInput = z.strictObject({
  /** Contribution paid out. */
  paid: amount,
  /** Accepted expenses out of the contribution. */
  spent: amount,
  /** Spent on what it was not given for; not part of `spent`. */
  misused: amount,
  ownShareDue: amount,
  ownShareBrought: amount,
});
export type SettlementInput = Immutable<z.infer<typeof settlementInput>>;

export const settlementOutcome = z.strictObject({
  paid: amount,
  spent: amount,
  recovered: amount,
  lines: z.array(z.strictObject({ rule: slug, kind: slug, base: amount, basisPoints: z.int(), amount, explanation: z.string().max(300) })),
});
export type SettlementOutcome = Immutable<z.infer<typeof settlementOutcome>>;

type Recovery = Rulebook['settlement']['recoveries'][number];

const positive = (value: bigint): bigint => (value > 0n ? value : 0n);
const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** What goes back, rule by rule. Misused money was spent, so it is never also unspent. */
export const settlement: Evaluator<SettlementInput, SettlementOutcome> = {
  name: 'settlement',
  version: 1,
  ruleKinds: ['recovery', 'recovery-limit'],
  input: settlementInput,
  outcome: settlementOutcome,
  evaluate: ({ settlement: { recoveries, limit } }, input) => {
    const lines = recoveries.map((rule) => {
      const base = baseOf(rule.kind, input);
      const value = toAmount(rational(base * BigInt(rule.basisPoints), 10_000n), limit.rounding);
      return { rule, base, value };
    });
    const sum = lines.reduce((total, line) => total + line.value, 0n);
    const recovered = limit.recoveredMax === 'paid' ? lesser(sum, BigInt(input.paid)) : sum;
    return {
      paid: input.paid,
      spent: input.spent,
      recovered: recovered.toString(),
      lines: lines.map(({ rule, base, value }) => ({
        rule: rule.id,
        kind: rule.kind,
        base: base.toString(),
        basisPoints: rule.basisPoints,
        amount: value.toString(),
        explanation: `${base} × ${rule.basisPoints}/10000 = ${value}`,
      })),
    };
  },
};

const baseOf = (kind: Recovery['kind'], { paid, spent, misused, ownShareDue, ownShareBrought }: SettlementInput): bigint => {
  switch (kind) {
    case 'unspent':
      return positive(BigInt(paid) - BigInt(spent) - BigInt(misused));
    case 'misused':
      return BigInt(misused);
    case 'own-share-unpaid':
      return positive(BigInt(ownShareDue) - BigInt(ownShareBrought));
  }
};
