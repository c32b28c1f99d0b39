import { canonicalJson, type Json } from '@program-ledger/event-sourcing';
import type { DecisionRecord, InputReference } from './decision-record.js';
import { EvaluationImpossible, type Evaluator } from './evaluators/evaluator.js';
import { evaluateJson, evaluatorOf } from './evaluators/registry.js';
import { parseRulebook, RulebookInvalid } from './parse.js';
import { differencesBetween } from './references.js';
import type { Rulebook } from './rulebook.js';

/** A record whose outcome still has its type. */
export type Decided<Outcome extends Json> = Omit<DecisionRecord, 'outcome'> & { readonly outcome: Outcome };

const asJson = (value: unknown): Json => JSON.parse(canonicalJson(value));

/**
 * Evaluates and writes down everything that is needed to evaluate again.
 * @throws EvaluationImpossible when the input does not parse or does not fit the rulebook.
 */
export const decideBy = <Input, Outcome extends Json>(
  evaluator: Evaluator<Input, Outcome>,
  rulebook: Rulebook,
  input: Input,
  { references, seed = '' }: { readonly references: readonly InputReference[]; readonly seed?: string },
): Decided<Outcome> => {
  const plain = asJson(input);
  const { name, version } = evaluator;
  const outcome = evaluateJson(evaluator, rulebook, plain, seed);
  return { evaluator: name, version, rulebookDigest: rulebook.digest, input: plain, references: [...references], seed, outcome };
};

/** What evaluating again came to. `outcome` is the recomputed one, null where there is none; `differences` are JSON Pointers into it. */
export type Recomputed =
  | { readonly same: true; readonly outcome: Json }
  | { readonly same: false; readonly outcome: Json; readonly reason: RecomputeFailure; readonly differences: readonly string[] };
export type RecomputeFailure = 'rulebook-invalid' | 'rulebook-differs' | 'evaluator-unknown' | 'evaluation-impossible' | 'outcome-differs';

/** Evaluates a recorded decision again. Whatever cannot be evaluated is not the same. */
export const recompute = (record: DecisionRecord, rulebookText: string): Recomputed => {
  const rulebook = readRulebook(rulebookText);
  if (rulebook === undefined) return failed('rulebook-invalid');
  if (rulebook.digest !== record.rulebookDigest) return failed('rulebook-differs');
  const evaluator = evaluatorOf(record.evaluator, record.version);
  if (evaluator === undefined) return failed('evaluator-unknown');
  try {
    const outcome = evaluator.run(rulebook, record.input, record.seed);
    const differences = differencesBetween(record.outcome, outcome);
    return differences.length === 0 ? { same: true, outcome } : { same: false, outcome, reason: 'outcome-differs', differences };
  } catch (error) {
    if (error instanceof EvaluationImpossible) return failed('evaluation-impossible');
    throw error;
  }
};

const failed = (reason: RecomputeFailure): Recomputed => ({ same: false, outcome: null, reason, differences: [''] });

const readRulebook = (text: string): Rulebook | undefined => {
  try {
    return parseRulebook(text);
  } catch (error) {
    if (error instanceof RulebookInvalid) return undefined;
    throw error;
  }
};
