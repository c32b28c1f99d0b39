import { canonicalJson, reject, type Aggregate } from '@program-ledger/event-sourcing';
import { fillsSeats, isSelectionRound, type Round as RoundRule, type Rulebook } from '@program-ledger/rulebook';
import { whereOf, type EventReference, type Where } from '../vocabulary.js';
import { docketEvents, type Candidate, type DocketEvent, type Purpose, type RoundKind } from './docket.events.js';

type Ranked = { readonly applicationId: string; readonly rank: number };

type InCall = { readonly programmeId: string; readonly callId: string; readonly at: string };

export type DocketCommand =
  | ({
      readonly type: 'receive-candidates';
      readonly rulebookDigest: string;
      readonly candidates: readonly Candidate[];
      readonly ineligible: readonly string[];
      readonly source: EventReference;
    } & InCall)
  | ({ readonly type: 'note-withdrawal'; readonly applicationId: string } & InCall)
  | ({
      readonly type: 'open-round';
      readonly roundId: string;
      readonly rulebook: Rulebook;
      readonly leftOut: readonly { readonly applicationId: string; readonly reason: string }[];
      readonly by: string;
    } & InCall)
  | {
      readonly type: 'note-decision';
      readonly where: Where;
      readonly notice: number;
      readonly forward: readonly Ranked[];
      readonly reserve: readonly Ranked[];
      readonly decidedBy: readonly string[];
      readonly decision: EventReference;
      readonly at: string;
    }
  | { readonly type: 'note-settlement'; readonly where: Where; readonly how: 'lapsed' | 'waived'; readonly at: string }
  | ({
      readonly type: 'add-seat';
      readonly applicationId: string;
      readonly authority: string;
      readonly reason: string;
      readonly replaces: string | null;
      readonly decidedBy: readonly string[];
      readonly by: string;
    } & InCall);

export type DocketRejection =
  | 'unknown-docket'
  | 'received-otherwise'
  | 'unknown-round'
  | 'rulebook-differs'
  | 'round-already-opened'
  | 'previous-round-unsettled'
  | 'no-subjects'
  | 'unknown-subject'
  | 'selection-unsettled'
  | 'not-on-reserve'
  | 'not-next-in-reserve'
  | 'seat-not-lost'
  | 'seat-already-refilled';

export type Round = {
  readonly where: Where;
  readonly kind: RoundKind;
  readonly purpose: Purpose;
  readonly subjects: readonly string[];
  readonly status: 'open' | 'decided' | 'settled';
  readonly notice: number;
  readonly forward: readonly Ranked[];
  readonly reserve: readonly Ranked[];
};

export type Docket = {
  readonly status: 'absent' | 'received';
  readonly programmeId: string;
  readonly callId: string;
  readonly rulebookDigest: string;
  readonly candidates: readonly Candidate[];
  readonly withdrawn: readonly string[];
  readonly rounds: readonly Round[];
  /** Added on authority, in order; what each replaces. */
  readonly added: readonly { readonly applicationId: string; readonly replaces: string | null }[];
};

type Asked<T extends DocketCommand['type']> = Extract<DocketCommand, { type: T }>;

const decide = (command: DocketCommand, docket: Docket) => {
  switch (command.type) {
    case 'receive-candidates':
      return receive(command, docket);
    case 'note-withdrawal':
      return noteWithdrawal(command, docket);
    case 'note-decision':
      return noteDecision(command, docket);
    case 'note-settlement':
      return noteSettlement(command, docket);
    case 'open-round':
      return isOf(docket, command) ? openRound(command, docket) : reject('unknown-docket');
    case 'add-seat':
      return isOf(docket, command) ? addSeat(command, docket) : reject('unknown-docket');
  }
};

const receive = ({ programmeId, callId, rulebookDigest, candidates, ineligible, source, at }: Asked<'receive-candidates'>, docket: Docket) => {
  if (docket.status === 'received') return canonicalJson(docket.candidates) === canonicalJson(candidates) ? [] : reject('received-otherwise');
  return [{ type: 'candidates-received', programmeId, callId, rulebookDigest, candidates, ineligible, source, at } as const];
};

