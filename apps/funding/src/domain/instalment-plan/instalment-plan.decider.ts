import { reject, type Aggregate, type Rejection } from '@program-ledger/event-sourcing';
import type { Rulebook } from '@program-ledger/rulebook';
import type { Terms } from '../agreement-terms/agreement-terms.events.js';
import { fundingLimits, sumOf } from '../vocabulary.js';
import { instalmentPlanEvents, type InstalmentPlanEvent, type OwnShareForm } from './instalment-plan.events.js';
import { evolve, isDue, missingCash, undrawn, type InstalmentPlan, type Of, type Part } from './instalment-plan.state.js';
import { settle } from './settlement.js';

type Told = { readonly at: string };
type Asked = { readonly programmeId: string; readonly by: string; readonly at: string };

export type InstalmentPlanCommand =
  /** The agreement was signed. */
  | (Told & { readonly type: 'draw-plan'; readonly of: Of; readonly terms: Terms })
  | (Told & { readonly type: 'open-phase'; readonly of: Of; readonly phase: string })
  /** The GPUs of a phase were delivered: may come before the plan is drawn. */
  | (Told & { readonly type: 'note-delivery'; readonly of: Of; readonly phase: string })
  /** From the timer: days have come. */
  | (Told & { readonly type: 'reach-day' })
  | (Asked & { readonly type: 'claim-instalment'; readonly instalmentId: string })
  | (Asked & { readonly type: 'pay-instalment'; readonly instalmentId: string; readonly payment: string })
  | (Asked & {
      readonly type: 'record-own-share';
      readonly organisationId: string;
      readonly form: OwnShareForm;
      readonly amount: string;
      readonly evidence: string;
    })
  | (Asked & { readonly type: 'report-expenses'; readonly spentTotal: string; readonly note: string; readonly evidence: string })
  /** The agreement has ended. */
  | (Told & { readonly type: 'close-plan'; readonly early: boolean; readonly reason: string })
  | (Asked & { readonly type: 'settle-plan'; readonly rulebook: Rulebook; readonly misused: string })
  | (Asked & { readonly type: 'record-recovery'; readonly amount: string; readonly evidence: string });

export type InstalmentPlanRejection =
  | 'unknown-plan'
  | 'unknown-instalment'
  | 'unknown-member'
  | 'not-representative'
  | 'not-due'
  | 'not-claimed'
  | 'own-share-unpaid'
  | 'exceeds-own-share'
  | 'exceeds-paid'
  | 'exceeds-spent'
  | 'exceeds-recovery'
  | 'expenses-missing'
  | 'payment-open'
  | 'not-closed'
  | 'settled-already'
  | 'not-settled'
  | 'other-rulebook'
  | 'limit-reached';

type Outcome = readonly InstalmentPlanEvent[] | Rejection<InstalmentPlanRejection>;
type Command<T extends InstalmentPlanCommand['type']> = Extract<InstalmentPlanCommand, { type: T }>;
type Drawn = { readonly of: Of; readonly terms: Terms };

const decide = (command: InstalmentPlanCommand, state: InstalmentPlan): Outcome => {
  if (!('by' in command)) return told(command, state);
  return state.plan === null || state.plan.of.programmeId !== command.programmeId ? reject('unknown-plan') : asked(command, state, state.plan);
};

const told = (command: Exclude<InstalmentPlanCommand, Asked>, state: InstalmentPlan): Outcome => {
  switch (command.type) {
    case 'draw-plan':
      return draw(command, state);
    case 'open-phase':
      return state.phasesOpen.includes(command.phase) ? [] : withDue(opening(command.phase, command), state, command.at);
    case 'note-delivery':
      return noteDelivery(command, state);
    case 'reach-day':
      return withDue([], state, command.at);
    case 'close-plan':
      return close(command, state);
  }
};

const asked = (command: Extract<InstalmentPlanCommand, Asked>, state: InstalmentPlan, plan: Drawn): Outcome => {
  switch (command.type) {
    case 'claim-instalment':
      return claim(command, state, plan);
    case 'pay-instalment':
      return pay(command, state, plan);
    case 'record-own-share':
      return recordOwnShare(command, state, plan);
    case 'report-expenses':
      return reportExpenses(command, state, plan);
    case 'settle-plan':
      return settlePlan(command, state, plan);
    case 'record-recovery':
      return recordRecovery(command, state, plan);
  }
};

