import { organisationFact } from '@program-ledger/rulebook';
import { z } from 'zod';
import { bilingual, event, id, note, provenance, subject, type EventOf } from '../vocabulary.js';

/** A fact is written in each of its events as it stands from then on, in the form that the eligibility evaluator reads. */
const stated = { fact: organisationFact.readonly(), provenance };

export const organisationEvents = {
  /** A lab names the institution that it is a part of. */
  'organisation-registered': event('organisation-registered', { name: bilingual, partOf: id.nullable(), provenance, registeredBy: subject }),
  'representative-appointed': event('representative-appointed', { subject, appointedBy: subject }),
  'representative-removed': event('representative-removed', { subject, reason: note, removedBy: subject }),
  'fact-stated': event('fact-stated', { ...stated, statedBy: subject }),
  /** It held until that day and then no longer: nothing that was said before was wrong. */
  'fact-ended': event('fact-ended', { ...stated, endedBy: subject }),
  /** What was said before was wrong. `retroactive`: on a day that has begun, something else holds now than was known. */
  'fact-corrected': event('fact-corrected', { ...stated, replaced: organisationFact.readonly(), retroactive: z.boolean(), reason: note, correctedBy: subject }),
};

export type OrganisationEvent = EventOf<typeof organisationEvents>;
