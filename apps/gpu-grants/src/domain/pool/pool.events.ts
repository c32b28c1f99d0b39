import { z } from 'zod';
import {
  day,
  digest,
  event,
  eventSource,
  eventReference,
  gpuGrantsLimits as limits,
  gpus,
  id,
  instant,
  list,
  note,
  slug,
  subject,
  type EventOf,
} from '../vocabulary.js';

/** Days of a phase, both included, and the GPUs of one team in it, by the rulebook. */
const phase = z.strictObject({ id: slug, from: day, to: day, gpus, evaluatedBy: slug }).readonly();
export type Phase = z.infer<typeof phase>;

const planned = z.strictObject({ phase: slug, gpus, from: day, to: day }).readonly();

/** The event without which there would be no claim to GPUs: the selection, the passed stage, or the recorded seat. */
export const authority = z.strictObject({ kind: z.enum(['selection', 'stage', 'seat']), ...eventReference.unwrap().shape }).readonly();
export type Authority = z.infer<typeof authority>;

/** Which phase is asked for: the first, the one after the stage of a round, or whichever runs when a seat is added. */
const wanted = z.discriminatedUnion('which', [
  z.strictObject({ which: z.literal('first') }),
  z.strictObject({ which: z.literal('after-round'), roundId: slug }),
  z.strictObject({ which: z.literal('running'), replaces: id.nullable() }),
]);

export const ask = z
  .strictObject({
    /** Unique in its team: the same claim asked twice is one ask. */
    key: slug,
    team: id,
    gpusMax: gpus,
    wanted: wanted.readonly(),
    /** Null: the rulebook in force when it is decided. */
    rulebookDigest: digest.nullable(),
    authority,
  })
  .readonly();
export type Ask = z.infer<typeof ask>;

/** Why an ask waits: no rulebook yet, the seat's former team still has its GPUs, or too few are free on a day. */
const obstacle = z.discriminatedUnion('why', [
  z.strictObject({ why: z.literal('rulebook-missing') }),
  z.strictObject({ why: z.literal('predecessor-holds'), replaces: id }),
  z.strictObject({ why: z.literal('pool-short'), on: day, free: z.int(), wanted: gpus }),
]);
export type Obstacle = z.infer<typeof obstacle>;

export const poolEvents = {
  'plan-received': event('plan-received', {
    digest,
    version: z.int().positive(),
    model: z.string().min(1).max(64),
    timeZone: z.string().max(64),
    phases: list(phase, limits.phasesMax),
  }),
  'pool-stocked': event('pool-stocked', { capacity: z.int().nonnegative(), from: day, reason: note, by: subject }),
  /** A rulebook would take away GPUs that are promised or out; the capacity stays. */
  'stock-refused': event('stock-refused', { capacity: z.int().nonnegative(), from: day, on: day, promised: z.int(), reason: note }),
  'ask-waitlisted': event('ask-waitlisted', { ask, obstacle: obstacle.readonly() }),
  'ask-dropped': event('ask-dropped', { team: id, key: slug, reason: note }),
  'gpus-reserved': event('gpus-reserved', {
    grantId: id,
    team: id,
    key: slug,
    phase: slug,
    gpus,
    from: day,
    to: day,
    evaluatedBy: slug,
    model: z.string().min(1).max(64),
    rulebookDigest: digest,
    authority,
    /** The grant whose GPUs these were, reclaimed from the team that lost its seat. */
    regrantedFrom: id.nullable(),
    later: list(planned, limits.phasesMax),
  }),
  'delivery-allowed': event('delivery-allowed', { grantId: id, team: id, agreement: eventReference }),
  'gpus-handed-over': event('gpus-handed-over', { grantId: id, team: id, gpus, note, by: subject }),
  'gpus-taken-back': event('gpus-taken-back', {
    grantId: id,
    team: id,
    gpus,
    how: z.enum(['returned', 'reclaimed']),
    handedOverAt: instant,
    reason: note,
    by: subject.nullable(),
  }),
  'reservation-cancelled': event('reservation-cancelled', { grantId: id, team: id, gpus, reason: note }),
};

export type PoolEvent = EventOf<typeof poolEvents>;

export const poolSource = eventSource('pool', poolEvents);
