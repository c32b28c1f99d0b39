import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import type { Terms } from '../agreement-terms/agreement-terms.events.js';
import type { EventReference } from '../vocabulary.js';
import { agreementEvents, type AgreementEvent } from './agreement.events.js';

type Told = { readonly programmeId: string; readonly at: string };
type Asked = Told & { readonly by: string };

export type AgreementCommand =
  | (Told & { readonly type: 'offer'; readonly agreementId: string; readonly terms: Terms })
  /** By a representative of the lead, before anybody signs. */
  | (Asked & { readonly type: 'repair-plan'; readonly summary: string; readonly planDigest: string })
  | (Asked & { readonly type: 'sign'; readonly organisationId: string })
  /** From the timer: nobody can sign any more. */
  | (Told & { readonly type: 'lapse' })
  | (Told & { readonly type: 'pass-stage'; readonly roundId: string; readonly because: EventReference })
  | (Told & { readonly type: 'end'; readonly early: boolean; readonly reason: string; readonly by: string | null; readonly because: EventReference | null })
  /** The instalment plan has been settled. */
  | (Told & { readonly type: 'settle'; readonly paid: string; readonly spent: string; readonly recovered: string; readonly settlement: EventReference });

export type AgreementRejection =
  | 'unknown-agreement'
  | 'not-offered'
  | 'repair-over'
  | 'signing-begun'
  | 'signing-over'
  | 'unknown-member'
  | 'not-representative'
  | 'not-signed'
  | 'not-ended';

type Of = { readonly programmeId: string; readonly agreementId: string; readonly team: string };
type Known = { readonly of: Of; readonly terms: Terms };

export type Agreement =
  | { readonly status: 'absent' }
  | (Known & { readonly status: 'offered'; readonly signedBy: readonly string[]; readonly planDigest: string | null })
  | (Known & { readonly status: 'active'; readonly stagesPassed: readonly string[] })
  | (Known & { readonly status: 'ended' | 'settled' });

const decide = (command: AgreementCommand, agreement: Agreement) => {
  if (command.type === 'offer') return offer(command, agreement);
  if (agreement.status === 'absent' || agreement.of.programmeId !== command.programmeId) return reject('unknown-agreement');
  switch (command.type) {
    case 'repair-plan':
      return repairPlan(command, agreement);
    case 'sign':
      return sign(command, agreement);
    case 'lapse':
      return lapse(command, agreement);
    case 'pass-stage':
      return passStage(command, agreement);
    case 'end':
      return end(command, agreement);
    case 'settle':
      return settle(command, agreement);
  }
};

type Command<T extends AgreementCommand['type']> = Extract<AgreementCommand, { type: T }>;
type Present = Exclude<Agreement, { status: 'absent' }>;

const offer = ({ programmeId, agreementId, terms, at }: Command<'offer'>, agreement: Agreement) =>
  agreement.status === 'absent' ? [{ type: 'agreement-offered', programmeId, agreementId, team: terms.team, terms, at } as const] : [];

const repairPlan = ({ summary, planDigest, by, at }: Command<'repair-plan'>, agreement: Present) => {
  if (!agreement.terms.ownShare.some(({ role, representatives }) => role === 'lead' && representatives.includes(by))) return reject('not-representative');
  if (agreement.status !== 'offered') return reject('not-offered', { status: agreement.status });
  const { of, terms, signedBy } = agreement;
  if (agreement.planDigest === planDigest) return [];
  if (at > terms.repairUntil) return reject('repair-over', { until: terms.repairUntil });
  if (signedBy.length > 0) return reject('signing-begun');
  return [{ type: 'plan-repaired', ...of, summary, planDigest, by, at } as const];
};

const sign = ({ organisationId, by, at }: Command<'sign'>, agreement: Present) => {
  const member = agreement.terms.ownShare.find((share) => share.organisationId === organisationId);
  if (member === undefined) return reject('unknown-member');
  if (!member.representatives.includes(by)) return reject('not-representative');
  if (agreement.status === 'active') return [];
  if (agreement.status !== 'offered') return reject('not-offered', { status: agreement.status });
  const { of, terms, signedBy } = agreement;
  if (signedBy.includes(organisationId)) return [];
  if (at > terms.signUntil) return reject('signing-over', { until: terms.signUntil });
  const signed = { type: 'member-signed', ...of, organisationId, by, at } as const;
  const isLast = terms.ownShare.every((share) => share.organisationId === organisationId || signedBy.includes(share.organisationId));
  return isLast ? [signed, { type: 'agreement-signed', ...of, terms, at } as const] : [signed];
};

