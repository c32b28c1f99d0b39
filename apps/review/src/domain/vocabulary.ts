import { z } from 'zod';

/** Field schemas of the events of this service. What people typed was normalised and bounded before; these bound what is stored. */
export const id = z.uuid();
export const subject = z.string().min(1).max(128);
export const slug = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);
export const instant = z.iso.datetime({ precision: 3 });
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
/** A score as the rulebook's ranking takes it: at most three places. */
export const decimal = z.string().regex(/^(0|[1-9]\d{0,5})(\.\d{1,3})?$/);
export const note = z.string().min(1).max(2000);
/** A bounded list, as values are: not to be changed. */
export const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();

export const eventReference = z.strictObject({ stream: z.string().max(200), revision: z.int().nonnegative() });

/** Where an event belongs: in every event of a round, so that one event is enough to find the others. */
export const where = { programmeId: id, callId: id, roundId: slug };
export type Where = { readonly programmeId: string; readonly callId: string; readonly roundId: string };

/** A place as it is written into events; takes it out of anything wider. */
export const whereOf = ({ programmeId, callId, roundId }: Where): Where => ({ programmeId, callId, roundId });

export const sameRound = (left: Where, right: Where): boolean =>
  left.programmeId === right.programmeId && left.callId === right.callId && left.roundId === right.roundId;

/** What a finding rests on: an event of the log, or a document by its digest. */
export const evidence = z.union([eventReference, z.strictObject({ digest })]);
export type Evidence = z.infer<typeof evidence>;

export type EventReference = z.infer<typeof eventReference>;

/** What nothing may outgrow; a panel's limit keeps its opening within one event. */
export const reviewLimits = {
  subjectsMax: 500,
  panelMembersMax: 50,
  panelAssessmentsMax: 1000,
  criteriaMax: 30,
  gatesMax: 20,
  committeeMax: 50,
  evidenceMax: 500,
  opinionLengthMax: 4000,
} as const;

/** First version of an event of one round. Strict: what is stored is what we know. */
export const inRound = <const T extends string, F extends z.ZodRawShape>(type: T, fields: F) => ({
  version: 1,
  schema: z.strictObject({ type: z.literal(type), ...where, ...fields, at: instant }),
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
