import { z } from 'zod';
import { slug, type Immutable } from './notation.js';
import { entry } from './rule-entry.js';

/** A class of organisations: of a kind and, where the kind has sizes, of one size. */
export const organisationClass = z.strictObject({ kind: slug, size: slug.optional() });
export type OrganisationClass = Immutable<z.infer<typeof organisationClass>>;

const kind = <Kind extends string, Parameters extends z.ZodRawShape>(name: Kind, parameters: Parameters) => entry({ kind: z.literal(name), ...parameters });

/**
 * What an application may be asked to meet. The kinds are generic: which programme, size, task or number a rule is about is in its
 * parameters.
 */
export const eligibilityRule = z.discriminatedUnion('kind', [
  /** Submitted no later than the call's deadline. */
  kind('deadline', {}),
  /** The lead is of one of these classes. */
  kind('lead-allowed', { allowed: z.array(organisationClass).min(1).max(50) }),
  /** The lead does not itself take part in another programme with one of these tasks. */
  kind('lead-not-in-programme', { programme: slug, tasks: z.array(slug).min(1).max(20) }),
  /** An organisation of this size never leads. */
  kind('size-never-leads', { size: slug }),
  /** An organisation of this size joins only if it has no part at all in another programme. */
  kind('size-joins-without-programme', { size: slug, programme: slug }),
  /** At least so many organisations of these kinds, the lead counted. */
  kind('organisation-of-kind', { kinds: z.array(slug).min(1).max(20), min: z.int().min(1).max(100) }),
  /** An organisation of another country joins for these tasks only. */
  kind('foreign-tasks', {
    homeCountries: z
      .array(z.string().regex(/^[A-Z]{2}$/))
      .min(1)
      .max(50),
    tasks: z.array(slug).max(20),
  }),
  /** Whether members (not the lead) may take part in another programme. */
  kind('members-in-programme', { programme: slug, allowed: z.boolean() }),
  /** Organisations in the consortium, the lead counted. */
  kind('consortium-size', { min: z.int().min(1).max(100), max: z.int().min(1).max(100) }),
  /** The members' shares add up to the whole, in basis points. */
  kind('shares-add-up', { total: z.int().min(1).max(10_000) }),
  /** How many GPUs may be asked for, and in which steps. */
  kind('gpus-requested', { min: z.int().min(1), max: z.int().min(1), multipleOf: z.int().min(1) }),
  /** How open the result must be. */
  kind('openness-allowed', { allowed: z.array(slug).min(1).max(20) }),
]);
export type EligibilityRule = Immutable<z.infer<typeof eligibilityRule>>;
export type EligibilityRuleKind = EligibilityRule['kind'];
