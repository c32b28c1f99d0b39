import { z } from 'zod';
import { digest, id, instant, type EventOf } from '../vocabulary.js';

export const ruleTextEvents = {
  'rule-text-received': {
    version: 1,
    schema: z.strictObject({
      type: z.literal('rule-text-received'),
      programmeId: id,
      rulebookId: id,
      version: z.int().positive(),
      text: z.string().max(131_072),
      digest,
      validFrom: z.iso.date(),
      validTo: z.iso.date().nullable(),
      at: instant,
    }),
  },
};

export type RuleTextEvent = EventOf<typeof ruleTextEvents>;