/** Instalments of one agreement, and what came of them: paid never exceeds what the agreement grants. */
export const instalmentPlan: Aggregate<InstalmentPlan, InstalmentPlanCommand, InstalmentPlanEvent, InstalmentPlanRejection> = {
  category: 'instalmentPlan',
  events: instalmentPlanEvents,
  initial: undrawn,
  evolve,
  decide,
};

/** The first phase opens with the signature, each later one with the stage before it. */
const draw = ({ of, terms, at }: Command<'draw-plan'>, state: InstalmentPlan): Outcome =>
  state.plan === null ? withDue([{ type: 'plan-drawn', ...of, terms, at }, ...opening(terms.phases[0]?.phase, { of, at })], state, at) : [];

const noteDelivery = ({ of, phase, at }: Command<'note-delivery'>, state: InstalmentPlan): Outcome =>
  state.phasesDelivered.includes(phase) ? [] : withDue([{ type: 'delivery-noted', ...of, phase, at }], state, at);

const opening = (phase: string | undefined, { of, at }: { readonly of: Of; readonly at: string }): readonly InstalmentPlanEvent[] =>
  phase === undefined ? [] : [{ type: 'phase-opened', ...of, phase, at }];

/** What has become due by events that happen now, or by the time. */
const withDue = (events: readonly InstalmentPlanEvent[], before: InstalmentPlan, at: string): readonly InstalmentPlanEvent[] => {
  const after = events.reduce(evolve, before);
  const { plan } = after;
  if (plan === null || after.status !== 'open') return events;
  return [...events, ...after.parts.filter((part) => isDue(part, after, at)).map((part) => ({ type: 'instalment-due', ...about(plan, part), at }) as const)];
};

const about = ({ of, terms: { currency } }: Drawn, { instalmentId, phase, amount }: Part) => ({ ...of, instalmentId, phase, amount, currency });

const isLeadOf = ({ terms }: Drawn, subject: string): boolean =>
  terms.ownShare.some(({ role, representatives }) => role === 'lead' && representatives.includes(subject));

const claim = ({ instalmentId, by, at }: Command<'claim-instalment'>, state: InstalmentPlan, plan: Drawn): Outcome => {
  if (!isLeadOf(plan, by)) return reject('not-representative');
  const part = state.parts.find((each) => each.instalmentId === instalmentId);
  if (part === undefined) return reject('unknown-instalment');
  if (part.status === 'planned' || part.status === 'lapsed') return reject('not-due', { status: part.status });
  if (part.status !== 'due') return [];
  const missing = missingCash(state, plan.terms);
  const claimed = { type: 'instalment-claimed', ...about(plan, part), by, at } as const;
  return missing > 0n ? [claimed, { type: 'instalment-held', ...about(plan, part), missing: missing.toString(), at }] : [claimed];
};

const pay = ({ instalmentId, payment, by, at }: Command<'pay-instalment'>, state: InstalmentPlan, plan: Drawn): Outcome => {
  const part = state.parts.find((each) => each.instalmentId === instalmentId);
  if (part === undefined) return reject('unknown-instalment');
  if (part.status === 'paid') return [];
  if (part.status === 'held') return reject('own-share-unpaid', { missing: missingCash(state, plan.terms).toString() });
  if (part.status !== 'claimed') return reject('not-claimed', { status: part.status });
  const paidTotal = (BigInt(state.paid?.total ?? '0') + BigInt(part.amount)).toString();
  return [{ type: 'instalment-paid', ...about(plan, part), paidTotal, payment, by, at }];
};

const recordOwnShare = ({ organisationId, form, amount, evidence, by, at }: Command<'record-own-share'>, state: InstalmentPlan, plan: Drawn): Outcome => {
  if (state.status === 'settled') return reject('settled-already');
  const share = plan.terms.ownShare.find((each) => each.organisationId === organisationId);
  if (share === undefined) return reject('unknown-member');
  if (state.ownShare.length >= fundingLimits.ownSharePaymentsMax) return reject('limit-reached', { limit: 'ownSharePaymentsMax' });
  const before = state.ownShare.filter((each) => each.organisationId === organisationId && each.form === form).map((each) => each.amount);
  const left = BigInt(form === 'cash' ? share.cash : share.inKind) - sumOf(before);
  if (BigInt(amount) > left) return reject('exceeds-own-share', { left: left.toString() });
  const broughtTotal = sumOf([...state.ownShare.map((each) => each.amount), amount]).toString();
  const received: InstalmentPlanEvent = {
    type: 'own-share-received',
    ...plan.of,
    organisationId,
    form,
    amount,
    currency: plan.terms.currency,
    broughtTotal,
    evidence,
    by,
    at,
  };
  const after = evolve(state, received);
  const held = missingCash(after, plan.terms) > 0n ? [] : state.parts.filter(({ status }) => status === 'held');
  return [received, ...held.map((part) => ({ type: 'hold-lifted', ...about(plan, part), at }) as const)];
};

