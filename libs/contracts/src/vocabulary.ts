import { z } from 'zod';

/** Text that people wrote: NFC, no control characters but newline and tab. Enters through here, so it is normal everywhere behind. */
export const text = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .transform((value) => value.normalize('NFC'))
    .refine((value) => !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(value), { message: 'control character' });

/** UUID in lowercase (RFC 9562). */
export const id = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);

/** Pseudonymous subject of a person or service, as the identity provider issues it. */
export const subject = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@|-]{0,127}$/);

/** Short machine name of a rule, round, phase, role, criterion … within a rulebook. */
export const slug = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);

/** Instant, UTC with milliseconds (RFC 3339). A date-time without `Z` is refused. */
export const instant = z.iso.datetime({ precision: 3 });

/** Calendar date without time or zone. */
export const day = z.iso.date();

/** Integer amount of the programme's currency in its smallest unit, in decimal; may be negative in journals only. */
export const amount = z.string().regex(/^(0|[1-9]\d{0,17})$/);
export const signedAmount = z.string().regex(/^(0|-?[1-9]\d{0,17})$/);

/** `sha256:` and 64 lowercase hex digits. */
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A decimal fraction such as "0.06". */
export const rate = z.string().regex(/^(0|1|0\.\d{1,6})$/);

/** Text for people, in both languages. */
export const bilingual = (lengthMax: number) => z.strictObject({ ko: text(lengthMax), en: text(lengthMax) });

/** Whether a thing is of the real programme or made up for a story; invented things are refused outside rehearsals. */
export const provenance = z.enum(['sourced', 'invented']);

/** Place of one event in one stream: what references and evidence point at. */
export const eventReference = z.strictObject({ stream: z.string().max(200), revision: z.int().nonnegative() });

export const listLimits = { pageSizeMax: 200, pageSizeDefault: 50 } as const;

/** Each service says when it has handled every timer of a programme up to its clock: `<service>.clock-followed.v1`. */
export const clockFollowed = z.object({ programmeId: id, to: instant, at: instant });
