import { z } from 'zod';
import { ask } from '../pool/pool.events.js';
import { event, eventSource, eventReference, gpuGrantsLimits as limits, gpus, id, digest, list, note, slug, subject, type EventOf } from '../vocabulary.js';

/** What a seat brings: how many GPUs its team asked for, under which rulebook, and who may look. */
const seat = z
  .strictObject({
    title: z.string().min(1).max(300),
    gpusMax: gpus,
    rulebookDigest: digest.nullable(),
    replaces: id.nullable(),
    representatives: list(subject, limits.representativesMax),
  })
  .readonly();
export type Seat = z.infer<typeof seat>;

const heard = <const T extends string, F extends z.ZodRawShape>(type: T, fields: F) => event(type, { team: id, ...fields });

const heardEvents = {
  'outcome-heard': heard('outcome-heard', {
    roundId: slug,
    kind: z.enum(['selection', 'stage', 'final']),
    outcome: z.enum(['selected', 'dropped', 'passed', 'failed']),
    seat: seat.nullable(),
    notice: eventReference,
  }),
  'closing-heard': heard('closing-heard', { roundId: slug, notice: eventReference, closing: eventReference }),
  'added-seat-heard': heard('added-seat-heard', { seat, decision: eventReference }),
  'signature-heard': heard('signature-heard', { agreement: eventReference }),
  'ending-heard': heard('ending-heard', { early: z.boolean(), reason: note, because: eventReference.nullable().optional(), agreement: eventReference }),
  'obstacle-heard': heard('obstacle-heard', { why: slug }),
  'gpus-heard': heard('gpus-heard', {
    grantId: id,
    phase: slug,
    evaluatedBy: slug,
    step: z.enum(['reserved', 'delivered', 'returned', 'reclaimed', 'released']),
  }),
};

const acts = {
  'gpus-asked': heard('gpus-asked', { ask }),
  'delivery-permitted': heard('delivery-permitted', { grantId: id, agreement: eventReference }),
  'seat-forfeited': heard('seat-forfeited', { reason: note, because: eventReference }),
};

export const grantProcessEvents = { ...heardEvents, ...acts };

/** What the process was told, and what it did about it. */
export type Heard = EventOf<typeof heardEvents>;
export type Act = EventOf<typeof acts>;
export type GrantProcessEvent = Heard | Act;

export const isAct = (event: GrantProcessEvent): event is Act => Object.hasOwn(acts, event.type);

export const grantProcessSource = eventSource('grantProcess', grantProcessEvents);
