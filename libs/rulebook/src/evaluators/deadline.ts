import { z } from 'zod';
import { instant, localDateTime, timeZone, type Immutable } from '../notation.js';
import { instantOf } from '../calendar.js';
import type { Evaluator } from './evaluator.js';

/** A wall-clock time and the zone of the clock. */
export const localDeadline = z.strictObject({ local: localDateTime, timeZone });
export type LocalDeadline = Immutable<z.infer<typeof localDeadline>>;

export const deadlineInput = z.strictObject({ submittedAt: instant, deadline: localDeadline });
export type DeadlineInput = Immutable<z.infer<typeof deadlineInput>>;

export const deadlineOutcome = z.strictObject({ inTime: z.boolean(), deadlineAt: instant, lateMs: z.int().min(0) });
export type DeadlineOutcome = Immutable<z.infer<typeof deadlineOutcome>>;

/** In at the deadline's millisecond, out one millisecond later. */
export const deadline: Evaluator<DeadlineInput, DeadlineOutcome> = {
  name: 'deadline',
  version: 1,
  ruleKinds: ['deadline'],
  input: deadlineInput,
  outcome: deadlineOutcome,
  evaluate: (_, input) => timeliness(input),
};

export const timeliness = ({ submittedAt, deadline: { local, timeZone: zone } }: DeadlineInput): DeadlineOutcome => {
  const deadlineAt = instantOf(local, zone);
  const lateMs = Math.max(0, Date.parse(submittedAt) - Date.parse(deadlineAt));
  return { inTime: lateMs === 0, deadlineAt, lateMs };
};
