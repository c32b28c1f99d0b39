import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import type { Terms } from '../domain/agreement-terms/agreement-terms.events.js';
import { agreement } from '../domain/agreement/agreement.decider.js';

type Signature = { readonly organisationId: string; readonly by: string; readonly at: string };

const table = viewTable({
  name: 'agreements',
  columns: {
    programmeId: 'uuid',
    team: 'uuid',
    status: 'text',
    terms: json<Terms>(),
    lapsesAt: 'instant',
    planDigest: 'text?',
    signatures: json<readonly Signature[]>(),
    stagesPassed: json<readonly string[]>(),
    offeredAt: 'instant',
    signedAt: 'instant?',
    endedAt: 'instant?',
    endedEarly: 'boolean?',
    endedBecause: 'text?',
    settledAt: 'instant?',
    paid: 'amount?',
    spent: 'amount?',
    recovered: 'amount?',
  },
  indexes: [
    ['programmeId', 'status'],
    ['programmeId', 'team'],
  ],
});
export type AgreementRow = RowOf<typeof table>;

/** What was agreed with whom, and how far it has come. */
export const agreements = view({
  name: 'agreements',
  table,
  aggregates: [agreement],
  on: {
    'agreement-offered': (_, { event: { programmeId, team, terms, at } }) => ({
      programmeId,
      team,
      status: 'offered',
      terms,
      lapsesAt: terms.lapsesAt,
      planDigest: null,
      signatures: [],
      stagesPassed: [],
      offeredAt: at,
      signedAt: null,
      endedAt: null,
      endedEarly: null,
      endedBecause: null,
      settledAt: null,
      paid: null,
      spent: null,
      recovered: null,
    }),
    'plan-repaired': (row, { event: { planDigest } }) => row && { ...row, planDigest },
    'member-signed': (row, { event: { organisationId, by, at } }) => row && { ...row, signatures: [...row.signatures, { organisationId, by, at }] },
    'agreement-signed': (row, { event: { at } }) => row && { ...row, status: 'active', signedAt: at },
    'stage-passed': (row, { event: { roundId } }) => row && { ...row, stagesPassed: [...row.stagesPassed, roundId] },
    'agreement-ended': (row, { event: { early, reason, at } }) => row && { ...row, status: 'ended', endedAt: at, endedEarly: early, endedBecause: reason },
    'agreement-settled': (row, { event: { paid, spent, recovered, at } }) => row && { ...row, status: 'settled', settledAt: at, paid, spent, recovered },
  },
});
