import { z } from 'zod';
import { terms } from '../agreement-terms/agreement-terms.events.js';
import { amount, digest, event, eventReference, id, note, slug, subject, type EventOf } from '../vocabulary.js';

/** What every event of an agreement repeats, so that one is enough to know whose it is. */
const of = { agreementId: id, team: id };

export const agreementEvents = {
  /** Its cause is the event with the decisions that the terms follow from. */
  'agreement-offered': event('agreement-offered', { ...of, terms }),
  'plan-repaired': event('plan-repaired', { ...of, summary: note, planDigest: digest, by: subject }),
  'member-signed': event('member-signed', { ...of, organisationId: id, by: subject }),
  'agreement-signed': event('agreement-signed', { ...of, terms }),
  'stage-passed': event('stage-passed', {
    ...of,
    roundId: slug,
    /** The phase that it leads to; null after the last. */ opens: slug.nullable(),
    because: eventReference,
  }),
  'agreement-ended': event('agreement-ended', {
    ...of,
    early: z.boolean(),
    /** False: it was never in force, so there is nothing to settle. */ signed: z.boolean(),
    reason: note,
    by: subject.nullable(),
    because: eventReference.nullable(),
  }),
  'agreement-settled': event('agreement-settled', { ...of, paid: amount, spent: amount, recovered: amount, settlement: eventReference.nullable() }),
};

export type AgreementEvent = EventOf<typeof agreementEvents>;
