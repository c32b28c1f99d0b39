import { z } from 'zod';
import { digest, eventReference, slug, text } from '../vocabulary.js';

/** Reasons, grounds, explanations. */
export const note = text(2000);
/** Bounded, and not to be changed. */
export const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();
/** An event of the log, or a document by its digest. */
export const evidence = z.union([eventReference, z.strictObject({ digest })]);
/** Points in one criterion, a decimal on its own scale, at most three places. */
export const score = z.strictObject({ criterion: slug, score: z.string().regex(/^(0|[1-9]\d{0,5})(\.\d{1,3})?$/) });

/** What becomes of a subject, by the purpose of its round. */
export const outcomeName = z.enum(['advanced', 'not-advanced', 'selected', 'reserve', 'rejected', 'passed', 'failed']);