/** Also before screening is done: the two come from different streams. */
const noteWithdrawal = ({ programmeId, callId, applicationId, at }: Asked<'note-withdrawal'>, docket: Docket) =>
  docket.withdrawn.includes(applicationId) ? [] : [{ type: 'candidate-withdrawn', programmeId, callId, applicationId, at } as const];

/** Rounds come in the rulebook's order, each only when nobody can object to the one before. */
const openRound = ({ programmeId, callId, roundId, rulebook, leftOut, by, at }: Asked<'open-round'>, docket: Docket) => {
  if (rulebook.digest !== docket.rulebookDigest) return reject('rulebook-differs', { inForce: docket.rulebookDigest });
  const index = rulebook.rounds.findIndex(({ id }) => id === roundId);
  const round = rulebook.rounds[index];
  if (round === undefined) return reject('unknown-round', { roundId, known: rulebook.rounds.map(({ id }) => id) });
  if (roundOf(docket, roundId) !== undefined) return reject('round-already-opened', { roundId });
  const unsettled = rulebook.rounds.slice(0, index).find(({ id }) => roundOf(docket, id)?.status !== 'settled');
  if (unsettled !== undefined) return reject('previous-round-unsettled', { roundId: unsettled.id });
  const purpose = purposeOf(round);
  const entitled = isSelectionRound(round) ? stillIn(docket) : seated(docket);
  const out = leftOut.map(({ applicationId }) => applicationId);
  const stranger = out.find((applicationId) => !entitled.includes(applicationId));
  if (stranger !== undefined) return reject('unknown-subject', { applicationId: stranger });
  const subjects = entitled.filter((applicationId) => !out.includes(applicationId));
  if (subjects.length === 0) return reject('no-subjects');
  const { selection, digest: rulebookDigest } = rulebook;
  return [
    {
      type: 'round-opened',
      programmeId,
      callId,
      roundId,
      kind: round.kind,
      purpose,
      subjects,
      leftOut,
      seatsPlanned: selection.seats,
      rulebookDigest,
      openedBy: by,
      at,
    } as const,
  ];
};

/** The presentation round whose places are the seats fills them; other rounds before the first phase only thin out. */
export const purposeOf = (round: RoundRule): Purpose => {
  if (!isSelectionRound(round)) return round.kind;
  return fillsSeats(round) ? 'selection' : 'advance';
};

const noteDecision = ({ where, notice, forward, reserve, decidedBy, decision, at }: Asked<'note-decision'>, docket: Docket) => {
  const round = roundOf(docket, where.roundId);
  if (round === undefined || round.notice >= notice) return [];
  return [{ type: 'round-decided', ...whereOf(where), notice, forward, reserve, decidedBy, decision, at } as const];
};

const noteSettlement = ({ where, how, at }: Asked<'note-settlement'>, docket: Docket) =>
  (roundOf(docket, where.roundId)?.status ?? 'settled') === 'settled' ? [] : [{ type: 'round-settled', ...whereOf(where), how, at } as const];

/** From the head of the reserve, on authority that is named; what it replaces must have been lost, and only once. */
const addSeat = ({ applicationId, authority, reason, replaces, decidedBy, by, at }: Asked<'add-seat'>, docket: Docket) => {
  const selection = selectionOf(docket);
  if (selection?.status !== 'settled') return reject('selection-unsettled');
  const waiting = reserveOf(docket, selection);
  const next = waiting[0];
  const candidate = docket.candidates.find((each) => each.applicationId === applicationId);
  if (candidate === undefined || next === undefined || !waiting.some((each) => each.applicationId === applicationId))
    return reject('not-on-reserve', { applicationId });
  if (next.applicationId !== applicationId) return reject('not-next-in-reserve', { next: next.applicationId });
  const wrong = replaces === null ? null : notLost(docket, replaces);
  if (wrong !== null) return wrong;
  const { evidence: _, ...application } = candidate;
  return [
    {
      type: 'seat-added',
      ...whereOf(selection.where),
      team: { ...application, rank: next.rank },
      authority,
      reason,
      replaces,
      decidedBy,
      addedBy: by,
      at,
    } as const,
  ];
};

