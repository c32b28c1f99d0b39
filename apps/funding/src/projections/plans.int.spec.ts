import { describe, test } from '@jest/globals';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import type { InstalmentPlanEvent } from '../domain/instalment-plan/instalment-plan.events.js';
import { agreementId, company, drawn as drawnTerms, of, on, programmeId, team, terms } from '../domain/testing/rehearsal.js';
import { plans } from './plans.projection.js';

const happened = (event: InstalmentPlanEvent): Occurrence => onStream(instalmentPlan, agreementId, event);
const part = (index: number) => {
  const { instalmentId, phase, amount } = terms.instalments[index]!;
  return { ...of, instalmentId, phase, amount, currency: 'KRW' };
};
const decision = drawnTerms.decisions[0]!;

const drawn = happened({ type: 'plan-drawn', ...of, terms, at: on('02-14') });
const opened = happened({ type: 'phase-opened', ...of, phase: 'one', at: on('02-14') });
const due = happened({ type: 'instalment-due', ...part(0), at: on('03-01') });
const claimed = happened({ type: 'instalment-claimed', ...part(0), by: 'lead-1', at: on('03-03') });
const held = happened({ type: 'instalment-held', ...part(0), missing: '4234', at: on('03-03') });
const cash = happened({
  type: 'own-share-received',
  ...of,
  organisationId: company,
  form: 'cash',
  amount: '4234',
  currency: 'KRW',
  broughtTotal: '4234',
  evidence: 'transfer 1',
  by: 'officer-1',
  at: on('03-04'),
});
const lifted = happened({ type: 'hold-lifted', ...part(0), at: on('03-04') });
const paid = happened({ type: 'instalment-paid', ...part(0), paidTotal: '179200', payment: 'order 7', by: 'officer-1', at: on('03-05') });
const secondDue = happened({ type: 'instalment-due', ...part(1), at: '2026-04-30T15:00:00.000Z' });
const reported = happened({
  type: 'expenses-reported',
  ...of,
  spentTotal: '150000',
  note: 'pay',
  evidence: `sha256:${'e'.repeat(64)}`,
  by: 'lead-1',
  at: on('05-21'),
});
const closed = happened({ type: 'plan-closed', ...of, early: true, reason: 'given up', at: on('05-20') });
const lapsed = [1, 2].map((index) => happened({ type: 'instalment-lapsed', ...part(index), at: on('05-20') }));
const settled = happened({
  type: 'plan-settled',
  ...of,
  currency: 'KRW',
  paid: '179200',
  spent: '150000',
  recovered: '29200',
  decision,
  by: 'officer-1',
  at: on('06-01'),
});

const received = happened({
  type: 'recovery-received',
  ...of,
  amount: '9200',
  currency: 'KRW',
  receivedTotal: '9200',
  outstanding: '20000',
  evidence: 'transfer 9',
  by: 'officer-1',
  at: on('07-01'),
});

const blank = { missing: null, claimedAt: null, paidAt: null, payment: null };
const planned = terms.instalments.map((instalment) => ({ ...instalment, status: 'planned' as const, ...blank }));
const [first, second, third] = planned as [(typeof planned)[number], (typeof planned)[number], (typeof planned)[number]];
const plan = {
  key: agreementId,
  programmeId,
  team,
  status: 'open',
  phasesOpen: [] as string[],
  instalments: planned,
  nextDueAt: null as string | null,
  shares: terms.ownShare,
  ownShare: [],
  paid: '0',
  brought: '0',
  spent: '0',
  reportedAt: null,
  settlement: null,
  recoveryDue: null as string | null,
  recoveryReceived: null as string | null,
  recoveryPayments: [],
};
const running = { ...plan, phasesOpen: ['one'], nextDueAt: second.dueAt };
const brought = [{ organisationId: company, form: 'cash' as const, amount: '4234', evidence: 'transfer 1', at: on('03-04') }];
const payment = { ...first, status: 'paid' as const, claimedAt: on('03-03'), paidAt: on('03-05'), payment: 'order 7' };

describe('a plan', () => {
  test('has no day to wait for until a phase is open', () => viewSpec(plans).given(drawn).then(plan));
  test('waits for the next day of an open phase', () => viewSpec(plans).given(drawn, opened).then(running));
  test('shows what a held instalment waits for', () =>
    viewSpec(plans)
      .given(drawn, opened, due, claimed, held)
      .then({ ...running, instalments: [{ ...first, status: 'held', missing: '4234', claimedAt: on('03-03') }, second, third] }));
  test('shows what was brought in and paid', () =>
    viewSpec(plans)
      .given(drawn, opened, due, claimed, held, cash, lifted, paid)
      .then({ ...running, instalments: [payment, second, third], ownShare: brought, paid: '179200', brought: '4234' }));
  test('waits for a day no longer once it is due', () =>
    viewSpec(plans)
      .given(drawn, opened, secondDue)
      .then({ ...running, nextDueAt: null, instalments: [first, { ...second, status: 'due' }, third] }));
  test('that is closed stops what is not paid, and shows what goes back', () =>
    viewSpec(plans)
      .given(drawn, opened, due, claimed, held, cash, lifted, paid, closed, ...lapsed, reported, settled)
      .then({
        ...running,
        status: 'settled',
        nextDueAt: null,
        instalments: [payment, { ...second, status: 'lapsed' }, { ...third, status: 'lapsed' }],
        ownShare: brought,
        paid: '179200',
        brought: '4234',
        spent: '150000',
        reportedAt: on('05-21'),
        settlement: decision,
        recoveryDue: '29200',
        recoveryReceived: '0',
      }));
  test('that is settled shows what came back', () =>
    viewSpec(plans)
      .given(drawn, closed, settled, received)
      .then({
        ...plan,
        status: 'settled',
        settlement: decision,
        recoveryDue: '29200',
        recoveryReceived: '9200',
        recoveryPayments: [{ amount: '9200', evidence: 'transfer 9', at: on('07-01') }],
      }));
});
