import { programmeProcessEvents, type ProgrammeProcessEvent } from './programme-process.events.js';

type Following = { readonly service: string; readonly to: string };
type AwaitedCall = { readonly callId: string; readonly since: string };
type Finished = { readonly id: string; readonly how: 'settled' | 'void' | 'never-signed' | 'no-longer-selected' };
type AwaitedTeam = { readonly team: string; readonly callId: string; readonly seat: 'announced' | 'added'; readonly since: string };

export type ProgrammeProcess = {
  /** The last time that was set, and who has to follow it. */
  readonly clock: { readonly to: string; readonly since: string; readonly services: readonly string[] } | null;
  readonly followed: readonly Following[];
  readonly calls: readonly AwaitedCall[];
  readonly teams: readonly AwaitedTeam[];
  /** Calls and teams that need not be waited for, also when that was heard first. */
  readonly finished: readonly Finished[];
  readonly signed: readonly string[];
  readonly cleared: boolean;
};

const initial: ProgrammeProcess = { clock: null, followed: [], calls: [], teams: [], finished: [], signed: [], cleared: false };

const evolve = (process: ProgrammeProcess, event: ProgrammeProcessEvent): ProgrammeProcess => {
  switch (event.type) {
    case 'clock-awaited':
      return { ...process, clock: { to: event.to, since: event.at, services: event.services } };
    case 'clock-followed': {
      const others = process.followed.filter(({ service }) => service !== event.service);
      return { ...process, followed: [...others, { service: event.service, to: event.to }] };
    }
    case 'call-awaited':
      return { ...process, calls: [...process.calls, { callId: event.callId, since: event.at }] };
    case 'call-finished':
      return { ...process, finished: [...process.finished, { id: event.callId, how: event.how }] };
    case 'team-awaited': {
      const { team, callId, seat, at } = event;
      const finished = process.finished.filter((one) => one.id !== team || one.how !== 'no-longer-selected');
      return { ...process, finished, teams: [...process.teams.filter((one) => one.team !== team), { team, callId, seat, since: at }] };
    }
    case 'team-signed':
      return { ...process, signed: [...process.signed, event.team] };
    case 'team-finished':
      return { ...process, finished: [...process.finished, { id: event.team, how: event.how }] };
    case 'closing-cleared':
      return { ...process, cleared: true };
  }
};

/** Whom or what the programme waits for, what for, and since when (programme time). */
export type Wait = { readonly kind: 'service' | 'call' | 'team'; readonly id: string; readonly until: string; readonly since: string };

export const waitsOf = (process: ProgrammeProcess): readonly Wait[] => [
  ...servicesBehind(process),
  ...process.calls.filter(({ callId }) => !isFinished(process, callId)).map(({ callId, since }) => ({ kind: 'call', id: callId, until: 'call-settled', since }) as const),
  ...process.teams.filter(({ team }) => !isFinished(process, team)).map(({ team, since }) => ({ kind: 'team', id: team, until: 'agreement-settled', since }) as const),
];

/** The services that have not come to the clock yet. */
export const servicesBehind = ({ clock, followed }: ProgrammeProcess): readonly Wait[] => {
  if (clock === null) return [];
  const { to, since, services } = clock;
  const behind = services.filter((service) => !followed.some((one) => one.service === service && one.to >= to));
  return behind.map((service) => ({ kind: 'service', id: service, until: `clock-followed to ${to}`, since }));
};

export const isFinished = ({ finished }: ProgrammeProcess, id: string): boolean => finished.some((one) => one.id === id);

export const programmeProcessStream = { category: 'programmeProcess', events: programmeProcessEvents, initial, evolve } as const;
