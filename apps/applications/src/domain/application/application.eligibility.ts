import { streamOf } from '@program-ledger/event-sourcing';
import { decideBy, eligibility, type EligibilityInput, type EligibilityOutcome, type InputReference, type LocalDeadline, type OrganisationFact, type Rulebook } from '@program-ledger/rulebook';
import type { ConsortiumMember } from '../consortium.js';
import type { Bilingual, EventReference } from '../vocabulary.js';
import type { ApplicationEvent, Occasion } from './application.events.js';
import { applicationStream, type Member } from './application.state.js';

/** An organisation as it is known now: each fact with the revision of the event that says so. */
export type KnownOrganisation = {
  readonly organisationId: string;
  readonly stream: string;
  readonly name: Bilingual;
  readonly representatives: readonly string[];
  readonly facts: readonly { readonly fact: OrganisationFact; readonly revision: number }[];
};

/** What eligibility is decided on, beside the application itself: read from the streams of others when the command came. */
export type Basis = {
  /** The version in force. */
  readonly rulebook: { readonly text: Rulebook; readonly enacted: EventReference };
  readonly call: { readonly published: EventReference; readonly deadline: LocalDeadline };
  readonly organisations: readonly KnownOrganisation[];
};

/** What was submitted, and where it says so. */
export type Submitted = { readonly event: EventReference; readonly at: string; readonly members: readonly Part[]; readonly requestedGpus: number; readonly openness: string };
type Part = Pick<ConsortiumMember, 'organisationId' | 'role' | 'task' | 'shareBasisPoints'>;

export type Check = { readonly programmeId: string; readonly callId: string; readonly occasion: Occasion; readonly by: string; readonly at: string };

/** The event, and what came out with its type. */
export type Assessed = { readonly event: EligibilityDecided; readonly outcome: EligibilityOutcome };
type EligibilityDecided = Extract<ApplicationEvent, { type: 'eligibility-decided' }>;

/** Evaluates, and writes down where every part of the input comes from. */
export const assess = ({ programmeId, callId, occasion, by, at }: Check, submitted: Submitted, basis: Basis): Assessed => {
  const input: EligibilityInput = {
    occasion,
    at,
    submittedAt: submitted.at,
    deadline: basis.call.deadline,
    members: submitted.members.map(({ organisationId, role, task, shareBasisPoints }) => ({ organisationId, role, task, shareBasisPoints, facts: factsOf(basis, organisationId) })),
    requestedGpus: submitted.requestedGpus,
    openness: submitted.openness,
  };
  const decision = decideBy(eligibility, basis.rulebook.text, input, { references: referencesOf(submitted, basis) });
  const { eligible, failedRules } = decision.outcome;
  const outcome = eligible ? 'eligible' : 'ineligible';
  const evidence = [basis.call.published, submitted.event, basis.rulebook.enacted];
  const event: EligibilityDecided = { type: 'eligibility-decided', programmeId, callId, occasion, outcome, failedRules, decision, evidence, askedBy: by, at };
  return { event, outcome: decision.outcome };
};

const organisationOf = ({ organisations }: Basis, id: string): KnownOrganisation | undefined => organisations.find(({ organisationId }) => organisationId === id);
const factsOf = (basis: Basis, id: string): readonly OrganisationFact[] => organisationOf(basis, id)?.facts.map(({ fact }) => fact) ?? [];

const referencesOf = ({ event, members }: Submitted, basis: Basis): readonly InputReference[] => [
  { pointer: '/deadline', ...basis.call.published, source: '/deadline' },
  { pointer: '/submittedAt', ...event, source: '/at' },
  ...['/requestedGpus', '/openness'].map((pointer) => ({ pointer, ...event, source: pointer })),
  ...members.flatMap((member, index) => [
    ...['organisationId', 'role', 'task', 'shareBasisPoints'].map((field) => ({ pointer: `/members/${index}/${field}`, ...event, source: `/members/${index}/${field}` })),
    ...factReferences(organisationOf(basis, member.organisationId), index),
  ]),
];

const factReferences = (organisation: KnownOrganisation | undefined, member: number): readonly InputReference[] =>
  organisation?.facts.map(({ revision }, fact) => ({ pointer: `/members/${member}/facts/${fact}`, stream: organisation.stream, revision, source: '/fact' })) ?? [];

/** The members as they go in: named, sized and represented as the organisations are known on the day that the rules look at. */
export const membersAsSubmitted = (members: readonly Member[], basis: Basis, onDay: string): readonly ConsortiumMember[] =>
  members.map(({ organisationId, name, role, task, shareBasisPoints }) => {
    const known = organisationOf(basis, organisationId);
    const attribute = (wanted: 'kind' | 'size'): string | null => factsOf(basis, organisationId).find((fact) => fact.attribute === wanted && holdsOn(fact, onDay))?.value ?? null;
    return { organisationId, name: known?.name ?? name, role, task, shareBasisPoints, kind: attribute('kind'), size: attribute('size'), representatives: known?.representatives ?? [] };
  });

const holdsOn = ({ validFrom, validTo }: OrganisationFact, onDay: string): boolean => validFrom <= onDay && (validTo === undefined || onDay <= validTo);

export const applicationEvent = (applicationId: string, revision: number): EventReference => ({ stream: streamOf(applicationStream.category, applicationId), revision });
