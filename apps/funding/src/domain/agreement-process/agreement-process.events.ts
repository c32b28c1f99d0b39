import { z } from 'zod';
import { member, termsAsk } from '../agreement-terms/agreement-terms.events.js';
import { amount, day, digest, event, eventReference, fundingLimits as limits, gpus, id, list, note, slug, type EventOf } from '../vocabulary.js';

/** What a seat brings: who is in the team, and what its money is reckoned from. */
const seat = z.strictObject({ title: z.string().min(1).max(300), members: list(member, limits.membersMax), openness: slug, budget: amount }).readonly();
export type Seat = z.infer<typeof seat>;

const phase = z.strictObject({ phase: slug, gpus, from: day, to: day }).readonly();

const of = <const T extends string, F extends z.ZodRawShape>(type: T, fields: F) => event(type, { team: id, ...fields });

const heardEvents = {
  'outcome-heard': of('outcome-heard', {
    roundId: slug,
    kind: z.enum(['selection', 'stage', 'final']),
    outcome: z.enum(['selected', 'dropped', 'passed', 'failed']),
    seat: seat.nullable(),
    notice: eventReference,
  }),
  'closing-heard': of('closing-heard', { roundId: slug, notice: eventReference, closing: eventReference }),
  'added-seat-heard': of('added-seat-heard', { seat, decision: eventReference }),
  /** The first phase is reserved, the later ones are what the team gets if it passes. */
  'grant-heard': of('grant-heard', { reserved: phase, later: list(phase, limits.phasesMax), rulebookDigest: digest, grant: eventReference }),
  'delivery-heard': of('delivery-heard', { phase: slug }),
  'terms-obstacle-heard': of('terms-obstacle-heard', { missing: z.enum(['rulebook', 'classes', 'rule']) }),
  'agreement-heard': of('agreement-heard', { step: z.enum(['offered', 'signed', 'ended', 'settled']) }),
  'signature-heard': of('signature-heard', { organisationId: id }),
  'expenses-heard': of('expenses-heard', {}),
  /** So much of what goes back has not come yet. */
  'recovery-heard': of('recovery-heard', { outstanding: amount }),
};

const acts = {
  'terms-asked': of('terms-asked', { ask: termsAsk }),
  'stage-cleared': of('stage-cleared', { roundId: slug, because: eventReference }),
  'ending-decided': of('ending-decided', { early: z.boolean(), reason: note, because: eventReference }),
};

export const agreementProcessEvents = { ...heardEvents, ...acts };

/** What the process was told, and what it did about it. */
export type Heard = EventOf<typeof heardEvents>;
export type Act = EventOf<typeof acts>;
export type AgreementProcessEvent = Heard | Act;

export const isAct = (event: AgreementProcessEvent): event is Act => Object.hasOwn(acts, event.type);
