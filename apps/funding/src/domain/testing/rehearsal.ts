import { uuidFrom } from '@program-ledger/event-sourcing';
import { exampleRulebook, exampleText } from '@program-ledger/rulebook/testing';
import type { AgreementTermsEvent, Terms, TermsAsk } from '../agreement-terms/agreement-terms.events.js';
import { agreementTerms } from '../agreement-terms/agreement-terms.decider.js';
import { agreementIdOf } from '../identities.js';

/** One invented team of the rulebook library's example: a small company that leads with 70 %, a university with 30 %. */
export const rulebookText = exampleText();
export const rulebook = exampleRulebook();

export const programmeId = uuidFrom('programme');
export const otherProgramme = uuidFrom('other programme');
export const team = uuidFrom('team');
export const agreementId = agreementIdOf(team);
export const [company, university] = [uuidFrom('company'), uuidFrom('university')];
export const of = { programmeId, agreementId, team };

export const seat = {
  title: 'An open model',
  members: [
    { organisationId: company, role: 'lead', shareBasisPoints: 7_000, representatives: ['lead-1', 'lead-2'] },
    { organisationId: university, role: 'member', shareBasisPoints: 3_000, representatives: ['member-1'] },
  ],
  openness: 'open',
  budget: '900000',
} as const;

export const grantPlace = { stream: `grant-${uuidFrom('grant')}`, revision: 0 };
export const askPlace = { stream: `agreementProcess-${team}`, revision: 3 };

/** Noon of a day in the programme's zone. */
export const on = (day: string): string => `2026-${day}T03:00:00.000Z`;

export const ask: TermsAsk = {
  agreementId,
  team,
  ...seat,
  rulebookDigest: rulebook.digest,
  phases: [
    { phase: 'one', gpus: 64, from: '2026-03-01', to: '2026-06-30', place: grantPlace, pointer: '' },
    { phase: 'two', gpus: 64, from: '2026-07-01', to: '2026-09-09', place: grantPlace, pointer: '/later/0' },
  ],
  finalAt: on('02-10'),
};

export const received: readonly AgreementTermsEvent[] = [
  { type: 'rulebook-received', programmeId, rulebookId: uuidFrom('rulebook'), version: 1, text: rulebookText, digest: rulebook.digest, at: on('01-05') },
  {
    type: 'classes-received',
    programmeId,
    classes: [
      { organisationId: company, kind: 'company', size: 'small' },
      { organisationId: university, kind: 'university', size: null },
    ],
    source: `call-${uuidFrom('call')}@7`,
    by: 'service:funding',
    at: on('02-01'),
  },
];

/** What the example comes to: 64 GPUs × 1,000 × 4 and × 2.3 months; a tenth of the company's 70 %. */
export const drawn = (() => {
  const outcome = agreementTerms.decide(
    { type: 'draw-terms', programmeId, ask, place: askPlace, at: on('02-10') },
    received.reduce(agreementTerms.evolve, agreementTerms.initial),
  );
  const [event] = 'rejected' in outcome ? [] : outcome;
  if (event?.type !== 'terms-drawn') throw new Error('the example has no terms');
  return event;
})();
export const terms: Terms = drawn.terms;
