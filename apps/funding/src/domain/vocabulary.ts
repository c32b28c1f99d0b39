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
/** Whole units of the programme's currency. */
export const amount = z.string().regex(/^(0|[1-9]\d{0,17})$/);
export const signedAmount = z.string().regex(/^(0|-?[1-9]\d{0,17})$/);
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

/** What nothing may outgrow. */
export const fundingLimits = {
  phasesMax: 20,
  instalmentsMax: 100,
  membersMax: 100,
  representativesMax: 50,
  teamsMax: 500,
  classesMax: 5_000,
  waitingTermsMax: 500,
  decisionsMax: 21,
  rulebookTextMax: 131_072,
  ownSharePaymentsMax: 2_000,
  expenseReportsMax: 200,
  recoveryPaymentsMax: 200,
  journalEntriesMax: 2_000,
  postingsMax: 20,
} as const;

/** Exact sum of decimal amounts. */
export const sumOf = (amounts: readonly string[]): bigint => amounts.reduce((sum, each) => sum + BigInt(each), 0n);
