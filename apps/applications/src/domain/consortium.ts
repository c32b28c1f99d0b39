import { z } from 'zod';
import { applicationsLimits, bilingual, id, list, slug, subject } from './vocabulary.js';

/** A member of a consortium as it went into an application: with its name, its size and who acted for it then. */
export const consortiumMember = z
  .strictObject({
    organisationId: id,
    name: bilingual,
    role: z.enum(['lead', 'member']),
    /** As the rulebook names it. */
    task: slug,
    shareBasisPoints: z.int().min(0).max(10_000),
    kind: slug.nullable(),
    size: slug.nullable(),
    representatives: list(subject, applicationsLimits.representativesMax),
  })
  .readonly();

export type ConsortiumMember = z.infer<typeof consortiumMember>;

/** The whole of a project's own share. */
export const wholeShareBasisPoints = 10_000;
