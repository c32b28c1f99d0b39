import { z } from 'zod';

/** Field schemas of the events of this service. What people typed was normalised and bounded at the rim; these bound what is stored. */
export const id = z.uuid();
export const subject = z.string().min(1).max(128);
export const slug = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);
export const instant = z.iso.datetime({ precision: 3 });
export const day = z.iso.date();
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const amount = z.string().regex(/^(0|[1-9]\d{0,17})$/);
export const note = z.string().min(1).max(2_000);
export const provenance = z.enum(['sourced', 'invented']);
export type Provenance = z.infer<typeof provenance>;

/** Text for people, in both languages. */
export const bilingual = z.strictObject({ ko: z.string().min(1).max(200), en: z.string().min(1).max(200) }).readonly();
export type Bilingual = z.infer<typeof bilingual>;

/** A bounded list, as values are: not to be changed. */
export const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();

/** Place of one event in one stream. */
export const eventReference = z.strictObject({ stream: z.string().max(200), revision: z.int().nonnegative() }).readonly();
export type EventReference = z.infer<typeof eventReference>;

/** What nothing may outgrow. */
export const applicationsLimits = {
  rolesMax: 500,
  followersMax: 20,
  rulebookVersionsMax: 100,
  representativesMax: 50,
  factsMax: 200,
  membersMax: 100,
  attachmentsMax: 20,
  attachmentBytesMax: 16 * 1_048_576,
  attachmentNameLengthMax: 120,
  candidatesMax: 500,
  failedRulesMax: 100,
} as const;

/** First version of an event. Strict: what is stored is what we know. */
export const event = <const T extends string, F extends z.ZodRawShape>(type: T, fields: F) => ({
  version: 1,
  schema: z.strictObject({ type: z.literal(type), ...fields, at: instant }).readonly(),
});

/** All events of a table of such definitions. */
export type EventOf<Definitions extends Readonly<Record<string, { readonly schema: z.ZodType }>>> = z.infer<Definitions[keyof Definitions]['schema']>;
