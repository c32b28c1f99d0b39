import { canonicalJson, reject, type Aggregate, type Rejection } from '@program-ledger/event-sourcing';
import { addDays, type OrganisationFact } from '@program-ledger/rulebook';
import { applicationsLimits, type Bilingual, type Provenance } from '../vocabulary.js';
import type { OrganisationEvent } from './organisation.events.js';
import { organisationStream, type KnownFact, type Organisation } from './organisation.state.js';

type Told = { readonly by: string; readonly at: string };
type Stated = Told & { readonly fact: OrganisationFact; readonly provenance: Provenance; readonly rehearsal: boolean };

export type OrganisationCommand =
  | (Told & {
      readonly type: 'register-organisation';
      readonly name: Bilingual;
      /** The institution that a lab is a part of, and what is known of it. */
      readonly partOf: { readonly organisationId: string; readonly standing: 'institution' | 'itself-a-part' | 'unknown' } | null;
      readonly provenance: Provenance;
      readonly rehearsal: boolean;
      readonly representatives: readonly string[];
    })
  | (Told & { readonly type: 'appoint-representative'; readonly subject: string })
  | (Told & { readonly type: 'remove-representative'; readonly subject: string; readonly reason: string })
  | (Stated & { readonly type: 'state-fact' })
  | (Told & { readonly type: 'end-fact'; readonly factId: string; /** The last day on which it held. */ readonly validTo: string })
  /** `today` is the day of `at` in the programme's zone: what a correction changes before it ends is changed retroactively. */
  | (Stated & { readonly type: 'correct-fact'; readonly reason: string; readonly today: string });

export type OrganisationRejection =
  | 'already-registered'
  | 'invented-organisation'
  | 'unknown-institution'
  | 'institution-is-a-part'
  | 'unknown-organisation'
  | 'too-many-representatives'
  | 'last-representative'
  | 'invented-fact'
  | 'period-reversed'
  | 'fact-overlaps'
  | 'too-many-facts'
  | 'unknown-fact'
  | 'another-attribute'
  | 'fact-ended-already';

type Outcome = readonly OrganisationEvent[] | Rejection<OrganisationRejection>;
type Command<T extends OrganisationCommand['type']> = Extract<OrganisationCommand, { type: T }>;
type Registered = Exclude<Organisation, { status: 'absent' }>;

const decide = (command: OrganisationCommand, organisation: Organisation): Outcome => {
  if (command.type === 'register-organisation') return organisation.status === 'absent' ? register(command) : reject('already-registered');
  if (organisation.status === 'absent') return reject('unknown-organisation');
  switch (command.type) {
    case 'appoint-representative':
      return appoint(command, organisation);
    case 'remove-representative':
      return remove(command, organisation);
    case 'state-fact':
      return state(command, organisation);
    case 'end-fact':
      return end(command, organisation);
    case 'correct-fact':
      return correct(command, organisation);
  }
};

const register = ({ name, partOf, provenance, rehearsal, representatives, by, at }: Command<'register-organisation'>): Outcome => {
  if (provenance === 'invented' && !rehearsal) return reject('invented-organisation');
  if (partOf?.standing === 'unknown') return reject('unknown-institution', { organisationId: partOf.organisationId });
  if (partOf?.standing === 'itself-a-part') return reject('institution-is-a-part', { organisationId: partOf.organisationId });
  return [
    { type: 'organisation-registered', name, partOf: partOf?.organisationId ?? null, provenance, registeredBy: by, at },
    ...[...new Set(representatives)].map((subject) => ({ type: 'representative-appointed', subject, appointedBy: by, at }) as const),
  ];
};

const appoint = ({ subject, by, at }: Command<'appoint-representative'>, { representatives }: Registered): Outcome => {
  if (representatives.includes(subject)) return [];
  const { representativesMax } = applicationsLimits;
  return representatives.length < representativesMax ? [{ type: 'representative-appointed', subject, appointedBy: by, at }] : reject('too-many-representatives', { representativesMax });
};

/** Somebody has to be left who can act, above all accept and sign. */
const remove = ({ subject, reason, by, at }: Command<'remove-representative'>, { representatives }: Registered): Outcome => {
  if (!representatives.includes(subject)) return [];
  return representatives.length > 1 ? [{ type: 'representative-removed', subject, reason, removedBy: by, at }] : reject('last-representative');
};

