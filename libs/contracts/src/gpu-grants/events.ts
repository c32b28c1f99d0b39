import { z } from 'zod';
import { clockFollowed, day, digest, id, instant, slug, text } from '../vocabulary.js';

/** `team` is the application that won the seat. `from` and `to` are days, both included, in the programme's zone. */
const grant = { programmeId: id, at: instant, grantId: id, team: id, phase: slug, gpus: z.int().positive(), from: day, to: day };

export const gpuGrantsEvents = {
  'gpu-grants.grant-reserved.v1': z.object({
    ...grant,
    model: text(64),
    regrantedFrom: id.optional(),
    /** The rulebook by which the GPUs were allotted. */
    rulebookDigest: digest.optional(),
    /** What the same team will get in later phases if it passes the stages before them. */
    later: z.array(z.object({ phase: slug, gpus: z.int().positive(), from: day, to: day })).max(20).optional(),
  }),
  'gpu-grants.grant-delivered.v1': z.object(grant),
  'gpu-grants.grant-returned.v1': z.object({ ...grant, gpuHours: z.string().max(20) }),
  'gpu-grants.grant-reclaimed.v1': z.object({ ...grant, gpuHours: z.string().max(20), reason: text(500) }),
  /** Reserved, never delivered, given back to the pool. */
  'gpu-grants.grant-released.v1': z.object({ ...grant, reason: text(500) }),
  'gpu-grants.clock-followed.v1': clockFollowed,
} as const;

export type GpuGrantsEvents = { [T in keyof typeof gpuGrantsEvents]: { readonly type: T } & z.infer<(typeof gpuGrantsEvents)[T]> };
export type GpuGrantsEvent = GpuGrantsEvents[keyof GpuGrantsEvents];
