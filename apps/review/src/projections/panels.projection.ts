import { json, view, viewTable } from '@program-ledger/read-models';
import { rankingOutcome, type DecisionRecord, type RankingOutcome } from '@program-ledger/rulebook';
import { panelSource, type Member, type Opened } from '../domain/panel/panel.events.js';

/** A document before the panel, or one that came too late to be used. */
type Evidence = {
  readonly applicationId: string;
  readonly title: string;
  readonly digest: string;
  readonly laidBy: string;
  readonly at: string;
  readonly used: boolean;
};

const table = viewTable({
  name: 'panels',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    roundId: 'text',
    status: 'text',
    members: json<readonly (Member & { readonly added: string | null })[]>(),
    chair: 'text',
    quorum: 'integer',
    subjects: json<readonly string[]>(),
    rulebookDigest: 'text',
    evidence: json<readonly Evidence[]>(),
    /** How many assessments there are, and how many of them are sealed in time or excluded. */
    assessments: 'integer',
    sealed: 'integer',
    excluded: 'integer',
    leftOut: json<readonly { readonly assessmentId: string; readonly reason: string }[]>(),
    late: json<readonly string[]>(),
    scoringClosedAt: 'instant?',
    openedAt: 'instant?',
  },
  indexes: [['callId']],
});
/** Who judges which round, on which evidence, and how far they are. Its key is that of the round. */
export const panels = view({
  name: 'panels',
  table,
  aggregates: [panelSource],
  on: {
    'panel-convened': (_, { event: { programmeId, callId, roundId, members, chair, quorum, subjects, rulebookDigest } }) => ({
      programmeId,
      callId,
      roundId,
      status: 'scoring',
      members: members.map((member) => ({ ...member, added: null })),
      chair,
      quorum,
      subjects,
      rulebookDigest,
      evidence: [],
      assessments: members.length * subjects.length,
      sealed: 0,
      excluded: 0,
      leftOut: [],
      late: [],
      scoringClosedAt: null,
      openedAt: null,
    }),
    'panel-member-added': (row, { event: { member, reason } }) =>
      row && { ...row, members: [...row.members, { ...member, added: reason }], assessments: row.assessments + row.subjects.length },
    'evidence-laid': (row, { event: { applicationId, title, digest, laidBy, at } }) =>
      row && { ...row, evidence: [...row.evidence, { applicationId, title, digest, laidBy, at, used: true }] },
    'evidence-came-late': (row, { event: { applicationId, title, digest, laidBy, at } }) =>
      row && { ...row, evidence: [...row.evidence, { applicationId, title, digest, laidBy, at, used: false }] },
    'seal-noted': (row) => row && { ...row, sealed: row.sealed + 1 },
    'seal-came-late': (row, { event }) => row && { ...row, late: [...row.late, event.assessmentId] },
    'exclusion-noted': (row) => row && { ...row, excluded: row.excluded + 1 },
    'readmission-noted': (row) => row && { ...row, excluded: row.excluded - 1 },
    'scoring-closed': (row, { event: { leftOut, at } }) => row && { ...row, status: 'scoring-closed', leftOut, scoringClosedAt: at },
    'scores-opened': (row, { event }) => row && { ...row, status: 'opened', openedAt: event.at },
  },
});

const openingTable = viewTable({
  name: 'openings',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    roundId: 'text',
    openedAt: 'instant',
    openedBy: 'text',
    /** What breaks the seals of this panel, base64. */
    sealingKey: 'text',
    opened: json<readonly Opened[]>(),
    ranking: json<RankingOutcome | null>(),
    decision: json<DecisionRecord | null>(),
  },
  indexes: [['callId']],
});

/** What each opening made known: the key, every score, and the ranking that follows. No row before. */
export const openings = view({
  name: 'openings',
  table: openingTable,
  aggregates: [panelSource],
  on: {
    'scores-opened': (_, { event: { programmeId, callId, roundId, key, opened, openedBy, at } }) => ({
      programmeId,
      callId,
      roundId,
      openedAt: at,
      openedBy,
      sealingKey: key,
      opened,
      ranking: null,
      decision: null,
    }),
    ranked: (row, { event: { decision } }) => row && { ...row, ranking: rankingOutcome.parse(decision.outcome), decision },
  },
});