/** Who still waits for a seat, the next one first. */
const reserveOf = ({ added, withdrawn }: Docket, { reserve }: Round): readonly Ranked[] =>
  reserve
    .filter(({ applicationId }) => !added.some((seat) => seat.applicationId === applicationId) && !withdrawn.includes(applicationId))
    .sort((left, right) => left.rank - right.rank);

const notLost = (docket: Docket, replaces: string) => {
  if (!everSeated(docket).includes(replaces) || seated(docket).includes(replaces)) return reject('seat-not-lost', { replaces });
  return docket.added.some((seat) => seat.replaces === replaces) ? reject('seat-already-refilled', { replaces }) : null;
};

const isOf = (docket: Docket, { programmeId }: { readonly programmeId: string }): boolean => docket.status === 'received' && docket.programmeId === programmeId;

export const roundOf = (docket: Docket, roundId: string): Round | undefined => docket.rounds.find(({ where }) => where.roundId === roundId);

const selectionOf = (docket: Docket): Round | undefined => docket.rounds.find(({ purpose }) => purpose === 'selection');

/** Who may still be chosen: everybody screened, then those whom the last settled round let forward. */
const stillIn = (docket: Docket): readonly string[] => {
  const last = docket.rounds.filter(({ status }) => status === 'settled').at(-1);
  const forward = last === undefined ? docket.candidates : last.forward;
  return forward.map(({ applicationId }) => applicationId).filter((applicationId) => !docket.withdrawn.includes(applicationId));
};

const everSeated = (docket: Docket): readonly string[] => [...(selectionOf(docket)?.forward ?? []), ...docket.added].map(({ applicationId }) => applicationId);

/** Who holds a seat: selected or added, and not lost in a settled stage. */
export const seated = (docket: Docket): readonly string[] => {
  const stages = docket.rounds.filter(({ purpose, status }) => (purpose === 'stage' || purpose === 'final') && status === 'settled');
  const failed = stages.flatMap(({ subjects, forward }) => subjects.filter((subject) => !forward.some(({ applicationId }) => applicationId === subject)));
  return everSeated(docket).filter((applicationId) => !failed.includes(applicationId));
};

/** People who act for an application: those of its lead, which answers for it. */
export const representativesOf = (docket: Docket, applicationId: string): readonly string[] =>
  docket.candidates.find((each) => each.applicationId === applicationId)?.members.find(({ role }) => role === 'lead')?.representatives ?? [];

const evolve = (docket: Docket, event: DocketEvent): Docket => {
  switch (event.type) {
    case 'candidates-received': {
      const { programmeId, callId, rulebookDigest, candidates } = event;
      return { ...docket, status: 'received', programmeId, callId, rulebookDigest, candidates };
    }
    case 'candidate-withdrawn':
      return { ...docket, withdrawn: [...docket.withdrawn, event.applicationId] };
    case 'round-opened': {
      const { kind, purpose, subjects } = event;
      return { ...docket, rounds: [...docket.rounds, { where: whereOf(event), kind, purpose, subjects, status: 'open', notice: 0, forward: [], reserve: [] }] };
    }
    case 'round-decided':
      return withRound(docket, event.roundId, {
        status: roundOf(docket, event.roundId)?.status === 'settled' ? 'settled' : 'decided',
        notice: event.notice,
        forward: event.forward,
        reserve: event.reserve,
      });
    case 'round-settled':
      return withRound(docket, event.roundId, { status: 'settled' });
    case 'seat-added':
      return { ...docket, added: [...docket.added, { applicationId: event.team.applicationId, replaces: event.replaces }] };
  }
};

const withRound = (docket: Docket, roundId: string, change: Partial<Round>): Docket => ({
  ...docket,
  rounds: docket.rounds.map((round) => (round.where.roundId === roundId ? { ...round, ...change } : round)),
});

/** The process of one call: candidates, rounds in the rulebook's order, seats, and so whom it waits for. */
export const docket: Aggregate<Docket, DocketCommand, DocketEvent, DocketRejection> = {
  category: 'docket',
  events: docketEvents,
  initial: { status: 'absent', programmeId: '', callId: '', rulebookDigest: '', candidates: [], withdrawn: [], rounds: [], added: [] },
  evolve,
  decide,
};
