import type { Instalment, Terms } from '../agreement-terms/agreement-terms.events.js';
import { sumOf } from '../vocabulary.js';
import type { InstalmentPlanEvent, OwnShareForm } from './instalment-plan.events.js';

export type Part = Instalment & { readonly status: 'planned' | 'due' | 'claimed' | 'held' | 'paid' | 'lapsed' };
export type Of = { readonly programmeId: string; readonly agreementId: string; readonly team: string };
type Figure = { readonly total: string; /** Revision of the event that last said so. */ readonly revision: number };

export type InstalmentPlan = {
  readonly plan: { readonly of: Of; readonly terms: Terms } | null;
  readonly status: 'open' | 'closed' | 'settled';
  readonly parts: readonly Part[];
  readonly phasesOpen: readonly string[];
  readonly phasesDelivered: readonly string[];
  readonly ownShare: readonly { readonly organisationId: string; readonly form: OwnShareForm; readonly amount: string }[];
  readonly paid: Figure | null;
  readonly brought: Figure | null;
  readonly spent: Figure | null;
  readonly reports: number;
  /** What the settlement wants back, and what came of it; null before. */
  readonly recovery: { readonly due: string; readonly received: string; readonly payments: number } | null;
  /** Events so far: the next one's revision. */
  readonly length: number;
};

export const undrawn: InstalmentPlan = {
  plan: null,
  status: 'open',
  parts: [],
  phasesOpen: [],
  phasesDelivered: [],
  ownShare: [],
  paid: null,
  brought: null,
  spent: null,
  reports: 0,
  recovery: null,
  length: 0,
};

/** What of the cash own share is not paid yet; 0 when the terms do not make payments wait for it. */
export const missingCash = ({ ownShare }: Pick<InstalmentPlan, 'ownShare'>, terms: Terms): bigint =>
  terms.heldWhileOwnShareUnpaid ? BigInt(terms.ownShareCash) - sumOf(ownShare.filter(({ form }) => form === 'cash').map(({ amount }) => amount)) : 0n;

/** An instalment is due when its phase is open, and its day has come or the phase's GPUs are delivered. */
export const isDue = ({ status, dueAt, phase }: Part, { phasesOpen, phasesDelivered }: InstalmentPlan, at: string): boolean =>
  status === 'planned' && phasesOpen.includes(phase) && (dueAt === null ? phasesDelivered.includes(phase) : dueAt <= at);

export const evolve = (before: InstalmentPlan, event: InstalmentPlanEvent): InstalmentPlan => {
  const next = { ...before, length: before.length + 1 };
  if ('instalmentId' in event)
    return {
      ...next,
      parts: before.parts.map((part) => (part.instalmentId === event.instalmentId ? { ...part, status: statusAfter[event.type] } : part)),
      ...paidBy(event, before.length),
    };
  return { ...next, ...change(before, event) };
};

type PartEvent = Extract<InstalmentPlanEvent, { instalmentId: string }>;

const statusAfter = {
  'instalment-due': 'due',
  'instalment-claimed': 'claimed',
  'instalment-held': 'held',
  'hold-lifted': 'claimed',
  'instalment-paid': 'paid',
  'instalment-lapsed': 'lapsed',
} as const satisfies Readonly<Record<PartEvent['type'], Part['status']>>;

const paidBy = (event: PartEvent, revision: number): Partial<InstalmentPlan> =>
  event.type === 'instalment-paid' ? { paid: { total: event.paidTotal, revision } } : {};

const change = (before: InstalmentPlan, event: Exclude<InstalmentPlanEvent, PartEvent>): Partial<InstalmentPlan> => {
  const { length: revision } = before;
  switch (event.type) {
    case 'plan-drawn': {
      const { programmeId, agreementId, team, terms } = event;
      return { plan: { of: { programmeId, agreementId, team }, terms }, parts: terms.instalments.map((instalment) => ({ ...instalment, status: 'planned' })) };
    }
    case 'phase-opened':
      return { phasesOpen: [...before.phasesOpen, event.phase] };
    case 'delivery-noted':
      return { phasesDelivered: [...before.phasesDelivered, event.phase] };
    case 'own-share-received': {
      const { organisationId, form, amount, broughtTotal } = event;
      return { ownShare: [...before.ownShare, { organisationId, form, amount }], brought: { total: broughtTotal, revision } };
    }
    case 'expenses-reported':
      return { spent: { total: event.spentTotal, revision }, reports: before.reports + 1 };
    case 'plan-closed':
      return { status: 'closed' };
    case 'plan-settled':
      return { status: 'settled', recovery: { due: event.recovered, received: '0', payments: 0 } };
    case 'recovery-received':
      return { recovery: before.recovery && { ...before.recovery, received: event.receivedTotal, payments: before.recovery.payments + 1 } };
  }
};
