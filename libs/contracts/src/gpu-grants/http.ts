import { z } from 'zod';
import { day, digest, eventReference, id, instant, slug, subject, text } from '../vocabulary.js';

/** Bodies of the gpu-grants service: what people send (strict), and what they are answered. */

const note = text(500);
const gpus = z.int().min(0).max(10_000_000);
const list = <S extends z.ZodType>(item: S, lengthMax: number) => z.array(item).max(lengthMax).readonly();

export const stockPool = z.strictObject({ capacity: gpus, from: day, reason: note });
/** `note`: what was handed over or came back, in which state. */
export const confirmDelivery = z.strictObject({ note });
export const confirmReturn = z.strictObject({ note });

// Answers. `revision` is that of the thing's own stream.

const keyed = { id, revision: z.int(), programmeId: id };
const page = <S extends z.ZodType>(item: S) => z.strictObject({ items: z.array(item), next: z.string().nullable() });
const period = { from: day, to: day, gpus };

export const poolAnswer = z.strictObject({
  ...keyed,
  plan: z
    .strictObject({
      digest,
      version: z.int(),
      model: z.string(),
      timeZone: z.string(),
      phases: list(z.strictObject({ id: slug, ...period, evaluatedBy: slug }), 20),
    })
    .nullable(),
  /** What there is from which day on, by day. */
  capacities: list(z.strictObject({ from: day, capacity: gpus, reason: z.string(), by: subject, at: instant }), 1_001),
  /** Capacities of rulebooks that would have taken promised GPUs away. */
  refused: z.array(z.strictObject({ from: day, capacity: gpus, on: day, promised: gpus, reason: z.string(), at: instant })),
  /** The next one first. */
  waiting: list(
    z.strictObject({
      team: id,
      key: slug,
      gpusMax: gpus,
      obstacle: z.discriminatedUnion('why', [
        z.strictObject({ why: z.literal('rulebook-missing') }),
        z.strictObject({ why: z.literal('predecessor-holds'), replaces: id }),
        z.strictObject({ why: z.literal('pool-short'), on: day, free: z.int(), wanted: gpus }),
      ]),
      since: instant,
    }),
    500,
  ),
  /** GPUs that teams have in their hands. */
  out: gpus,
  maxOutAtAnyInstant: gpus,
  maxOutAt: instant.nullable(),
});

export const grantStatus = z.enum(['reserved', 'permitted', 'delivered', 'returned', 'reclaimed', 'released']);
export type GrantStatus = z.output<typeof grantStatus>;

export const grantAnswer = z.strictObject({
  ...keyed,
  team: id,
  phase: slug,
  status: grantStatus,
  model: z.string(),
  /** Days, both included, in the programme's zone. */
  ...period,
  evaluatedBy: slug,
  rulebookDigest: digest,
  /** The event without which there would be no claim. */
  authority: eventReference.extend({ kind: z.enum(['selection', 'stage', 'seat']) }),
  /** The signature that permits delivery. */
  agreement: eventReference.nullable(),
  reservedAt: instant,
  permittedAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** Whole GPU-hours of use; null before the end, and when nothing was delivered. */
  gpuHours: z.string().nullable(),
  deliveryNote: z.string().nullable(),
  endedBecause: z.string().nullable(),
  regrantedFrom: id.nullable(),
  regrantedTo: id.nullable(),
  /** What the team gets later if it passes the stages before. */
  later: list(z.strictObject({ phase: slug, ...period }), 20),
});
export const grantsAnswer = page(grantAnswer);

export const processAnswer = z.strictObject({
  ...keyed,
  title: z.string().nullable(),
  seat: z.enum(['selection', 'added']).nullable(),
  replaces: id.nullable(),
  rounds: z.array(
    z.strictObject({
      roundId: slug,
      kind: z.enum(['selection', 'stage', 'final']),
      outcome: z.enum(['selected', 'dropped', 'passed', 'failed']),
      announcedAt: instant,
      /** When the window for objections had closed. */
      finalAt: instant.nullable(),
    }),
  ),
  signedAt: instant.nullable(),
  endedAt: instant.nullable(),
  forfeitedAt: instant.nullable(),
  waits: z.array(z.strictObject({ whom: z.enum(['review', 'funding', 'gpu-operator', 'pool']), what: slug, about: z.string(), since: instant })),
});
export const processesAnswer = page(processAnswer);

export type StockPool = z.output<typeof stockPool>;
export type ConfirmDelivery = z.output<typeof confirmDelivery>;
export type ConfirmReturn = z.output<typeof confirmReturn>;
