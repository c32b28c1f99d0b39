import type { Aggregate, CommandContext } from '@program-ledger/event-sourcing';
import { z } from 'zod';

export const at = '2025-07-01T00:00:00.000Z';

export type CounterEvent = { readonly type: 'counted'; readonly by: number; readonly at: string } | { readonly type: 'noted'; readonly at: string };

/** The smallest aggregate, for this library's own tests: adds up what it is told, up to a hundred. */
export const counter: Aggregate<
  number,
  { readonly type: 'record'; readonly events: readonly CounterEvent[] } | { readonly type: 'count'; readonly by: number; readonly at: string },
  CounterEvent,
  'over-a-hundred'
> = {
  category: 'counter',
  events: {
    counted: { version: 1, schema: z.strictObject({ type: z.literal('counted'), by: z.int(), at: z.string() }) },
    noted: { version: 1, schema: z.strictObject({ type: z.literal('noted'), at: z.string() }) },
  },
  initial: 0,
  evolve: (sum, event) => (event.type === 'counted' ? sum + event.by : sum),
  decide: (command, sum) => {
    if (command.type === 'record') return command.events;
    const { by, at: when } = command;
    return sum + by > 100 ? { rejected: 'over-a-hundred', details: { sum } } : [{ type: 'counted', by, at: when }];
  },
};

export const contract = { 'counting.counted.v1': z.object({ by: z.int().nonnegative(), at: z.string() }) } as const;

export const context = (commandId: string): CommandContext => ({
  commandId,
  commandDigest: commandId,
  correlationId: `for-${commandId}`,
  causationId: commandId,
  actor: 'person-1',
});

/** Resolves when it holds; throws when it has not for too long. */
export const until = async (holds: () => boolean | Promise<boolean>, { what = 'it', patienceMs = 10_000 } = {}): Promise<void> => {
  const deadline = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
