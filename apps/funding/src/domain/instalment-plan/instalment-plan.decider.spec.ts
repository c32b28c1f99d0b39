import { describe, expect, test } from '@jest/globals';
import { isRejection, type JsonObject } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { checkReferences, recompute } from '@program-ledger/rulebook';
import { exampleRulebook } from '@program-ledger/rulebook/testing';
import fc from 'fast-check';
import { company, drawn as decided, of, on, otherProgramme, programmeId, rulebook, rulebookText, team, terms, university } from '../testing/rehearsal.js';
import { sumOf } from '../vocabulary.js';
import { instalmentPlan, type InstalmentPlanCommand } from './instalment-plan.decider.js';
import type { InstalmentPlanEvent } from './instalment-plan.events.js';

const evidence = `sha256:${'e'.repeat(64)}`;
const oneFirst = { ...of, instalmentId: 'one-first', phase: 'one', amount: '179200', currency: 'KRW' };
const oneSecond = { ...of, instalmentId: 'one-second', phase: 'one', amount: '76800', currency: 'KRW' };
const twoAll = { ...of, instalmentId: 'two-all', phase: 'two', amount: '147200', currency: 'KRW' };

const drawn: readonly InstalmentPlanEvent[] = [
  { type: 'plan-drawn', ...of, terms, at: on('02-14') },
  { type: 'phase-opened', ...of, phase: 'one', at: on('02-14') },
];
const delivered: InstalmentPlanEvent = { type: 'delivery-noted', ...of, phase: 'one', at: on('03-01') };
const due: InstalmentPlanEvent = { type: 'instalment-due', ...oneFirst, at: on('03-01') };
const cash: InstalmentPlanEvent = {
  type: 'own-share-received',
  ...of,
  organisationId: company,
  form: 'cash',
  amount: '4234',
  currency: 'KRW',
  broughtTotal: '4234',
  evidence: 'transfer 1',
  by: 'officer-1',
  at: on('03-02'),
};
const claimed: InstalmentPlanEvent = { type: 'instalment-claimed', ...oneFirst, by: 'lead-1', at: on('03-03') };
const held: InstalmentPlanEvent = { type: 'instalment-held', ...oneFirst, missing: '4234', at: on('03-03') };
const paid: InstalmentPlanEvent = { type: 'instalment-paid', ...oneFirst, paidTotal: '179200', payment: 'order 7', by: 'officer-1', at: on('03-04') };
const reported: InstalmentPlanEvent = { type: 'expenses-reported', ...of, spentTotal: '150000', note: 'pay', evidence, by: 'lead-1', at: on('05-21') };
const closedEarly: InstalmentPlanEvent = { type: 'plan-closed', ...of, early: true, reason: 'given up', at: on('05-20') };
const running = [...drawn, delivered, due, cash, claimed, paid];

const claim: InstalmentPlanCommand = { type: 'claim-instalment', programmeId, instalmentId: 'one-first', by: 'lead-1', at: on('03-03') };
const pay: InstalmentPlanCommand = { type: 'pay-instalment', programmeId, instalmentId: 'one-first', payment: 'order 7', by: 'officer-1', at: on('03-04') };
const bring: InstalmentPlanCommand = {
  type: 'record-own-share',
  programmeId,
  organisationId: company,
  form: 'cash',
  amount: '4234',
  evidence: 'transfer 1',
  by: 'officer-1',
  at: on('03-02'),
};
const report: InstalmentPlanCommand = { type: 'report-expenses', programmeId, spentTotal: '150000', note: 'pay', evidence, by: 'lead-1', at: on('05-21') };
const settle: InstalmentPlanCommand = { type: 'settle-plan', programmeId, rulebook, misused: '0', by: 'officer-1', at: on('06-01') };
const { given } = specify(instalmentPlan);

