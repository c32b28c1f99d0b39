import type { Aggregate } from '@program-ledger/event-sourcing';
import { grantProcessEvents, type Act, type GrantProcessEvent, type Heard } from './grant-process.events.js';
import { evolve, unheard, type GrantProcess, type RoundHeard } from './grant-process.state.js';

/** What the process is told, by review, funding and the pool, in any order and any number of times. */
export type GrantProcessCommand = { readonly type: 'hear'; readonly heard: Heard };

const decide = ({ heard }: GrantProcessCommand, before: GrantProcess): readonly GrantProcessEvent[] => {
  if (!isNews(heard, before)) return [];
  const events: GrantProcessEvent[] = [heard];
  let after = evolve(before, heard);
  for (let act = nextAct(after); act !== null; act = nextAct(after)) {
    events.push(act);
    after = evolve(after, act);
  }
  return events;
};

/** One team's way through the GPUs: it brings together what others say and acts once on each. */
export const grantProcess: Aggregate<GrantProcess, GrantProcessCommand, GrantProcessEvent, never> = {
  category: 'grantProcess',
  events: grantProcessEvents,
  initial: unheard,
  evolve,
  decide,
};

/** Whether it is not known yet, and nothing later is. A closing counts only for the very notice that it closes. */
const isNews = (heard: Heard, { rounds, seat, signed, ended, obstacle, grants }: GrantProcess): boolean => {
  switch (heard.type) {
    case 'outcome-heard':
      return !rounds.some(({ roundId, notice }) => roundId === heard.roundId && !precedes(notice.place, heard.notice));
    case 'closing-heard':
      return rounds.some(({ roundId, notice, closing }) => roundId === heard.roundId && closing === null && isSame(notice.place, heard.notice));
    case 'added-seat-heard':
      return seat?.via !== 'added';
    case 'signature-heard':
      return signed === null;
    case 'ending-heard':
      return ended === null;
    case 'obstacle-heard':
      return obstacle?.why !== heard.why;
    case 'gpus-heard':
      return !grants.some(({ grantId, step }) => grantId === heard.grantId && order[step] >= order[heard.step]);
  }
};

const order = { reserved: 0, delivered: 1, returned: 2, reclaimed: 2, released: 2 } as const;

type Place = { readonly stream: string; readonly revision: number };
const isSame = (one: Place, other: Place): boolean => one.stream === other.stream && one.revision === other.revision;
const precedes = (earlier: Place, later: Place): boolean => earlier.stream !== later.stream || earlier.revision < later.revision;

/** The one thing to do next, if anything is due and was not done. An act is dated by the last of its causes, not by their order of arrival. */
const nextAct = (process: GrantProcess): Act | null => {
  if (process.team === null || process.forfeitedAt !== null) return null;
  return forfeit(process, process.team) ?? askFirst(process, process.team) ?? askNext(process, process.team) ?? permit(process, process.team);
};

type Team = NonNullable<GrantProcess['team']>;

/**
 * A seat is lost by a final notice that drops or fails the team, or by the agreement's early end. Whichever is heard first, the decision
 * behind both is cited. Who never asked has nothing to lose, and may be given a seat yet. A seat that was added is not lost by the selection:
 * that dropped the team before, whenever it is heard.
 */
const forfeit = ({ seat, asked, rounds, ended }: GrantProcess, team: Team): Act | null => {
  if (seat === null || asked.length === 0) return null;
  const losing = seat.via === 'added' ? ['failed'] : ['failed', 'dropped'];
  const lost = rounds.find(({ kind, outcome, closing }) => closing !== null && kind !== 'final' && losing.includes(outcome));
  if (lost?.closing != null)
    return {
      type: 'seat-forfeited',
      ...team,
      reason: `${lost.kind} ${lost.roundId}: ${lost.outcome}`,
      because: lost.notice.place,
      at: latest(seat.at, lost.closing.at),
    };
  if (ended?.early === true) return { type: 'seat-forfeited', ...team, reason: ended.reason, because: ended.place, at: latest(seat.at, ended.at) };
  return null;
};

const askFirst = ({ seat, rounds, asked }: GrantProcess, team: Team): Act | null => {
  if (seat === null || asked.some(({ key }) => key === firstKey)) return null;
  const { gpusMax, rulebookDigest, replaces, place } = seat;
  const claim = { key: firstKey, team: team.team, gpusMax, rulebookDigest };
  // An added seat is decided on recorded authority: there is no window to wait for.
  if (seat.via === 'added')
    return { type: 'gpus-asked', ...team, ask: { ...claim, wanted: { which: 'running', replaces }, authority: { kind: 'seat', ...place } }, at: seat.at };
  const selection = rounds.find(({ kind, outcome }) => kind === 'selection' && outcome === 'selected');
  if (selection?.closing == null) return null;
  return {
    type: 'gpus-asked',
    ...team,
    ask: { ...claim, wanted: { which: 'first' }, authority: { kind: 'selection', ...place } },
    at: latest(seat.at, selection.closing.at),
  };
};

const firstKey = 'seat';

/** No GPUs of a later phase without the event that passed the stage before it: it is the ask's authority. */
const askNext = ({ seat, rounds, asked }: GrantProcess, team: Team): Act | null => {
  const passed = rounds.find((round) => isPassedStage(round) && !asked.some(({ key }) => key === keyAfter(round)));
  if (seat === null || passed?.closing == null) return null;
  const { gpusMax, rulebookDigest } = seat;
  const { roundId, notice } = passed;
  const ask = {
    key: keyAfter(passed),
    team: team.team,
    gpusMax,
    rulebookDigest,
    wanted: { which: 'after-round', roundId },
    authority: { kind: 'stage', ...notice.place },
  } as const;
  return { type: 'gpus-asked', ...team, ask, at: latest(seat.at, passed.closing.at) };
};

const isPassedStage = ({ kind, outcome, closing }: RoundHeard): boolean => kind === 'stage' && outcome === 'passed' && closing !== null;
const keyAfter = ({ roundId }: RoundHeard): string => `after-${roundId}`.slice(0, 64);

const permit = ({ grants, signed, permitted }: GrantProcess, team: Team): Act | null => {
  const waiting = grants.find(({ grantId, step }) => step === 'reserved' && !permitted.some((permission) => permission.grantId === grantId));
  if (signed === null || waiting === undefined) return null;
  return { type: 'delivery-permitted', ...team, grantId: waiting.grantId, agreement: signed.place, at: latest(signed.at, waiting.at) };
};

const latest = (one: string, other: string): string => (one > other ? one : other);
