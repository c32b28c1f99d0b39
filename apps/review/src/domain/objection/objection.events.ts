import { z } from 'zod';
import { eventSource, id, inRound, instant, note, subject, type EventOf } from '../vocabulary.js';

/** What an upheld objection brings about: the committee deliberates again, or the remedy that the text states. */
export const effect = z.strictObject({ kind: z.enum(['re-deliberation', 'remedy']), text: note });
export type Effect = z.infer<typeof effect>;

const answer = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('upheld'), reason: note, effect }),
  z.strictObject({ outcome: z.literal('dismissed'), reason: note }),
]);
export type Answer = z.infer<typeof answer>;

export const objectionEvents = {
  'objection-filed': inRound('objection-filed', { applicationId: id, notice: z.int().positive(), grounds: note, filedBy: subject, answerBy: instant }),
  'objection-answered': inRound('objection-answered', { applicationId: id, answer, answeredBy: subject }),
};

export type ObjectionEvent = EventOf<typeof objectionEvents>;

export const objectionSource = eventSource('objection', objectionEvents);
