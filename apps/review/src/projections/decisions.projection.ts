import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { gatesOutcome, type DecisionRecord } from '@program-ledger/rulebook';
import { decisionSource, type Cites, type Outcome } from '../domain/decision/decision.events.js';
import type { Evidence } from '../domain/vocabulary.js';

type GateResult = {
  readonly applicationId: string;
  readonly gate: string;
  readonly passed: boolean;
  readonly evidence: readonly Evidence[];
  readonly reason: string;
  readonly recordedBy: string;
  readonly at: string;
};
type GatesDecision = { readonly applicationId: string; readonly passed: boolean; readonly decision: DecisionRecord };
type Vote = { readonly member: string; readonly vote: 'for' | 'against' | 'abstain'; readonly reason: string | null; readonly at: string };
type Proposal = {
  readonly outcomes: readonly Outcome[];
  readonly reason: string;
  readonly departure: string | null;
  readonly cites: Cites;
  readonly corrects: string | null;
  readonly proposedBy: string;
  readonly at: string;
};
/** One announcement. A later one of the same round replaces it, and both stay. */
type Notice = {
  readonly notice: number;
  readonly at: string;
  readonly outcomes: readonly Outcome[];
  readonly decidedBy: readonly string[];
  readonly cites: Cites;
  readonly announcedBy: string;
};

const table = viewTable({
  name: 'decisions',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    roundId: 'text',
    kind: 'text',
    purpose: 'text',
    status: 'text',
    members: json<readonly string[]>(),
    quorum: 'integer',
    rulebookDigest: 'text',
    parties: json<readonly { readonly applicationId: string; readonly representatives: readonly string[] }[]>(),
    gateResults: json<readonly GateResult[]>(),
    gates: json<readonly GatesDecision[]>(),
    proposal: json<Proposal | null>(),
    votes: json<readonly Vote[]>(),
    decidedBy: json<readonly string[]>(),
    notices: json<readonly Notice[]>(),
  },
  indexes: [['callId']],
});
export type DecisionRow = RowOf<typeof table>;

/** What each committee decided on which grounds: gates apart from scores, proposal, votes, announcements. Its key is that of the round. */
export const decisions = view({
  name: 'decisions',
  table,
  aggregates: [decisionSource],
  on: {
    'committee-convened': (_, { event: { programmeId, callId, roundId, kind, purpose, members, quorum, rulebookDigest, parties } }) => ({
      programmeId,
      callId,
      roundId,
      kind,
      purpose,
      status: 'deliberating',
      members,
      quorum,
      rulebookDigest,
      parties,
      gateResults: [],
      gates: [],
      proposal: null,
      votes: [],
      decidedBy: [],
      notices: [],
    }),
    'gate-recorded': (row, { event: { applicationId, result, reason, recordedBy, at } }) =>
      row && {
        ...row,
        gateResults: [
          ...row.gateResults.filter((each) => each.applicationId !== applicationId || each.gate !== result.gate),
          { applicationId, ...result, reason, recordedBy, at },
        ],
      },
    'gates-decided': (row, { event: { applicationId, decision } }) =>
      row && {
        ...row,
        gates: [
          ...row.gates.filter((each) => each.applicationId !== applicationId),
          { applicationId, passed: gatesOutcome.parse(decision.outcome).passed, decision },
        ],
      },
    'decision-proposed': (row, { event: { outcomes, reason, departure, cites, corrects, proposedBy, at } }) =>
      row && { ...row, status: 'proposed', proposal: { outcomes, reason, departure, cites, corrects, proposedBy, at }, votes: [], decidedBy: [] },
    'vote-cast': (row, { event: { member, vote, reason, at } }) => row && { ...row, votes: [...row.votes, { member, vote, reason, at }] },
    'proposal-defeated': (row) => row && { ...row, status: 'deliberating' },
    'decision-confirmed': (row, { event: { decidedBy } }) => row && { ...row, status: 'confirmed', decidedBy },
    'decision-announced': (row, { event: { notice, outcomes, decidedBy, cites, announcedBy, at } }) =>
      row && { ...row, status: 'announced', notices: [...row.notices, { notice, at, outcomes, decidedBy, cites, announcedBy }] },
    'deliberation-reopened': (row) => row && { ...row, status: 'deliberating' },
    'objection-window-closed': (row) => row && { ...row, status: 'settled' },
  },
});

const windowTable = viewTable({
  name: 'objection_windows',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    roundId: 'text',
    notice: 'integer',
    /** `open`; `lapsed` while an answer is owed; `suspended` while the committee deliberates again; `closed`. */
    status: 'text',
    openedAt: 'instant',
    until: 'instant',
    waivable: 'boolean',
    parties: json<readonly string[]>(),
    waived: json<readonly { readonly applicationId: string; readonly waivedBy: string; readonly at: string }[]>(),
    objections: json<readonly { readonly objectionId: string; readonly applicationId: string; readonly outcome: 'upheld' | 'dismissed' | null }[]>(),
    closedAt: 'instant?',
    how: 'text?',
  },
  indexes: [['programmeId', 'status', 'until'], ['callId']],
});

/** The time in which each decision can be objected to, who waived, and how it ended. Its key is that of the round. */
export const windows = view({
  name: 'windows',
  table: windowTable,
  aggregates: [decisionSource],
  on: {
    'objection-window-opened': (_, { event: { programmeId, callId, roundId, notice, until, waivable, parties, at } }) => ({
      programmeId,
      callId,
      roundId,
      notice,
      status: 'open',
      openedAt: at,
      until,
      waivable,
      parties,
      waived: [],
      objections: [],
      closedAt: null,
      how: null,
    }),
    'objection-waived': (row, { event: { applicationId, waivedBy, at } }) => row && { ...row, waived: [...row.waived, { applicationId, waivedBy, at }] },
    'objection-received': (row, { event: { objectionId, applicationId } }) =>
      row && { ...row, objections: [...row.objections, { objectionId, applicationId, outcome: null }] },
    'objection-answer-noted': (row, { event: { objectionId, outcome } }) =>
      row && { ...row, objections: row.objections.map((each) => (each.objectionId === objectionId ? { ...each, outcome } : each)) },
    'objection-window-lapsed': (row) => row && { ...row, status: 'lapsed' },
    'deliberation-reopened': (row) => row && { ...row, status: 'suspended' },
    'objection-window-closed': (row, { event: { how, at } }) => row && { ...row, status: 'closed', how, closedAt: at },
  },
});