describe('due', () => {
  test('the signed agreement draws the plan, once, and opens its first phase', () => {
    given()
      .when({ type: 'draw-plan', of, terms, at: on('02-14') })
      .then(...drawn);
    given(...drawn)
      .when({ type: 'draw-plan', of, terms, at: on('02-14') })
      .staysQuiet();
  });
  test('delivery makes due what waits for it, also when it was heard of first', () => {
    given(...drawn)
      .when({ type: 'note-delivery', of, phase: 'one', at: on('03-01') })
      .then(delivered, due);
    given(delivered)
      .when({ type: 'draw-plan', of, terms, at: on('03-01') })
      .then({ ...drawn[0]!, at: on('03-01') }, { ...drawn[1]!, at: on('03-01') }, due);
    given(...drawn, delivered, due)
      .when({ type: 'note-delivery', of, phase: 'one', at: on('03-01') })
      .staysQuiet();
  });
  test('a day makes due what waits for it, from its first millisecond', () => {
    given(...drawn)
      .when({ type: 'reach-day', at: '2026-04-30T14:59:59.999Z' })
      .staysQuiet();
    given(...drawn)
      .when({ type: 'reach-day', at: '2026-04-30T15:00:00.000Z' })
      .then({ type: 'instalment-due', ...oneSecond, at: '2026-04-30T15:00:00.000Z' });
    given()
      .when({ type: 'reach-day', at: on('05-01') })
      .staysQuiet();
  });
  test('nothing of a phase is due before the stage that leads to it is passed', () => {
    const deliveredTwo: InstalmentPlanEvent = { type: 'delivery-noted', ...of, phase: 'two', at: on('07-01') };
    given(...drawn)
      .when({ type: 'note-delivery', of, phase: 'two', at: on('07-01') })
      .then(deliveredTwo, { type: 'instalment-due', ...oneSecond, at: on('07-01') });
    given(...running, deliveredTwo, { type: 'instalment-due', ...oneSecond, at: on('07-01') })
      .when({ type: 'open-phase', of, phase: 'two', at: on('07-02') })
      .then({ type: 'phase-opened', ...of, phase: 'two', at: on('07-02') }, { type: 'instalment-due', ...twoAll, at: on('07-02') });
    given(...drawn)
      .when({ type: 'open-phase', of, phase: 'one', at: on('07-02') })
      .staysQuiet();
  });
});

describe('claimed, held, paid', () => {
  test('the lead claims what is due, once', () => {
    given(...drawn, delivered, due, cash)
      .when(claim)
      .then(claimed);
    given(...drawn, delivered, due, cash, claimed)
      .when(claim)
      .staysQuiet();
  });
  test('a claim is refused to others, in other programmes, and for what is not due', () => {
    given(...drawn, delivered, due)
      .when({ ...claim, by: 'member-1' })
      .rejects('not-representative');
    given(...drawn)
      .when(claim)
      .rejects('not-due', { status: 'planned' });
    given(...drawn)
      .when({ ...claim, instalmentId: 'three' })
      .rejects('unknown-instalment');
    given().when(claim).rejects('unknown-plan');
    given(...drawn)
      .when({ ...claim, programmeId: otherProgramme })
      .rejects('unknown-plan');
  });
  test('it is held while the cash own share is unpaid, and released when it is paid', () => {
    given(...drawn, delivered, due)
      .when(claim)
      .then({ ...claimed }, held);
    given(...drawn, delivered, due, claimed, held)
      .when(pay)
      .rejects('own-share-unpaid', { missing: '4234' });
    given(...drawn, delivered, due, claimed, held)
      .when(bring)
      .then(cash, { type: 'hold-lifted', ...oneFirst, at: on('03-02') });
  });
  test('the officer pays what is claimed, once', () => {
    given(...drawn, delivered, due, cash, claimed)
      .when(pay)
      .then(paid);
    given(...running)
      .when(pay)
      .staysQuiet();
    given(...drawn, delivered, due)
      .when(pay)
      .rejects('not-claimed', { status: 'due' });
    given(...drawn)
      .when({ ...pay, instalmentId: 'three' })
      .rejects('unknown-instalment');
  });
});

describe('own share and expenses', () => {
  test('a member brings no more than its share of a form', () => {
    given(...drawn)
      .when(bring)
      .then(cash);
    given(...drawn, cash)
      .when({ ...bring, amount: '1' })
      .rejects('exceeds-own-share', { left: '0' });
    given(...drawn)
      .when({ ...bring, organisationId: university, form: 'in-kind', amount: '1' })
      .rejects('exceeds-own-share', { left: '0' });
    given(...drawn)
      .when({ ...bring, organisationId: team })
      .rejects('unknown-member');
  });
  test('payments and reports are bounded', () => {
    const payments = Array.from({ length: 2_000 }, () => ({ ...cash, amount: '1', broughtTotal: '1' }) as InstalmentPlanEvent);
    given(...drawn, ...payments)
      .when(bring)
      .rejects('limit-reached', { limit: 'ownSharePaymentsMax' });
    given(...running, ...Array.from({ length: 200 }, () => reported))
      .when(report)
      .rejects('limit-reached', { limit: 'expenseReportsMax' });
  });
  test('the lead reports what was spent, never more than was paid', () => {
    given(...running)
      .when(report)
      .then(reported);
    given(...running)
      .when({ ...report, spentTotal: '179201' })
      .rejects('exceeds-paid', { paid: '179200' });
    given(...running)
      .when({ ...report, by: 'member-1' })
      .rejects('not-representative');
  });
});