const lapse = ({ at }: Command<'lapse'>, agreement: Present) =>
  agreement.status === 'offered' && at > agreement.terms.signUntil ? unsigned(agreement, { reason: 'not signed in time', by: null, because: null, at }) : [];

type Ending = Pick<Command<'end'>, 'reason' | 'by' | 'because' | 'at'>;

/** What was never in force ends with nothing paid, so that nobody waits for its settlement. */
const unsigned = ({ of }: Present, ending: Ending) => [
  { type: 'agreement-ended', ...of, early: true, signed: false, ...ending } as const,
  { type: 'agreement-settled', ...of, paid: '0', spent: '0', recovered: '0', settlement: null, at: ending.at } as const,
];

const passStage = ({ roundId, because, at }: Command<'pass-stage'>, agreement: Present) => {
  if (agreement.status === 'offered') return reject('not-signed');
  if (agreement.status !== 'active' || agreement.stagesPassed.includes(roundId)) return [];
  const { of, terms } = agreement;
  const evaluated = terms.phases.findIndex(({ evaluatedBy }) => evaluatedBy === roundId);
  const opens = evaluated < 0 ? null : (terms.phases[evaluated + 1]?.phase ?? null);
  return [{ type: 'stage-passed', ...of, roundId, opens, because, at } as const];
};

const end = ({ early, reason, by, because, at }: Command<'end'>, agreement: Present) => {
  switch (agreement.status) {
    case 'offered':
      return unsigned(agreement, { reason, by, because, at });
    case 'active':
      return [{ type: 'agreement-ended', ...agreement.of, early, signed: true, reason, by, because, at } as const];
    case 'ended':
    case 'settled':
      return [];
  }
};

const settle = ({ paid, spent, recovered, settlement, at }: Command<'settle'>, agreement: Present) => {
  if (agreement.status === 'settled') return [];
  if (agreement.status !== 'ended') return reject('not-ended', { status: agreement.status });
  return [{ type: 'agreement-settled', ...agreement.of, paid, spent, recovered, settlement, at } as const];
};

const evolve = (agreement: Agreement, event: AgreementEvent): Agreement => {
  if (event.type === 'agreement-offered') {
    const { programmeId, agreementId, team, terms } = event;
    return { status: 'offered', of: { programmeId, agreementId, team }, terms, signedBy: [], planDigest: null };
  }
  switch (agreement.status) {
    case 'absent':
      return agreement;
    case 'offered':
      return whileOffered(agreement, event);
    case 'active':
      return event.type === 'stage-passed'
        ? { ...agreement, stagesPassed: [...agreement.stagesPassed, event.roundId] }
        : { status: 'ended', of: agreement.of, terms: agreement.terms };
    case 'ended':
    case 'settled':
      return { status: 'settled', of: agreement.of, terms: agreement.terms };
  }
};

const whileOffered = (offered: Extract<Agreement, { status: 'offered' }>, event: AgreementEvent): Agreement => {
  const { of, terms, signedBy } = offered;
  switch (event.type) {
    case 'agreement-offered':
    case 'stage-passed':
      return offered;
    case 'plan-repaired':
      return { ...offered, planDigest: event.planDigest };
    case 'member-signed':
      return { ...offered, signedBy: [...signedBy, event.organisationId] };
    case 'agreement-signed':
      return { status: 'active', of, terms, stagesPassed: [] };
    case 'agreement-ended':
      return { status: 'ended', of, terms };
    case 'agreement-settled':
      return { status: 'settled', of, terms };
  }
};

/** What a team and the programme agreed on: offered, signed by the lead and every member in time, ended, settled. */
export const agreement: Aggregate<Agreement, AgreementCommand, AgreementEvent, AgreementRejection> = {
  category: 'agreement',
  events: agreementEvents,
  initial: { status: 'absent' },
  evolve,
  decide,
};
