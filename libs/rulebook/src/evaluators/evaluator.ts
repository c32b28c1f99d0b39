import type { Json } from '@program-ledger/event-sourcing';
import type { z } from 'zod';
import type { Rulebook } from '../rulebook.js';

/**
 * A rule's code: pure, deterministic, total over its input schema but for `EvaluationImpossible`. Its version changes whenever the same
 * input could lead to another outcome; old versions stay in the registry as long as a log may hold their decisions.
 */
export type Evaluator<Input, Outcome extends Json> = {
  readonly name: string;
  readonly version: number;
  /** Kinds of rules (see `rulesOf`) that this code applies. */
  readonly ruleKinds: readonly string[];
  readonly input: z.ZodType<Input>;
  readonly outcome: z.ZodType<Outcome>;
  /** @throws EvaluationImpossible */
  readonly evaluate: (rulebook: Rulebook, input: Input, seed: string) => Outcome;
};

/** The input does not fit the rulebook (an unknown round, a score beyond its scale): whoever built it is at fault, not who applied. */
export class EvaluationImpossible extends Error {
  override readonly name = 'EvaluationImpossible';
}