const state = (command: Command<'state-fact'>, { facts }: Registered): Outcome => {
  const { fact, provenance, by, at } = command;
  if (facts.some((known) => canonicalJson(known.fact) === canonicalJson(fact))) return [];
  if (facts.length >= applicationsLimits.factsMax) return reject('too-many-facts', { factsMax: applicationsLimits.factsMax });
  return refusalOf(command, facts) ?? [{ type: 'fact-stated', fact, provenance, statedBy: by, at }];
};

const end = ({ factId, validTo, by, at }: Command<'end-fact'>, { facts }: Registered): Outcome => {
  const known = facts.find(({ fact }) => fact.factId === factId);
  if (known === undefined) return reject('unknown-fact', { factId });
  const { fact, provenance } = known;
  if (fact.validTo === validTo) return [];
  if (fact.validTo !== undefined) return reject('fact-ended-already', { validTo: fact.validTo });
  if (validTo < fact.validFrom) return reject('period-reversed', { validFrom: fact.validFrom, validTo });
  return [{ type: 'fact-ended', fact: { ...fact, validTo }, provenance, endedBy: by, at }];
};

const correct = (command: Command<'correct-fact'>, { facts }: Registered): Outcome => {
  const { fact, provenance, reason, today, by, at } = command;
  const known = facts.find((one) => one.fact.factId === fact.factId);
  if (known === undefined) return reject('unknown-fact', { factId: fact.factId });
  const replaced = known.fact;
  if (canonicalJson(replaced) === canonicalJson(fact)) return [];
  if (subjectOf(replaced) !== subjectOf(fact)) return reject('another-attribute', { attribute: subjectOf(replaced), found: subjectOf(fact) });
  const others = facts.filter((one) => one !== known);
  const retroactive = firstChangedDay(replaced, fact) <= today;
  return refusalOf(command, others) ?? [{ type: 'fact-corrected', fact, replaced, provenance, retroactive, reason, correctedBy: by, at }];
};

/** What a fact is about: of one thing only one value holds on a day, but an organisation may have several tasks in a programme. */
const subjectOf = (fact: OrganisationFact): string => (fact.attribute === 'participation' ? `participation in ${fact.programme}` : fact.attribute);

const refusalOf = ({ fact, provenance, rehearsal }: Stated, others: readonly KnownFact[]): Rejection<OrganisationRejection> | undefined => {
  if (provenance === 'invented' && !rehearsal) return reject('invented-fact');
  const { validFrom, validTo } = fact;
  if (validTo !== undefined && validTo < validFrom) return reject('period-reversed', { validFrom, validTo });
  const other = others.find((one) => excludes(one.fact, fact) && overlap(one.fact, fact));
  return other === undefined ? undefined : reject('fact-overlaps', { factId: other.fact.factId, attribute: subjectOf(fact), value: other.fact.value });
};

const excludes = (left: OrganisationFact, right: OrganisationFact): boolean => {
  if (subjectOf(left) !== subjectOf(right)) return false;
  return left.attribute !== 'participation' || left.value === right.value || left.value === 'none' || right.value === 'none';
};

const endless = '9999-12-31';
const overlap = (left: OrganisationFact, right: OrganisationFact): boolean => left.validFrom <= (right.validTo ?? endless) && right.validFrom <= (left.validTo ?? endless);

/** The first day on which another thing holds than before the correction. */
const firstChangedDay = (before: OrganisationFact, after: OrganisationFact): string => {
  const [first] = [before.validFrom, after.validFrom].sort();
  if (before.value !== after.value || before.validFrom !== after.validFrom) return first ?? endless;
  const [end = endless] = [before.validTo ?? endless, after.validTo ?? endless].sort();
  // Only the source, or only the end, is another: what held before the earlier end still holds.
  return (before.validTo ?? endless) === (after.validTo ?? endless) ? endless : addDays(end, 1);
};

/** An organisation or a lab: who acts for it, and what is known of it, since when, from where. */
export const organisation: Aggregate<Organisation, OrganisationCommand, OrganisationEvent, OrganisationRejection> = { ...organisationStream, decide };
