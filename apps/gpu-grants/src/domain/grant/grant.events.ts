import { z } from 'zod';
import { authority } from '../pool/pool.events.js';
import { day, digest, event, eventSource, eventReference, gpuGrantsLimits as limits, gpus, id, list, note, slug, type EventOf } from '../vocabulary.js';

/** Whole GPU-hours. */
const gpuHours = z.string().regex(/^(0|[1-9]\d{0,17})$/);

const planned = z.strictObject({ phase: slug, gpus, from: day, to: day }).readonly();

/** What every event of a grant repeats, so that one is enough to know whose it is. */
const term = { grantId: id, team: id, phase: slug, gpus, from: day, to: day, evaluatedBy: slug };

export const grantEvents = {
  'grant-reserved': event('grant-reserved', {
    ...term,
    model: z.string().min(1).max(64),
    rulebookDigest: digest,
    authority,
    regrantedFrom: id.nullable(),
    later: list(planned, limits.phasesMax),
  }),
  /** The agreement is signed: the GPUs may be handed over. */
  'delivery-permitted': event('delivery-permitted', { ...term, agreement: eventReference }),
  'grant-delivered': event('grant-delivered', { ...term, note }),
  'grant-returned': event('grant-returned', { ...term, gpuHours, note }),
  'grant-reclaimed': event('grant-reclaimed', { ...term, gpuHours, reason: note }),
  'grant-released': event('grant-released', { ...term, reason: note }),
};

export type GrantEvent = EventOf<typeof grantEvents>;

export const grantSource = eventSource('grant', grantEvents);
