import { decisionRecordSchema } from '@program-ledger/rulebook';
import { z } from 'zod';
import { terms } from '../agreement-terms/agreement-terms.events.js';
import { amount, digest, event, id, note, slug, subject, type EventOf } from '../vocabulary.js';

/** What every event of a plan repeats, so that one is enough to know whose it is. */
const of = { agreementId: id, team: id };
const currency = z.string().regex(/^[A-Z]{3}$/);
const part = { ...of, instalmentId: slug, phase: slug, amount, currency };

export const ownShareForm = z.enum(['cash', 'in-kind']);
export type OwnShareForm = z.infer<typeof ownShareForm>;

export const instalmentPlanEvents = {
  'plan-drawn': event('plan-drawn', { ...of, terms }),
  'phase-opened': event('phase-opened', { ...of, phase: slug }),
  'delivery-noted': event('delivery-noted', { ...of, phase: slug }),
  'instalment-due': event('instalment-due', part),
  'instalment-claimed': event('instalment-claimed', { ...part, by: subject }),
  /** Claimed, and held while so much of the cash own share is not paid. */
  'instalment-held': event('instalment-held', { ...part, missing: amount }),
  'hold-lifted': event('hold-lifted', part),
  'instalment-paid': event('instalment-paid', { ...part, /** With this one. */ paidTotal: amount, payment: note, by: subject }),
  'instalment-lapsed': event('instalment-lapsed', part),
  'own-share-received': event('own-share-received', {
    ...of,
    organisationId: id,
    form: ownShareForm,
    amount,
    currency,
    /** With this one, in every form, by all members. */ broughtTotal: amount,
    evidence: note,
    by: subject,
  }),
  /** All that was spent of the contribution so far. */
  'expenses-reported': event('expenses-reported', { ...of, spentTotal: amount, note, evidence: digest, by: subject }),
  'plan-closed': event('plan-closed', { ...of, early: z.boolean(), reason: note }),
  'plan-settled': event('plan-settled', { ...of, currency, paid: amount, spent: amount, recovered: amount, decision: decisionRecordSchema, by: subject }),
  /** Of what goes back, so much came. */
  'recovery-received': event('recovery-received', {
    ...of,
    amount,
    currency,
    /** With this one. */ receivedTotal: amount,
    /** After this one. */ outstanding: amount,
    evidence: note,
    by: subject,
  }),
};

export type InstalmentPlanEvent = EventOf<typeof instalmentPlanEvents>;
