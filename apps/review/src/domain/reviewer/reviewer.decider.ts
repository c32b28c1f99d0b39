import { canonicalJson, reject, type Aggregate } from '@program-ledger/event-sourcing';
import { reviewerEvents, type ReviewerEvent } from './reviewer.events.js';

type Profile = { readonly pool: string; readonly affiliation: string; readonly organisationId: string | null; readonly expertise: readonly string[] };

export type ReviewerCommand =
  /** `rehearsal` says whether this instance takes invented people. */
  | ({
      readonly type: 'register-reviewer';
      readonly subject: string;
      readonly provenance: 'sourced' | 'invented';
      readonly rehearsal: boolean;
      readonly at: string;
    } & Profile)
  | ({ readonly type: 'correct-reviewer'; readonly reason: string; readonly at: string } & Profile)
  | { readonly type: 'retire-reviewer'; readonly reason: string; readonly at: string };

export type ReviewerRejection = 'already-registered' | 'invented-in-production' | 'unknown-reviewer' | 'reviewer-retired';

export type Reviewer = { readonly status: 'absent' } | { readonly status: 'active' | 'retired'; readonly subject: string; readonly profile: Profile };

const decide = (command: ReviewerCommand, reviewer: Reviewer) => {
  const { at } = command;
  if (command.type === 'register-reviewer') return register(command, reviewer);
  if (reviewer.status === 'absent') return reject('unknown-reviewer');
  switch (command.type) {
    case 'correct-reviewer':
      if (reviewer.status === 'retired') return reject('reviewer-retired');
      if (sameProfile(command, reviewer.profile)) return [];
      return [{ type: 'reviewer-corrected', ...profileOf(command), reason: command.reason, at } as const];
    case 'retire-reviewer':
      if (reviewer.status === 'retired') return [];
      return [{ type: 'reviewer-retired', reason: command.reason, at } as const];
  }
};

const register = (command: Extract<ReviewerCommand, { type: 'register-reviewer' }>, reviewer: Reviewer) => {
  if (reviewer.status !== 'absent')
    return sameProfile(command, reviewer.profile) && reviewer.status === 'active' ? [] : reject('already-registered', { status: reviewer.status });
  if (command.provenance === 'invented' && !command.rehearsal) return reject('invented-in-production');
  const { subject, provenance, at } = command;
  return [{ type: 'reviewer-registered', subject, ...profileOf(command), provenance, at } as const];
};

const evolve = (reviewer: Reviewer, event: ReviewerEvent): Reviewer => {
  switch (event.type) {
    case 'reviewer-registered':
      return { status: 'active', subject: event.subject, profile: profileOf(event) };
    case 'reviewer-corrected':
      return reviewer.status === 'absent' ? reviewer : { ...reviewer, profile: profileOf(event) };
    case 'reviewer-retired':
      return reviewer.status === 'absent' ? reviewer : { ...reviewer, status: 'retired' };
  }
};

const profileOf = ({ pool, affiliation, organisationId, expertise }: Profile) => ({ pool, affiliation, organisationId, expertise });
const sameProfile = (left: Profile, right: Profile): boolean => canonicalJson(profileOf(left)) === canonicalJson(profileOf(right));

/** A person who may judge, and the pool they were drawn from. */
export const reviewer: Aggregate<Reviewer, ReviewerCommand, ReviewerEvent, ReviewerRejection> = {
  category: 'reviewer',
  events: reviewerEvents,
  initial: { status: 'absent' },
  evolve,
  decide,
};
