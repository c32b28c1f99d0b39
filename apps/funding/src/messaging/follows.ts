import type { StoredEvent } from '@program-ledger/event-sourcing';
import { follow, issue, type Issue } from '@program-ledger/messaging';
import { settlementOutcome } from '@program-ledger/rulebook';
import { agreementProcess } from '../domain/agreement-process/agreement-process.decider.js';
import type { Heard } from '../domain/agreement-process/agreement-process.events.js';
import { agreementTerms } from '../domain/agreement-terms/agreement-terms.decider.js';
import { agreement } from '../domain/agreement/agreement.decider.js';
import type { AgreementEvent } from '../domain/agreement/agreement.events.js';
import { agreementIdOf } from '../domain/identities.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import { commitment, ownShareReceived, payment, recoveryReceived, release, settlementEntries } from '../domain/journal/entries.js';
import { journal } from '../domain/journal/journal.decider.js';
import type { Entry } from '../domain/journal/journal.events.js';
import { roundNotice } from '../domain/round-notice/round-notice.decider.js';
import type { EventReference } from '../domain/vocabulary.js';

/**
 * What follows from this service's own events. A process asks for terms, the terms are drawn, the agreement is offered; what is signed
 * makes a plan, what the plan pays makes entries. Each step writes one stream, and a follow that comes again makes good a crash between two.
 */
export const fundingFollows = [
  follow('tell-dropped-teams', roundNotice, 'notice-received', ({ event: { programmeId, roundId, dropped, notice, at } }) =>
    dropped.map((team) => tell({ type: 'outcome-heard', programmeId, team, roundId, kind: 'selection', outcome: 'dropped', seat: null, notice, at })),
  ),
  follow('tell-final-notice', roundNotice, 'notice-final', ({ event: { programmeId, roundId, teams, notice, closing, at } }) =>
    teams.map((team) => tell({ type: 'closing-heard', programmeId, team, roundId, notice, closing, at })),
  ),

  follow('draw-terms', agreementProcess, 'terms-asked', (stored) => {
    const { programmeId, ask, at } = stored.event;
    return [issue(agreementTerms, programmeId, { type: 'draw-terms', programmeId, ask, place: placeOf(stored), at })];
  }),
  follow('tell-terms-obstacle', agreementTerms, 'terms-awaited', ({ event: { programmeId, ask, missing, at } }) => [
    tell({ type: 'terms-obstacle-heard', programmeId, team: ask.team, missing: missing.what, at }),
  ]),
  follow('offer-agreement', agreementTerms, 'terms-drawn', ({ event: { programmeId, agreementId, terms, at } }) => [
    issue(agreement, agreementId, { type: 'offer', programmeId, agreementId, terms, at }),
  ]),
  follow('pass-stage', agreementProcess, 'stage-cleared', ({ event: { programmeId, team, roundId, because, at } }) => [
    issue(agreement, agreementIdOf(team), { type: 'pass-stage', programmeId, roundId, because, at }),
  ]),
  follow('end-agreement', agreementProcess, 'ending-decided', ({ event: { programmeId, team, early, reason, because, at } }) => [
    issue(agreement, agreementIdOf(team), { type: 'end', programmeId, early, reason, by: null, because, at }),
  ]),

  follow('tell-offered', agreement, 'agreement-offered', ({ event }) => [step(event, 'offered')]),
  follow('tell-signature', agreement, 'member-signed', ({ event: { programmeId, team, organisationId, at } }) => [
    tell({ type: 'signature-heard', programmeId, team, organisationId, at }),
  ]),
  follow('plan-instalments', agreement, 'agreement-signed', (stored) => {
    const { event } = stored;
    const { contributionTotal, currency } = event.terms;
    return [
      issue(instalmentPlan, event.agreementId, { type: 'draw-plan', of: ofAgreement(event), terms: event.terms, at: event.at }),
      ...posted(event, commitment(placeOf(stored), contributionTotal, currency)),
      step(event, 'signed'),
    ];
  }),
  follow('open-phase', agreement, 'stage-passed', ({ event }) =>
    event.opens === null ? [] : [issue(instalmentPlan, event.agreementId, { type: 'open-phase', of: ofAgreement(event), phase: event.opens, at: event.at })],
  ),
  follow('close-plan', agreement, 'agreement-ended', ({ event }) => [
    ...(event.signed ? [issue(instalmentPlan, event.agreementId, { type: 'close-plan', early: event.early, reason: event.reason, at: event.at })] : []),
    step(event, 'ended'),
  ]),
  follow('tell-settled', agreement, 'agreement-settled', ({ event }) => [step(event, 'settled')]),

  follow('post-own-share', instalmentPlan, 'own-share-received', (stored) =>
    posted(stored.event, ownShareReceived(placeOf(stored), stored.event.amount, stored.event.currency, stored.event.organisationId)),
  ),
  follow('post-payment', instalmentPlan, 'instalment-paid', (stored) =>
    posted(stored.event, payment(placeOf(stored), stored.event.amount, stored.event.currency, stored.event.instalmentId)),
  ),
  follow('post-release', instalmentPlan, 'instalment-lapsed', (stored) =>
    posted(stored.event, release(placeOf(stored), stored.event.amount, stored.event.currency)),
  ),
  follow('tell-expenses', instalmentPlan, 'expenses-reported', ({ event: { programmeId, team, at } }) => [
    tell({ type: 'expenses-heard', programmeId, team, at }),
  ]),
  follow('settle-agreement', instalmentPlan, 'plan-settled', (stored) => {
    const { programmeId, agreementId, team, currency, paid, spent, recovered, decision, at } = stored.event;
    return [
      ...posted(stored.event, settlementEntries(placeOf(stored), settlementOutcome.parse(decision.outcome), currency)),
      issue(agreement, agreementId, { type: 'settle', programmeId, paid, spent, recovered, settlement: placeOf(stored), at }),
      ...(recovered === '0' ? [] : [tell({ type: 'recovery-heard', programmeId, team, outstanding: recovered, at })]),
    ];
  }),
  follow('post-recovery', instalmentPlan, 'recovery-received', (stored) => {
    const { programmeId, team, amount, currency, outstanding, at } = stored.event;
    return [...posted(stored.event, recoveryReceived(placeOf(stored), amount, currency)), tell({ type: 'recovery-heard', programmeId, team, outstanding, at })];
  }),
];

const tell = (heard: Heard): Issue => issue(agreementProcess, heard.team, { type: 'hear', heard });

const step = ({ programmeId, team, at }: AgreementEvent, taken: 'offered' | 'signed' | 'ended' | 'settled'): Issue =>
  tell({ type: 'agreement-heard', programmeId, team, step: taken, at });

const ofAgreement = ({ programmeId, agreementId, team }: AgreementEvent) => ({ programmeId, agreementId, team });

type OfAgreement = { readonly programmeId: string; readonly agreementId: string; readonly team: string; readonly at: string };

const posted = ({ programmeId, agreementId, team, at }: OfAgreement, entries: readonly Entry[]): readonly Issue[] =>
  entries.map((entry) => issue(journal, agreementId, { type: 'post-entry', programmeId, agreementId, team, entry, at }));

const placeOf = ({ stream, revision }: StoredEvent): EventReference => ({ stream, revision });
