import type { Json } from '@program-ledger/event-sourcing';
import { contribution } from './contribution.js';
import { deadline } from './deadline.js';
import { eligibility } from './eligibility.js';
import { EvaluationImpossible, type Evaluator } from './evaluator.js';
import { gates } from './gates.js';
import { ownShare } from './own-share.js';
import { ranking } from './ranking.js';
import { settlement } from './settlement.js';
import type { Rulebook } from '../rulebook.js';

/** An evaluator as whoever recomputes knows it: JSON in, JSON out. */
export type RegisteredEvaluator = {
  readonly name: string;
  readonly version: number;
  readonly ruleKinds: readonly string[];
  /** @throws EvaluationImpossible also when the input does not parse. */
  readonly run: (rulebook: Rulebook, input: Json, seed: string) => Json;
};

/** Parses the input, evaluates, and holds the outcome to its schema. */
export const evaluateJson = <Input, Outcome extends Json>(evaluator: Evaluator<Input, Outcome>, rulebook: Rulebook, input: Json, seed: string): Outcome => {
  const parsed = evaluator.input.safeParse(input);
  if (!parsed.success) throw new EvaluationImpossible(`not an input of ${evaluator.name}: ${parsed.error.message}`, { cause: parsed.error });
  return evaluator.outcome.parse(evaluator.evaluate(rulebook, parsed.data, seed));
};

const registered = <Input, Outcome extends Json>(evaluator: Evaluator<Input, Outcome>): RegisteredEvaluator => ({
  name: evaluator.name,
  version: evaluator.version,
  ruleKinds: evaluator.ruleKinds,
  run: (rulebook, input, seed) => evaluateJson(evaluator, rulebook, input, seed),
});

/** Every version of every evaluator that a log may hold decisions of. */
export const evaluators: readonly RegisteredEvaluator[] = [
  registered(deadline),
  registered(eligibility),
  registered(ranking),
  registered(gates),
  registered(contribution),
  registered(ownShare),
  registered(settlement),
];

export const evaluatorOf = (name: string, version: number): RegisteredEvaluator | undefined =>
  evaluators.find((evaluator) => evaluator.name === name && evaluator.version === version);
