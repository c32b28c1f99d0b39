import { applicationsEvents } from '@program-ledger/contracts/applications';
import { reviewEvents } from '@program-ledger/contracts/review';
import { type Aggregate } from '@program-ledger/event-sourcing';
import { effect, publishes, publishing, type Effect, type Message } from '@program-ledger/messaging';
import { z } from 'zod';

/** Says what the applications service would say, and decides nothing: this service alone is tried. */
const events = {
  'programme-created': { version: 1, schema: applicationsEvents['applications.programme-created.v1'].extend({ type: z.literal('programme-created') }) },
  'programme-clock-set': { version: 1, schema: applicationsEvents['applications.programme-clock-set.v1'].extend({ type: z.literal('programme-clock-set') }) },
  'role-granted': { version: 1, schema: applicationsEvents['applications.role-granted.v1'].extend({ type: z.literal('role-granted') }) },
  'rulebook-enacted': { version: 1, schema: applicationsEvents['applications.rulebook-enacted.v1'].extend({ type: z.literal('rulebook-enacted') }) },
  'screening-completed': { version: 1, schema: applicationsEvents['applications.screening-completed.v1'].extend({ type: z.literal('screening-completed') }) },
};
export type Said = z.infer<(typeof events)[keyof typeof events]['schema']>;

export const desk: Aggregate<null, { readonly type: 'say'; readonly said: Said }, Said, never> = {
  category: 'desk',
  events,
  initial: null,
  evolve: () => null,
  decide: ({ said }) => [said],
};

export const deskPublishes = publishing('applications', applicationsEvents, [
  publishes(desk, {
    'programme-created': (event) => ({ ...event, type: 'applications.programme-created.v1' as const }),
    'programme-clock-set': (event) => ({ ...event, type: 'applications.programme-clock-set.v1' as const }),
    'role-granted': (event) => ({ ...event, type: 'applications.role-granted.v1' as const }),
    'rulebook-enacted': (event) => ({ ...event, type: 'applications.rulebook-enacted.v1' as const }),
    'screening-completed': (event) => ({ ...event, type: 'applications.screening-completed.v1' as const }),
  }),
]);

/** Hears everything that this service says to others. */
export const listening = (heard: (message: Message) => void): readonly Effect[] =>
  Object.entries(reviewEvents).map(([type, schema]) =>
    effect<unknown, unknown>(`hear-${type.replaceAll('.', '-')}`, type, schema, (_, message) => Promise.resolve(heard(message))),
  );
