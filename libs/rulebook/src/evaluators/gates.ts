import { z } from 'zod';
import { reference, slug, type Immutable } from '../notation.js';

/** What a gate's result rests on: an event of the log, or a document by its digest. */
const evidence = z.union([z.strictObject({ stream: z.string().max(200), revision: z.int().min(0) }), z.strictObject({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })]);

export const gatesInput = z.strictObject({
  round: slug,
  subject: reference,
  results: z.array(z.strictObject({ gate: slug, passed: z.boolean(), evidence: z.array(evidence).max(20) })).max(50),
});
export type GatesInput = Immutable<z.infer<typeof gatesInput>>;

export const gatesOutcome = z.strictObject({
  round: slug,
  subject: reference,
  passed: z.boolean(),
  gates: z.array(z.strictObject({ gate: slug, passed: z.boolean(), reason: z.enum(['met', 'not-met', 'no-result', 'results-contradict', 'too-little-evidence']), evidence: z.array(evidence) })),
});
export type GatesOutcome = Immutable<z.infer<typeof gatesOutcome>>;
