import { reject, type Aggregate, type Rejection } from '@program-ledger/event-sourcing';
import { dayOf } from '@program-ledger/rulebook';
import type { ByType, OfType } from '../by-type.js';
import { applicationsLimits, type Bilingual, type Provenance } from '../vocabulary.js';
import type { ProgrammeEvent } from './programme.events.js';
import { isSame, programmeStream, type Programme } from './programme.state.js';

export type ProgrammeCommand =
  | {
      readonly type: 'create-programme';
      readonly title: Bilingual;
      readonly timeZone: string;
      readonly provenance: Provenance;
      /** Whether the instance is a rehearsal. */
      readonly rehearsal: boolean;
      /** First time that the programme's own clock shows; null for the machine's. */
      readonly startsAt: string | null;
      readonly by: string;
      readonly at: string;
    }
  | { readonly type: 'set-clock'; readonly to: string; readonly followers: readonly string[]; readonly by: string; readonly at: string }
  | { readonly type: 'grant-role'; readonly subject: string; readonly role: string; readonly by: string; readonly at: string }
  | { readonly type: 'revoke-role'; readonly subject: string; readonly role: string; readonly reason: string; readonly by: string; readonly at: string }
  /** From the programme's process, once it waits for nothing. */
  | { readonly type: 'close-programme'; readonly by: string; readonly at: string };

export type ProgrammeRejection =
  | 'already-created'
  | 'invented-in-production'
  | 'unknown-time-zone'
  | 'machine-keeps-time'
  | 'clock-backwards'
  | 'too-many-roles'
  | 'unknown-programme'
  | 'programme-closed';

type Outcome = readonly ProgrammeEvent[] | Rejection<ProgrammeRejection>;
type Command<T extends ProgrammeCommand['type']> = OfType<ProgrammeCommand, T>;
type Decisions = ByType<ProgrammeCommand, [Programme], Outcome>;
type Existing = Exclude<Programme, { status: 'absent' }>;

const decide = <T extends ProgrammeCommand['type']>(command: OfType<ProgrammeCommand, T>, programme: Programme): Outcome => {
  const decision: Decisions[T] = decisions[command.type];
  return decision(command, programme);
};

/** What may be done in a programme that is there and not closed. */
const running =
  <C>(decision: (command: C, programme: Existing) => Outcome) =>
  (command: C, programme: Programme): Outcome => {
    if (programme.status === 'absent') return reject('unknown-programme');
    return programme.status === 'closed' ? reject('programme-closed') : decision(command, programme);
  };

const create = ({ title, timeZone, provenance, rehearsal, startsAt, by, at }: Command<'create-programme'>, { status }: Programme): Outcome => {
  if (status !== 'absent') return reject('already-created');
  if (!rehearsal && provenance === 'invented') return reject('invented-in-production');
  if (!rehearsal && startsAt !== null) return reject('machine-keeps-time');
  if (!isTimeZone(timeZone)) return reject('unknown-time-zone', { timeZone });
  const start = startsAt ?? at;
  return [{ type: 'programme-created', title, timeZone, rehearsal, provenance, startsAt: start, createdBy: by, at: start }];
};

const setClock = ({ to, followers, by }: Command<'set-clock'>, { rehearsal, clock }: Existing): Outcome => {
  if (!rehearsal) return reject('machine-keeps-time');
  if (to < clock) return reject('clock-backwards', { clock });
  return to === clock ? [] : [{ type: 'clock-set', to, followers, setBy: by, at: clock }];
};

const grantRole = (command: Command<'grant-role'>, { roles }: Existing): Outcome => {
  const { subject, role, by, at } = command;
  const { rolesMax } = applicationsLimits;
  if (roles.some((holder) => isSame(holder, command))) return [];
  return roles.length < rolesMax ? [{ type: 'role-granted', subject, role, grantedBy: by, at }] : reject('too-many-roles', { rolesMax });
};

const revokeRole = (command: Command<'revoke-role'>, { roles }: Existing): Outcome => {
  const { subject, role, reason, by, at } = command;
  return roles.some((holder) => isSame(holder, command)) ? [{ type: 'role-revoked', subject, role, reason, revokedBy: by, at }] : [];
};

const close = ({ by, at }: Command<'close-programme'>, { status }: Programme): Outcome => {
  if (status === 'absent') return reject('unknown-programme');
  return status === 'closed' ? [] : [{ type: 'programme-closed', closedBy: by, at }];
};

const isTimeZone = (name: string): boolean => {
  try {
    dayOf('2000-01-01T00:00:00.000Z', name);
    return true;
  } catch {
    return false;
  }
};

const decisions: Decisions = {
  'create-programme': create,
  'set-clock': running(setClock),
  'grant-role': running(grantRole),
  'revoke-role': running(revokeRole),
  'close-programme': close,
};

/** A programme: what it is called, whose clock it goes by, who may do what in it. */
export const programme: Aggregate<Programme, ProgrammeCommand, ProgrammeEvent, ProgrammeRejection> = { ...programmeStream, decide };
