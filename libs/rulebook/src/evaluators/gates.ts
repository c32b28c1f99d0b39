import { z } from 'zod';
import { roundOf, type Gate } from '../lookups.js';
import { reference, slug, type Immutable } from '../notation.js';
import { EvaluationImpossible, type Evaluator } from './evaluator.js';

/** What a gate's result rests on: an event of the log, or a document by its digest. */
const evidence = z.union([
  z.strictObject({ stream: z.string().max(200), revision: z.int().min(0) }),
  z.strictObject({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
]);

export const gatesInput = z.strictObject({
  round: slug,
  subject: reference,
  results: z.array(z.strictObject({ gate: slug, passed: z.boolean(), evidence: z.array(evidence).max(20) })).max(50),
});
export type GatesInput = Immutable<z.infer<typeof gatesInput>>;
type Result = GatesInput['results'][number];

export const gatesOutcome = z.strictObject({
  round: slug,
  subject: reference,
  passed: z.boolean(),
  gates: z.array(
    z.strictObject({
      gate: slug,
      passed: z.boolean(),
      reason: z.enum(['met', 'not-met', 'no-result', 'results-contradict', 'too-little-evidence']),
      evidence: z.array(evidence),
    }),
  ),
});
export type GatesOutcome = Immutable<z.infer<typeof gatesOutcome>>;
type GateOutcome = GatesOutcome['gates'][number];

/** Every gate of the round, apart from any score. One without a result, or without its evidence, is not passed. */
export const gates: Evaluator<GatesInput, GatesOutcome> = {
  name: 'gates',
  version: 1,
  ruleKinds: ['gate'],
  input: gatesInput,
  outcome: gatesOutcome,
  evaluate: (rulebook, { round: roundId, subject, results }) => {
    const round = roundOf(rulebook, roundId);
    if (round === undefined) throw new EvaluationImpossible(`no round ${roundId}`);
    const stray = results.find((result) => !round.gates.some((gate) => gate.id === result.gate));
    if (stray !== undefined) throw new EvaluationImpossible(`no gate ${stray.gate} in round ${roundId}`);
    const judged = round.gates.map((gate) =>
      judge(
        gate,
        results.filter((result) => result.gate === gate.id),
      ),
    );
    return { round: roundId, subject, passed: judged.every((gate) => gate.passed), gates: judged };
  },
};

const judge = (gate: Gate, results: readonly Result[]): GateOutcome => {
  const found = results.flatMap((result) => result.evidence);
  const reason = reasonOf(gate, results, found.length);
  return { gate: gate.id, passed: reason === 'met', reason, evidence: found };
};

const reasonOf = (gate: Gate, results: readonly Result[], pieces: number): GateOutcome['reason'] => {
  const [first, ...others] = results;
  if (first === undefined) return 'no-result';
  if (others.some((other) => other.passed !== first.passed)) return 'results-contradict';
  if (!first.passed) return 'not-met';
  return pieces < gate.evidenceMin ? 'too-little-evidence' : 'met';
};
