import { z } from 'zod';
import type { Aggregate, DomainEvent } from './aggregate.js';
import { reject } from './aggregate.js';

/**
 * The first event of every log says what the instance is. A rehearsal has programme clocks of its own and takes invented inputs;
 * production never does, and neither can be made out of the other.
 */
export type InstanceMode = 'rehearsal' | 'production';

/** The one stream `instance-<this>`. */
export const instanceId = '00000000-0000-8000-8000-000000000001';

const declared = z.strictObject({ type: z.literal('instance-declared'), mode: z.enum(['rehearsal', 'production']), at: z.string() });
type InstanceDeclared = z.infer<typeof declared> & DomainEvent;

export const instance: Aggregate<
  { readonly mode: InstanceMode | 'undeclared' },
  { readonly type: 'declare-instance'; readonly mode: InstanceMode; readonly at: string },
  InstanceDeclared,
  'declared-otherwise'
> = {
  category: 'instance',
  events: { 'instance-declared': { version: 1, schema: declared } },
  initial: { mode: 'undeclared' },
  evolve: (_, event) => ({ mode: event.mode }),
  decide: ({ mode, at }, state) => {
    if (state.mode === 'undeclared') return [{ type: 'instance-declared', mode, at }];
    return state.mode === mode ? [] : reject('declared-otherwise', { mode: state.mode });
  },
};
