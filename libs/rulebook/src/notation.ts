import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

/** How a rulebook and the inputs of its evaluators write things. Strict: what is not written so is refused. */

/** Every array and property read-only, all the way down: what a schema parsed is never changed. */
export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

/** Machine name of a rule, round, phase, role, criterion … */
export const slug = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);

/** Calendar date without time or zone. Periods of days include both ends. */
export const day = z.iso.date();

/** Instant, UTC with milliseconds (RFC 3339). */
export const instant = z.iso.datetime({ precision: 3 });

/** Wall-clock date and time without zone, to the minute, second or millisecond: a deadline names its zone beside it. */
export const localDateTime = z.iso.datetime({ local: true }).regex(/T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?$/);

const zoneExists = (name: string): boolean => {
  try {
    Temporal.PlainDate.from('2000-01-01').toZonedDateTime(name);
    return true;
  } catch {
    return false;
  }
};

/** Name in the IANA time zone database. */
export const timeZone = z.string().max(64).refine(zoneExists, { message: 'not a time zone' });

/** Integer amount of the rulebook's currency in its smallest unit. */
export const amount = z.string().regex(/^(0|[1-9]\d{0,17})$/);

/** Part of a whole, as a decimal from 0 to 1. */
export const rate = z.string().regex(/^(0|1|0\.\d{0,5}[1-9])$/);

/** Decimal number that is not negative, at most three places: scores, minima. */
export const decimal = z.string().regex(/^(0|[1-9]\d{0,5})(\.\d{1,3})?$/);

/** Parts of ten thousand. */
export const basisPoints = z.int().min(0).max(10_000);

const plainText = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .refine((value) => value === value.normalize('NFC'), { message: 'not in Unicode normal form C' });

/** Text for people, in both languages of a programme. */
export const bilingual = (lengthMax: number) => z.strictObject({ ko: plainText(lengthMax), en: plainText(lengthMax) });

/** Identifier of something outside the rulebook: application, organisation, reviewer, fact. */
export const reference = z.string().min(1).max(128);

/** How an exact number becomes an amount: to the nearest multiple of `unit`, in the direction that `mode` says. */
export const rounding = z.strictObject({
  mode: z.enum(['half-up', 'half-even', 'down', 'up']),
  unit: amount.refine((unit) => unit !== '0', { message: 'zero' }),
});
export type Rounding = Immutable<z.infer<typeof rounding>>;