const reportExpenses = ({ spentTotal, note, evidence, by, at }: Command<'report-expenses'>, state: InstalmentPlan, plan: Drawn): Outcome => {
  if (!isLeadOf(plan, by)) return reject('not-representative');
  if (state.status === 'settled') return reject('settled-already');
  if (state.reports >= fundingLimits.expenseReportsMax) return reject('limit-reached', { limit: 'expenseReportsMax' });
  const paid = state.paid?.total ?? '0';
  if (BigInt(spentTotal) > BigInt(paid)) return reject('exceeds-paid', { paid });
  return [{ type: 'expenses-reported', ...plan.of, spentTotal, note, evidence, by, at }];
};

/** An early end stops all that is not paid; at the end of the term what was claimed is still paid. */
const close = ({ early, reason, at }: Command<'close-plan'>, state: InstalmentPlan): Outcome => {
  const { plan } = state;
  if (plan === null) return reject('unknown-plan');
  if (state.status !== 'open') return [];
  const stopped = state.parts.filter(({ status }) => status === 'planned' || status === 'due' || (early && (status === 'claimed' || status === 'held')));
  return [{ type: 'plan-closed', ...plan.of, early, reason, at }, ...stopped.map((part) => ({ type: 'instalment-lapsed', ...about(plan, part), at }) as const)];
};

const settlePlan = ({ rulebook, misused, by, at }: Command<'settle-plan'>, state: InstalmentPlan, plan: Drawn): Outcome => {
  const obstacle = obstacleToSettling(state) ?? misuseBeyond(misused, state.spent?.total ?? '0');
  if (obstacle !== undefined) return obstacle;
  if (rulebook.digest !== plan.terms.rulebookDigest) return reject('other-rulebook', { stated: plan.terms.rulebookDigest });
  const { references, ...decision } = settle(rulebook, plan, state, misused);
  const { paid, spent, recovered } = decision.outcome;
  return [
    { type: 'plan-settled', ...plan.of, currency: plan.terms.currency, paid, spent, recovered, decision: { ...decision, references: [...references] }, by, at },
  ];
};

/** What was to come back comes in parts, by whom it may: the agreement owes it, whoever of its members pays. */
const recordRecovery = ({ amount, evidence, by, at }: Command<'record-recovery'>, { recovery }: InstalmentPlan, { of, terms: { currency } }: Drawn): Outcome => {
  if (recovery === null) return reject('not-settled');
  if (recovery.payments >= fundingLimits.recoveryPaymentsMax) return reject('limit-reached', { limit: 'recoveryPaymentsMax' });
  const left = BigInt(recovery.due) - BigInt(recovery.received);
  if (BigInt(amount) > left) return reject('exceeds-recovery', { left: left.toString() });
  const receivedTotal = (BigInt(recovery.received) + BigInt(amount)).toString();
  return [{ type: 'recovery-received', ...of, amount, currency, receivedTotal, outstanding: (left - BigInt(amount)).toString(), evidence, by, at }];
};

const obstacleToSettling = ({ status, parts, spent, paid }: InstalmentPlan): Rejection<InstalmentPlanRejection> | undefined => {
  if (status === 'settled') return reject('settled-already');
  if (status === 'open') return reject('not-closed');
  const open = parts.find((part) => part.status === 'claimed' || part.status === 'held');
  if (open !== undefined) return reject('payment-open', { instalment: open.instalmentId });
  return spent === null && paid !== null ? reject('expenses-missing') : undefined;
};

const misuseBeyond = (misused: string, spent: string): Rejection<InstalmentPlanRejection> | undefined =>
  BigInt(misused) > BigInt(spent) ? reject('exceeds-spent', { spent }) : undefined;
