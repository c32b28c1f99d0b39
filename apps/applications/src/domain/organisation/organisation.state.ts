import type { OrganisationFact } from '@program-ledger/rulebook';
import type { Bilingual, Provenance } from '../vocabulary.js';
import { organisationEvents, type OrganisationEvent } from './organisation.events.js';

/** A fact as it stands, and the revision of the event that says so. */
export type KnownFact = { readonly fact: OrganisationFact; readonly provenance: Provenance; readonly revision: number; readonly corrected: boolean; readonly retroactive: boolean };

export type Organisation =
  | { readonly status: 'absent' }
  | {
      readonly status: 'registered';
      readonly name: Bilingual;
      readonly partOf: string | null;
      readonly provenance: Provenance;
      readonly registeredBy: string;
      readonly representatives: readonly string[];
      readonly facts: readonly KnownFact[];
      /** How many events there are: the revision of the next. */
      readonly events: number;
    };

const initial: Organisation = { status: 'absent' };

type Registered = Exclude<Organisation, { status: 'absent' }>;

const evolve = (organisation: Organisation, event: OrganisationEvent): Organisation => {
  if (event.type === 'organisation-registered') {
    const { name, partOf, provenance, registeredBy } = event;
    return { status: 'registered', name, partOf, provenance, registeredBy, representatives: [], facts: [], events: 1 };
  }
  return organisation.status === 'absent' ? organisation : { ...evolveRegistered(organisation, event), events: organisation.events + 1 };
};

const evolveRegistered = (organisation: Registered, event: Exclude<OrganisationEvent, { type: 'organisation-registered' }>): Registered => {
  const { representatives, facts, events: revision } = organisation;
  switch (event.type) {
    case 'representative-appointed':
      return { ...organisation, representatives: [...representatives, event.subject] };
    case 'representative-removed':
      return { ...organisation, representatives: representatives.filter((one) => one !== event.subject) };
    case 'fact-stated':
      return { ...organisation, facts: [...facts, { fact: event.fact, provenance: event.provenance, revision, corrected: false, retroactive: false }] };
    case 'fact-ended':
      return { ...organisation, facts: facts.map((known) => (known.fact.factId === event.fact.factId ? { ...known, fact: event.fact, revision } : known)) };
    case 'fact-corrected': {
      const { fact, provenance, retroactive } = event;
      const now = { fact, provenance, revision, corrected: true, retroactive };
      return { ...organisation, facts: facts.map((known) => (known.fact.factId === fact.factId ? now : known)) };
    }
  }
};

export const organisationStream = { category: 'organisation', events: organisationEvents, initial, evolve } as const;