describe('the end', () => {
  test('stops what is not paid when it comes early', () => {
    given(...drawn, delivered, due, cash, claimed)
      .when({ type: 'close-plan', early: true, reason: 'given up', at: on('05-20') })
      .then(closedEarly, ...[oneFirst, oneSecond, twoAll].map((part): InstalmentPlanEvent => ({ type: 'instalment-lapsed', ...part, at: on('05-20') })));
    given(...running, closedEarly)
      .when({ type: 'close-plan', early: true, reason: 'given up', at: on('05-20') })
      .staysQuiet();
    given()
      .when({ type: 'close-plan', early: true, reason: 'given up', at: on('05-20') })
      .rejects('unknown-plan');
  });
  test('at the term still pays what was claimed, before anything is settled', () => {
    const closed: InstalmentPlanEvent = { ...closedEarly, early: false, reason: 'final end: passed' } as InstalmentPlanEvent;
    given(...drawn, delivered, due, cash, claimed)
      .when({ type: 'close-plan', early: false, reason: 'final end: passed', at: on('05-20') })
      .then(closed, ...[oneSecond, twoAll].map((part): InstalmentPlanEvent => ({ type: 'instalment-lapsed', ...part, at: on('05-20') })));
    given(...drawn, delivered, due, cash, claimed, closed)
      .when(settle)
      .rejects('payment-open', { instalment: 'one-first' });
  });

  const early = [...running, closedEarly, reported];
  test('is settled by the rulebook: what was not spent goes back, and own share that is owed for what was paid', () => {
    const outcome = given(...early).when(settle).outcome;
    // Of 28,224 own share 179,200 / 403,200 is due: 12,544, of which 4,234 came.
    expect(outcome).toMatchObject([
      {
        type: 'plan-settled',
        paid: '179200',
        spent: '150000',
        recovered: String(29_200 + 12_544 - 4_234),
        decision: { evaluator: 'settlement', input: { ownShareDue: '12544' } },
      },
    ]);
  });
  test('and the settlement can be computed again from what it cites', async () => {
    const outcome = given(...early).when(settle).outcome as readonly InstalmentPlanEvent[];
    const [event] = outcome;
    if (event?.type !== 'plan-settled') throw new Error('not settled');
    expect(recompute(event.decision, rulebookText).same).toBe(true);
    const checked = await checkReferences(event.decision, (_, revision) => Promise.resolve(JSON.parse(JSON.stringify(early[revision])) as JsonObject));
    expect(checked).toEqual({ read: 3, differences: [] });
  });
  test('is not settled before its time, without a report, twice, by other rules, or with more misused than spent', () => {
    given(...running)
      .when(settle)
      .rejects('not-closed');
    given(...running, closedEarly)
      .when(settle)
      .rejects('expenses-missing');
    given(...early)
      .when({ ...settle, misused: '150001' })
      .rejects('exceeds-spent', { spent: '150000' });
    given(...early)
      .when({ ...settle, rulebook: exampleRulebook((draft) => (draft.version = 2)) })
      .rejects('other-rulebook', { stated: rulebook.digest });
    const settled = given(...early).when(settle).outcome as readonly InstalmentPlanEvent[];
    given(...early, ...settled)
      .when(settle)
      .rejects('settled-already');
    given(...early, ...settled)
      .when(bring)
      .rejects('settled-already');
    given(...early, ...settled)
      .when(report)
      .rejects('settled-already');
  });
});

