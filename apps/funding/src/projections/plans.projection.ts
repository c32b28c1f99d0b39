import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import type { DecisionRecord } from '@program-ledger/rulebook';
import type { Share } from '../domain/agreement-terms/agreement-terms.events.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import type { InstalmentPlanEvent, OwnShareForm } from '../domain/instalment-plan/instalment-plan.events.js';

type Part = {
  readonly instalmentId: string;
  readonly phase: string;
  readonly amount: string;
  readonly dueAt: string | null;
  readonly status: 'planned' | 'due' | 'claimed' | 'held' | 'paid' | 'lapsed';
  /** Cash own share that a held payment waits for. */
  readonly missing: string | null;
  readonly claimedAt: string | null;
  readonly paidAt: string | null;
  readonly payment: string | null;
};
type Received = { readonly amount: string; readonly evidence: string; readonly at: string };
type Brought = { readonly organisationId: string; readonly form: OwnShareForm; readonly amount: string; readonly evidence: string; readonly at: string };

const table = viewTable({
  name: 'plans',
  columns: {
    programmeId: 'uuid',
    team: 'uuid',
    status: 'text',
    phasesOpen: json<readonly string[]>(),
    instalments: json<readonly Part[]>(),
    /** When the next instalment of an open phase falls due by its day. */
    nextDueAt: 'instant?',
    shares: json<readonly Share[]>(),
    ownShare: json<readonly Brought[]>(),
    paid: 'amount',
    brought: 'amount',
    spent: 'amount',
    reportedAt: 'instant?',
    settlement: json<DecisionRecord | null>(),
    recoveryDue: 'amount?',
    recoveryReceived: 'amount?',
    recoveryPayments: json<readonly Received[]>(),
  },
  indexes: [['programmeId', 'nextDueAt']],
});
export type PlanRow = RowOf<typeof table>;

type PartEvent = Extract<InstalmentPlanEvent, { instalmentId: string }>;

const timed = (row: PlanRow): PlanRow => {
  const days = row.instalments.flatMap(({ status, phase, dueAt }) =>
    status === 'planned' && row.status === 'open' && dueAt !== null && row.phasesOpen.includes(phase) ? [dueAt] : [],
  );
  return { ...row, nextDueAt: days.sort()[0] ?? null };
};

const withPart = (row: PlanRow | undefined, event: PartEvent, change: Partial<Part>): PlanRow | undefined =>
  row && timed({ ...row, instalments: row.instalments.map((part) => (part.instalmentId === event.instalmentId ? { ...part, ...change } : part)) });

/** Instalments of each agreement, what was brought in and what was spent. Its key is the agreement. */
export const plans = view({
  name: 'plans',
  table,
  aggregates: [instalmentPlan],
  on: {
    'plan-drawn': (_, { event: { programmeId, team, terms } }) => ({
      programmeId,
      team,
      status: 'open',
      phasesOpen: [],
      instalments: terms.instalments.map((instalment) => ({
        ...instalment,
        status: 'planned' as const,
        missing: null,
        claimedAt: null,
        paidAt: null,
        payment: null,
      })),
      nextDueAt: null,
      shares: terms.ownShare,
      ownShare: [],
      paid: '0',
      brought: '0',
      spent: '0',
      reportedAt: null,
      settlement: null,
      recoveryDue: null,
      recoveryReceived: null,
      recoveryPayments: [],
    }),
    'phase-opened': (row, { event: { phase } }) => row && timed({ ...row, phasesOpen: [...row.phasesOpen, phase] }),
    'instalment-due': (row, { event }) => withPart(row, event, { status: 'due' }),
    'instalment-claimed': (row, { event }) => withPart(row, event, { status: 'claimed', claimedAt: event.at }),
    'instalment-held': (row, { event }) => withPart(row, event, { status: 'held', missing: event.missing }),
    'hold-lifted': (row, { event }) => withPart(row, event, { status: 'claimed', missing: null }),
    'instalment-paid': (row, { event }) =>
      withPart(row && { ...row, paid: event.paidTotal }, event, { status: 'paid', paidAt: event.at, payment: event.payment }),
    'instalment-lapsed': (row, { event }) => withPart(row, event, { status: 'lapsed' }),
    'own-share-received': (row, { event: { organisationId, form, amount, broughtTotal, evidence, at } }) =>
      row && { ...row, ownShare: [...row.ownShare, { organisationId, form, amount, evidence, at }], brought: broughtTotal },
    'expenses-reported': (row, { event: { spentTotal, at } }) => row && { ...row, spent: spentTotal, reportedAt: at },
    'plan-closed': (row) => row && timed({ ...row, status: 'closed' }),
    'plan-settled': (row, { event: { decision, recovered } }) =>
      row && { ...row, status: 'settled', settlement: decision, recoveryDue: recovered, recoveryReceived: '0' },
    'recovery-received': (row, { event: { amount, receivedTotal, evidence, at } }) =>
      row && { ...row, recoveryReceived: receivedTotal, recoveryPayments: [...row.recoveryPayments, { amount, evidence, at }] },
  },
});
