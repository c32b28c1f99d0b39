import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { docketSource, type Candidate, type Purpose, type RoundKind } from '../domain/docket/docket.events.js';
import type { EventReference } from '../domain/vocabulary.js';

type Shown = Pick<Candidate, 'applicationId' | 'title' | 'provenance' | 'evidence'>;
type Round = {
  readonly roundId: string;
  readonly kind: RoundKind;
  readonly purpose: Purpose;
  readonly status: 'open' | 'decided' | 'settled';
  readonly since: string;
};
/** One decision that gave or took seats: planned and actual can be told apart by reading down the list. */
type Seating = {
  readonly at: string;
  readonly by: 'selection' | 'stage' | 'final' | 'seat-added';
  readonly roundId: string;
  readonly seated: readonly string[];
  readonly lost: readonly string[];
  readonly authority: string | null;
  readonly replaces: string | null;
  readonly decidedBy: readonly string[];
  readonly decision: EventReference | null;
};

const table = viewTable({
  name: 'dockets',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    rulebookDigest: 'text?',
    candidates: json<readonly Shown[]>(),
    ineligible: json<readonly string[]>(),
    withdrawn: json<readonly { readonly applicationId: string; readonly at: string }[]>(),
    rounds: json<readonly Round[]>(),
    seatsPlanned: 'integer?',
    seated: json<readonly string[]>(),
    seatings: json<readonly Seating[]>(),
    /** Decided outcomes that are not settled yet, by round. */
    pending: json<
      readonly {
        readonly roundId: string;
        readonly forward: readonly string[];
        readonly subjects: readonly string[];
        readonly decidedBy: readonly string[];
        readonly decision: EventReference | null;
      }[]
    >(),
    waitsFor: 'text?',
    waitsSince: 'instant?',
  },
});
type Row = RowOf<typeof table>;

const blank = ({ programmeId, callId }: { readonly programmeId: string; readonly callId: string }): Row => ({
  programmeId,
  callId,
  rulebookDigest: null,
  candidates: [],
  ineligible: [],
  withdrawn: [],
  rounds: [],
  seatsPlanned: null,
  seated: [],
  seatings: [],
  pending: [],
  waitsFor: 'screening',
  waitsSince: null,
});

/** The process of each call: candidates, rounds, seats planned and actual, and whom it waits for since when. */
export const dockets = view({
  name: 'dockets',
  table,
  aggregates: [docketSource],
  on: {
    'candidates-received': (row, { event }) => ({
      ...(row ?? blank(event)),
      rulebookDigest: event.rulebookDigest,
      candidates: event.candidates.map(({ applicationId, title, provenance, evidence }) => ({ applicationId, title, provenance, evidence })),
      ineligible: event.ineligible,
      waitsFor: 'programme-administrator',
      waitsSince: event.at,
    }),
    'candidate-withdrawn': (row, { event }) => {
      const docket = row ?? blank(event);
      return { ...docket, withdrawn: [...docket.withdrawn, { applicationId: event.applicationId, at: event.at }] };
    },
    'round-opened': (row, { event: { roundId, kind, purpose, subjects, seatsPlanned, at } }): Row | undefined =>
      row && {
        ...row,
        seatsPlanned,
        rounds: [...row.rounds, { roundId, kind, purpose, status: 'open', since: at }],
        pending: [...row.pending, { roundId, forward: [], subjects, decidedBy: [], decision: null }],
        waitsFor: 'decision',
        waitsSince: at,
      },
    'round-decided': (row, { event: { roundId, forward, decidedBy, decision, at } }) =>
      row && {
        ...row,
        rounds: withStatus(row.rounds, roundId, 'decided', at),
        pending: row.pending.map((each) =>
          each.roundId === roundId ? { ...each, forward: forward.map(({ applicationId }) => applicationId), decidedBy, decision } : each,
        ),
        waitsFor: 'objection-window',
        waitsSince: at,
      },
    'round-settled': (row, { event: { roundId, at } }) => row && settled(row, roundId, at),
    'seat-added': (row, { event: { roundId, team, authority, replaces, decidedBy, at } }) => {
      const seating: Seating = { at, by: 'seat-added', roundId, seated: [team.applicationId], lost: [], authority, replaces, decidedBy, decision: null };
      return row && { ...row, seated: [...row.seated, team.applicationId], seatings: [...row.seatings, seating] };
    },
  },
});

const withStatus = (rounds: readonly Round[], roundId: string, status: Round['status'], since: string): readonly Round[] =>
  rounds.map((round) => (round.roundId === roundId ? { ...round, status, since } : round));

const settled = (row: Row, roundId: string, at: string): Row => {
  const round = row.rounds.find((each) => each.roundId === roundId);
  const outcome = row.pending.find((each) => each.roundId === roundId);
  const next = { ...row, rounds: withStatus(row.rounds, roundId, 'settled', at), pending: row.pending.filter((each) => each.roundId !== roundId) };
  const waiting = round?.purpose === 'final' ? { waitsFor: null, waitsSince: null } : { waitsFor: 'programme-administrator', waitsSince: at };
  if (round === undefined || outcome === undefined || round.purpose === 'advance') return { ...next, ...waiting };
  const gained = round.purpose === 'selection' ? outcome.forward : [];
  const lost = round.purpose === 'selection' ? [] : outcome.subjects.filter((subject) => !outcome.forward.includes(subject));
  const seating: Seating = {
    at,
    by: round.purpose,
    roundId,
    seated: gained,
    lost,
    authority: null,
    replaces: null,
    decidedBy: outcome.decidedBy,
    decision: outcome.decision,
  };
  return { ...next, ...waiting, seated: [...row.seated.filter((each) => !lost.includes(each)), ...gained], seatings: [...row.seatings, seating] };
};
