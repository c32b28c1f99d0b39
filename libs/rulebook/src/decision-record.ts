import type { Json } from '@program-ledger/event-sourcing';
import { z } from 'zod';
import { slug } from './notation.js';

/** Where a part of a decision's input comes from: the value at `pointer` of the input is the value at `source` of that event's data (RFC 6901). */
const inputReference = z.strictObject({ pointer: z.string().max(500), stream: z.string().max(200), revision: z.int().min(0), source: z.string().max(500) });
export type InputReference = z.infer<typeof inputReference>;

const json: z.ZodType<Json> = z.json();

export const decisionLimits = { referencesMax: 5_000, seedLengthMax: 200 } as const;

/**
 * What a decision event embeds, in a field named `decision` (or in `decisions`, a list): enough for anybody to evaluate it again. Events
 * of any age hold it, so a later field is optional.
 */
export const decisionRecordSchema = z.strictObject({
  evaluator: slug,
  version: z.int().min(1),
  rulebookDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  input: json,
  references: z.array(inputReference).max(decisionLimits.referencesMax),
  /** For what the rulebook leaves to lots; empty where it leaves nothing. */
  seed: z.string().max(decisionLimits.seedLengthMax),
  outcome: json,
});
export type DecisionRecord = z.infer<typeof decisionRecordSchema>;
