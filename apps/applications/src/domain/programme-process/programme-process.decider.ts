import { reject, type Aggregate, type JsonObject, type Rejection } from '@program-ledger/event-sourcing';
import type { ByType, OfType } from '../by-type.js';
import type { ProgrammeProcessEvent } from './programme-process.events.js';
import { isFinished, programmeProcessStream, waitsOf, type ProgrammeProcess } from './programme-process.state.js';

/** All but the last come from events of this service and others: each may come twice, and in any order. */
export type ProgrammeProcessCommand =
  | { readonly type: 'await-clock'; readonly to: string; readonly services: readonly string[]; readonly at: string }
  | { readonly type: 'note-clock-followed'; readonly service: string; readonly to: string; readonly at: string }
  | { readonly type: 'await-call'; readonly callId: string; readonly at: string }
  | { readonly type: 'finish-call'; readonly callId: string; readonly how: 'settled' | 'void'; readonly at: string }
  /** The announced teams of a call: those of an earlier announcement that are not among them need not be waited for any more. */
  | { readonly type: 'await-teams'; readonly callId: string; readonly teams: readonly string[]; readonly at: string }
  | { readonly type: 'await-added-team'; readonly callId: string; readonly team: string; readonly at: string }
  | { readonly type: 'note-agreement-signed'; readonly team: string; readonly at: string }
  /** Only one that was never signed is over with its end: a signed one has to be settled. */
  | { readonly type: 'note-agreement-ended'; readonly team: string; readonly at: string }
  | { readonly type: 'note-agreement-settled'; readonly team: string; readonly at: string }
  | { readonly type: 'clear-closing'; readonly by: string; readonly at: string };

export type ProgrammeProcessRejection = 'still-waiting';

type Outcome = readonly ProgrammeProcessEvent[] | Rejection<ProgrammeProcessRejection>;

type Command<T extends ProgrammeProcessCommand['type']> = OfType<ProgrammeProcessCommand, T>;
type Decisions = ByType<ProgrammeProcessCommand, [ProgrammeProcess], Outcome>;

const decide = <T extends ProgrammeProcessCommand['type']>(command: OfType<ProgrammeProcessCommand, T>, process: ProgrammeProcess): Outcome => {
  const decision: Decisions[T] = decisions[command.type];
  return decision(command, process);
};

const decisions: Decisions = {
  'await-clock': ({ to, services, at }, { clock }) => (clock !== null && clock.to >= to ? [] : [{ type: 'clock-awaited', to, services, at }]),
  'note-clock-followed': ({ service, to, at }, { followed }) => (followed.some((one) => one.service === service && one.to >= to) ? [] : [{ type: 'clock-followed', service, to, at }]),
  'await-call': ({ callId, at }, { calls }) => (calls.some((one) => one.callId === callId) ? [] : [{ type: 'call-awaited', callId, at }]),
  'finish-call': ({ callId, how, at }, process) => (isFinished(process, callId) ? [] : [{ type: 'call-finished', callId, how, at }]),
  'await-teams': (command, process) => awaitTeams(command, process),
  'await-added-team': ({ team, callId, at }, process) => (mayAwait(process, team) ? [{ type: 'team-awaited', team, callId, seat: 'added', at }] : []),
  'note-agreement-signed': ({ team, at }, { signed }) => (signed.includes(team) ? [] : [{ type: 'team-signed', team, at }]),
  'note-agreement-ended': ({ team, at }, process) => (process.signed.includes(team) || isFinished(process, team) ? [] : [{ type: 'team-finished', team, how: 'never-signed', at }]),
  'note-agreement-settled': ({ team, at }, { finished }) =>
    finished.some(({ id, how }) => id === team && how === 'settled') ? [] : [{ type: 'team-finished', team, how: 'settled', at }],
  'clear-closing': (command, process) => clearClosing(command, process),
};

const awaitTeams = ({ callId, teams, at }: Command<'await-teams'>, process: ProgrammeProcess): readonly ProgrammeProcessEvent[] => {
  const dropped = process.teams.filter((one) => one.callId === callId && one.seat === 'announced' && !teams.includes(one.team) && !isFinished(process, one.team));
  return [
    ...dropped.map(({ team }) => ({ type: 'team-finished', team, how: 'no-longer-selected', at }) as const),
    ...teams.filter((team) => mayAwait(process, team)).map((team) => ({ type: 'team-awaited', team, callId, seat: 'announced', at }) as const),
  ];
};

/** Not awaited yet; or given up, and selected after all. One that is known to be settled is recorded too, and not waited for. */
const mayAwait = ({ teams, finished }: ProgrammeProcess, team: string): boolean =>
  !teams.some((one) => one.team === team) || finished.findLast(({ id }) => id === team)?.how === 'no-longer-selected';

const clearClosing = ({ by, at }: Command<'clear-closing'>, process: ProgrammeProcess): Outcome => {
  if (process.cleared) return [];
  const waits: readonly JsonObject[] = waitsOf(process);
  if (waits.length > 0) return reject('still-waiting', { waits, waitingFor: waitsOf(process).map(({ kind, id }) => `${kind} ${id}`).join(', ') });
  return [{ type: 'closing-cleared', by, at }];
};

/** What stands between a programme and its next time, and between it and its end: whom it waits for, since when. */
export const programmeProcess: Aggregate<ProgrammeProcess, ProgrammeProcessCommand, ProgrammeProcessEvent, ProgrammeProcessRejection> = { ...programmeProcessStream, decide };
