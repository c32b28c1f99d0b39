import { z } from 'zod';

/** Field schemas of the events of this service. What people typed was normalised and bounded before; these bound what is stored. */
export const id = z.uuid();
export const subject = z.string().min(1).max(128);
export const slug = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);
export const day = z.iso.date();
export const instant = z.iso.datetime({ precision: 3 });
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const note = z.string().min(1).max(500);
export const gpus = z.int().min(1).max(10_000_000);
/** A bounded list, as values are: not to be changed. */
export const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();

/** Place of the event that something rests on. */
export const eventReference = z.strictObject({ stream: z.string().max(200), revision: z.int().nonnegative() }).readonly();
export type EventReference = z.infer<typeof eventReference>;

/** First version of an event. Strict: what is stored is what we know. */
export const event = <const T extends string, F extends z.ZodRawShape>(type: T, fields: F) => ({
  version: 1,
  schema: z.strictObject({ type: z.literal(type), programmeId: id, ...fields, at: instant }),
});

/** All events of a table of such definitions. */
export type EventOf<Definitions extends Readonly<Record<string, { readonly schema: z.ZodType }>>> = z.infer<Definitions[keyof Definitions]['schema']>;

/**
 * A kind of stream as a projection reads it: its events, without the rules that decide them. `evolve` is never called; its type tells
 * which events there are.
 */
export const eventSource = <const C extends string, D extends Readonly<Record<string, { readonly version: number; readonly schema: z.ZodType }>>>(
  category: C,
  events: D,
) => ({
  category,
  events,
  evolve: (_: never, event: EventOf<D>): EventOf<D> => event,
});

/** What nothing may outgrow. */
export const gpuGrantsLimits = {
  phasesMax: 20,
  reservationsMax: 2_000,
  waitingAsksMax: 500,
  capacityChangesMax: 1_000,
  teamsMax: 500,
  representativesMax: 5_000,
} as const;