describe('what goes back', () => {
  const settled: InstalmentPlanEvent = {
    type: 'plan-settled',
    ...of,
    currency: 'KRW',
    paid: '179200',
    spent: '150000',
    recovered: '37510',
    decision: decided.decisions[0]!,
    by: 'officer-1',
    at: on('06-01'),
  };
  const came = (amount: string, receivedTotal: string, outstanding: string): InstalmentPlanEvent => ({
    type: 'recovery-received',
    ...of,
    amount,
    currency: 'KRW',
    receivedTotal,
    outstanding,
    evidence: 'transfer 9',
    by: 'officer-1',
    at: on('07-01'),
  });
  const take: InstalmentPlanCommand = { type: 'record-recovery', programmeId, amount: '7510', evidence: 'transfer 9', by: 'officer-1', at: on('07-01') };
  const ended = [...running, closedEarly, reported, settled];

  test('comes in parts, until nothing is outstanding', () => {
    given(...ended)
      .when(take)
      .then(came('7510', '7510', '30000'));
    given(...ended, came('7510', '7510', '30000'))
      .when({ ...take, amount: '30000' })
      .then(came('30000', '37510', '0'));
  });
  test('is not more than the settlement wants, nor before it', () => {
    given(...ended, came('7510', '7510', '30000'))
      .when({ ...take, amount: '30001' })
      .rejects('exceeds-recovery', { left: '30000' });
    given(...running, closedEarly, reported)
      .when(take)
      .rejects('not-settled');
    given(...ended)
      .when({ ...take, programmeId: otherProgramme })
      .rejects('unknown-plan');
  });
  test('comes in a bounded number of parts', () =>
    given(...ended, ...Array.from({ length: 200 }, () => came('1', '1', '37509')))
      .when(take)
      .rejects('limit-reached', { limit: 'recoveryPaymentsMax' }));
});

describe('whatever is asked', () => {
  const at = fc.constantFrom(on('03-01'), on('05-02'), on('07-02'));
  const instalmentId = fc.constantFrom('one-first', 'one-second', 'two-all');
  const amount = fc.integer({ min: 0, max: 30_000 }).map(String);
  const phase = fc.constantFrom('one', 'two');
  const command: fc.Arbitrary<InstalmentPlanCommand> = fc.oneof(
    at.map((when) => ({ type: 'draw-plan' as const, of, terms, at: when })),
    fc.tuple(phase, at).map(([which, when]) => ({ type: 'note-delivery' as const, of, phase: which, at: when })),
    fc.tuple(phase, at).map(([which, when]) => ({ type: 'open-phase' as const, of, phase: which, at: when })),
    at.map((when) => ({ type: 'reach-day' as const, at: when })),
    instalmentId.map((which) => ({ ...claim, instalmentId: which })),
    instalmentId.map((which) => ({ ...pay, instalmentId: which })),
    fc.tuple(amount, fc.constantFrom('cash' as const, 'in-kind' as const)).map(([value, form]) => ({ ...bring, form, amount: value })),
    amount.map((spentTotal) => ({ ...report, spentTotal })),
    fc.boolean().map((soon) => ({ type: 'close-plan' as const, early: soon, reason: 'r', at: on('09-10') })),
    amount.map((misused) => ({ ...settle, misused })),
    amount.map((value) => ({ type: 'record-recovery' as const, programmeId, amount: value, evidence: 'e', by: 'officer-1', at: on('10-01') })),
  );

  test('paid never exceeds what the agreement grants, spent never what was paid, what comes back never what goes back, and nothing is paid twice or while the own share is missing', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const events: InstalmentPlanEvent[] = [];
        let state = instalmentPlan.initial;
        for (const each of commands) {
          const outcome = instalmentPlan.decide(each, state);
          if (isRejection(outcome)) continue;
          for (const event of outcome) {
            if (event.type === 'instalment-paid')
              expect(sumOf(state.ownShare.filter(({ form }) => form === 'cash').map((share) => share.amount))).toBeGreaterThanOrEqual(
                BigInt(terms.ownShareCash),
              );
            if (event.type === 'expenses-reported') expect(BigInt(event.spentTotal)).toBeLessThanOrEqual(BigInt(state.paid?.total ?? '0'));
            events.push(event);
            state = instalmentPlan.evolve(state, event);
          }
        }
        const back = events.flatMap((event) => (event.type === 'recovery-received' ? [event.amount] : []));
        expect(sumOf(back)).toBeLessThanOrEqual(BigInt(state.recovery?.due ?? '0'));
        const payments = events.filter((event) => event.type === 'instalment-paid');
        expect(sumOf(payments.map((payment) => payment.amount))).toBeLessThanOrEqual(BigInt(terms.contributionTotal));
        expect(new Set(payments.map((payment) => payment.instalmentId)).size).toBe(payments.length);
        expect(payments.at(-1)?.paidTotal ?? '0').toBe(sumOf(payments.map((payment) => payment.amount)).toString());
      }),
      { numRuns: 300 },
    ));
});
