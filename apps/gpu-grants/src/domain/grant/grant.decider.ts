import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import type { EventReference } from '../vocabulary.js';
import { gpuHoursBetween } from './gpu-hours.js';
import { grantEvents, type GrantEvent } from './grant.events.js';

type Reserved = Omit<Extract<GrantEvent, { type: 'grant-reserved' }>, 'type'>;

/** The pool has decided, the grant follows: all of these come from the pool's one stream, in its order. */
export type GrantCommand =
  | ({ readonly type: 'reserve' } & Reserved)
  | { readonly type: 'permit'; readonly agreement: EventReference; readonly at: string }
  | { readonly type: 'deliver'; readonly note: string; readonly at: string }
  | { readonly type: 'take-back'; readonly how: 'returned' | 'reclaimed'; readonly reason: string; readonly at: string }
  | { readonly type: 'release'; readonly reason: string; readonly at: string };

export type GrantRejection = 'not-reserved' | 'not-delivered';

/** What every event of a grant repeats. */
type Term = Pick<Reserved, 'programmeId' | 'grantId' | 'team' | 'phase' | 'gpus' | 'from' | 'to' | 'evaluatedBy'>;

export type Grant =
  | { readonly status: 'absent' }
  | ({ readonly status: 'reserved' | 'permitted' } & { readonly term: Term })
  | { readonly status: 'delivered'; readonly term: Term; readonly deliveredAt: string }
  | { readonly status: 'returned' | 'reclaimed' | 'released'; readonly term: Term };

const decide = (command: GrantCommand, grant: Grant) => {
  switch (command.type) {
    case 'reserve':
      return grant.status === 'absent' ? [{ ...command, type: 'grant-reserved' } as const] : [];
    case 'permit':
      return permit(command, grant);
    case 'deliver':
      return deliver(command, grant);
    case 'take-back':
      return takeBack(command, grant);
    case 'release':
      return release(command, grant);
  }
};

const permit = ({ agreement, at }: Extract<GrantCommand, { type: 'permit' }>, grant: Grant) => {
  if (grant.status === 'permitted') return [];
  if (grant.status !== 'reserved') return reject('not-reserved', { status: grant.status });
  return [{ type: 'delivery-permitted', ...grant.term, agreement, at } as const];
};

const deliver = ({ note, at }: Extract<GrantCommand, { type: 'deliver' }>, grant: Grant) => {
  if (grant.status === 'delivered') return [];
  if (grant.status !== 'permitted') return reject('not-reserved', { status: grant.status });
  return [{ type: 'grant-delivered', ...grant.term, note, at } as const];
};

const takeBack = ({ how, reason, at }: Extract<GrantCommand, { type: 'take-back' }>, grant: Grant) => {
  if (grant.status === how) return [];
  if (grant.status !== 'delivered') return reject('not-delivered', { status: grant.status });
  const { term, deliveredAt } = grant;
  const used = { ...term, gpuHours: gpuHoursBetween(term.gpus, deliveredAt, at), at };
  return how === 'returned' ? [{ ...used, type: 'grant-returned', note: reason } as const] : [{ ...used, type: 'grant-reclaimed', reason } as const];
};

const release = ({ reason, at }: Extract<GrantCommand, { type: 'release' }>, grant: Grant) => {
  if (grant.status === 'released') return [];
  if (grant.status !== 'reserved' && grant.status !== 'permitted') return reject('not-reserved', { status: grant.status });
  return [{ type: 'grant-released', ...grant.term, reason, at } as const];
};

const evolve = (_: Grant, event: GrantEvent): Grant => {
  const term = termOf(event);
  switch (event.type) {
    case 'grant-reserved':
      return { status: 'reserved', term };
    case 'delivery-permitted':
      return { status: 'permitted', term };
    case 'grant-delivered':
      return { status: 'delivered', term, deliveredAt: event.at };
    case 'grant-returned':
      return { status: 'returned', term };
    case 'grant-reclaimed':
      return { status: 'reclaimed', term };
    case 'grant-released':
      return { status: 'released', term };
  }
};

const termOf = ({ programmeId, grantId, team, phase, gpus, from, to, evaluatedBy }: GrantEvent): Term => ({
  programmeId,
  grantId,
  team,
  phase,
  gpus,
  from,
  to,
  evaluatedBy,
});

/** GPUs of one team in one phase, from the promise to the last hour. */
export const grant: Aggregate<Grant, GrantCommand, GrantEvent, GrantRejection> = {
  category: 'grant',
  events: grantEvents,
  initial: { status: 'absent' },
  evolve,
  decide,
};
