import { describe, test } from '@jest/globals';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { agreement } from '../domain/agreement/agreement.decider.js';
import type { AgreementEvent } from '../domain/agreement/agreement.events.js';
import { agreementId, company, of, on, programmeId, team, terms, university } from '../domain/testing/rehearsal.js';
import { agreements } from './agreements.projection.js';

const happened = (event: AgreementEvent): Occurrence => onStream(agreement, agreementId, event);
const planDigest = `sha256:${'c'.repeat(64)}`;
const place = { stream: 'decision-1', revision: 8 };

const offered = happened({ type: 'agreement-offered', ...of, terms, at: on('02-10') });
const repaired = happened({ type: 'plan-repaired', ...of, summary: 'fewer services', planDigest, by: 'lead-1', at: on('02-12') });
const leadSigned = happened({ type: 'member-signed', ...of, organisationId: company, by: 'lead-1', at: on('02-13') });
const memberSigned = happened({ type: 'member-signed', ...of, organisationId: university, by: 'member-1', at: on('02-14') });
const signed = happened({ type: 'agreement-signed', ...of, terms, at: on('02-14') });
const passed = happened({ type: 'stage-passed', ...of, roundId: 'middle', opens: 'two', because: place, at: on('07-01') });
const ended = happened({ type: 'agreement-ended', ...of, early: true, signed: true, reason: 'given up', by: 'admin-1', because: null, at: on('07-20') });
const settled = happened({ type: 'agreement-settled', ...of, paid: '256000', spent: '200000', recovered: '56000', settlement: place, at: on('08-20') });

const offer = {
  key: agreementId,
  programmeId,
  team,
  status: 'offered',
  terms,
  lapsesAt: terms.lapsesAt,
  planDigest: null,
  signatures: [],
  stagesPassed: [],
  offeredAt: on('02-10'),
  signedAt: null,
  endedAt: null,
  endedEarly: null,
  endedBecause: null,
  settledAt: null,
  paid: null,
  spent: null,
  recovered: null,
};
const signatures = [
  { organisationId: company, by: 'lead-1', at: on('02-13') },
  { organisationId: university, by: 'member-1', at: on('02-14') },
];
const active = { ...offer, status: 'active', planDigest, signatures, signedAt: on('02-14') };

describe('an agreement', () => {
  test('shows its terms from the offer on', () => viewSpec(agreements).given(offered).then(offer));
  test('shows the repaired plan and who has signed', () =>
    viewSpec(agreements)
      .given(offered, repaired, leadSigned)
      .then({ ...offer, planDigest, signatures: signatures.slice(0, 1) }));
  test('is in force with the last signature', () => viewSpec(agreements).given(offered, repaired, leadSigned, memberSigned, signed).then(active));
  test('shows stages, the end, and what came of the money', () =>
    viewSpec(agreements)
      .given(offered, repaired, leadSigned, memberSigned, signed, passed, ended, settled)
      .then({
        ...active,
        status: 'settled',
        stagesPassed: ['middle'],
        endedAt: on('07-20'),
        endedEarly: true,
        endedBecause: 'given up',
        settledAt: on('08-20'),
        paid: '256000',
        spent: '200000',
        recovered: '56000',
      }));
});
