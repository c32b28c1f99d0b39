import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { decisionSource } from '../domain/decision/decision.events.js';
import { docketSource } from '../domain/docket/docket.events.js';
import { roundKey } from '../domain/identities.js';
import { panelSource } from '../domain/panel/panel.events.js';

/** Who has to act next. `parties` may object or waive; `nobody` is waited for when a round is settled. */
type Whom = 'programme-administrator' | 'panel-chair' | 'reviewers' | 'committee' | 'parties' | 'nobody';

const table = viewTable({
  name: 'rounds',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    roundId: 'text',
    kind: 'text',
    purpose: 'text',
    rulebookDigest: 'text',
    subjects: json<readonly string[]>(),
    leftOut: json<readonly { readonly applicationId: string; readonly reason: string }[]>(),
    openedAt: 'instant',
    status: 'text',
    waitsFor: json<{ readonly whom: Whom; readonly to: string }>(),
    waitsSince: 'instant',
    hasCommittee: 'boolean',
    isRanked: 'boolean',
    /** Objections that wait for their answer. */
    owed: 'integer',
  },
  indexes: [['callId']],
});
type Row = RowOf<typeof table>;

const waiting = (row: Row | undefined, status: string, [whom, to]: readonly [Whom, string], since: string): Row | undefined =>
  row && { ...row, status, waitsFor: { whom, to }, waitsSince: since };

/** The committee can only go on with both: itself, and the ranking. */
const deliberating = (row: Row | undefined, since: string): Row | undefined => {
  if (!row?.isRanked) return row;
  return waiting(row, 'deliberating', row.hasCommittee ? ['committee', 'propose'] : ['programme-administrator', 'convene-committee'], since);
};

/** An answer that is owed comes before anything that the parties may still say. */
const objected = (row: Row | undefined, more: number, since: string): Row | undefined => {
  const next = row && { ...row, owed: row.owed + more };
  return next !== undefined && next.owed > 0
    ? waiting(next, 'objected', ['programme-administrator', 'answer-objection'], since)
    : waiting(next, 'announced', ['parties', 'waive-or-object'], since);
};

/** Every round of every call, and whom it waits for since when. Its key is that of its panel and of its decision. */
export const rounds = view({
  name: 'rounds',
  table,
  aggregates: [docketSource, panelSource, decisionSource],
  key: ({ event }) => ('roundId' in event ? roundKey(event.callId, event.roundId) : []),
  on: {
    'round-opened': (_, { event: { programmeId, callId, roundId, kind, purpose, rulebookDigest, subjects, leftOut, at } }): Row => ({
      programmeId,
      callId,
      roundId,
      kind,
      purpose,
      rulebookDigest,
      subjects,
      leftOut,
      openedAt: at,
      status: 'opened',
      waitsFor: { whom: 'programme-administrator', to: 'convene-panel' },
      waitsSince: at,
      hasCommittee: false,
      isRanked: false,
      owed: 0,
    }),
    'panel-convened': (row, { event }) => waiting(row, 'scoring', ['reviewers', 'score'], event.at),
    'scoring-closed': (row, { event }) => waiting(row, 'scoring-closed', ['panel-chair', 'open-scores'], event.at),
    ranked: (row, { event }) => deliberating(row && { ...row, isRanked: true }, event.at),
    'committee-convened': (row, { event }) => deliberating(row && { ...row, hasCommittee: true }, event.at),
    'decision-proposed': (row, { event }) => waiting(row, 'proposed', ['committee', 'vote'], event.at),
    'proposal-defeated': (row, { event }) => deliberating(row, event.at),
    'decision-confirmed': (row, { event }) => waiting(row, 'confirmed', ['programme-administrator', 'announce'], event.at),
    'objection-window-opened': (row, { event }) => waiting(row, 'announced', ['parties', 'waive-or-object'], event.at),
    'objection-received': (row, { event }) => objected(row, 1, event.at),
    'objection-answer-noted': (row, { event }) => objected(row, -1, event.at),
    'deliberation-reopened': (row, { event }) => deliberating(row, event.at),
    'objection-window-closed': (row, { event }) => waiting(row, 'settled', ['nobody', 'nothing'], event.at),
  },
});
