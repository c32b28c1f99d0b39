import type { z } from 'zod';
import { grantProcessEvents } from '../domain/grant-process/grant-process.events.js';
import { grantEvents } from '../domain/grant/grant.events.js';
import { poolEvents } from '../domain/pool/pool.events.js';
import type { EventOf } from '../domain/vocabulary.js';

type Definitions = Readonly<Record<string, { readonly version: number; readonly schema: z.ZodType }>>;

/** Streams as a projection reads them: their events, without the rules that decide them. `evolve` is never called; its type tells which events there are. */
const eventSource = <const C extends string, D extends Definitions>(category: C, events: D) => ({ category, events, evolve: (_: never, event: EventOf<D>): EventOf<D> => event });

export const poolSource = eventSource('pool', poolEvents);
export const grantSource = eventSource('grant', grantEvents);
export const grantProcessSource = eventSource('grantProcess', grantProcessEvents);
