import type { DecisionRecord, GatesOutcome, Majority, Round, Rulebook } from '@program-ledger/rulebook';
import type { Candidate, Purpose, RoundKind } from '../docket/docket.events.js';
import type { Effect } from '../objection/objection.events.js';
import type { Evidence, EventReference, Where } from '../vocabulary.js';
import type { Cites, Outcome, OutcomeName, Party } from './decision.events.js';

type Asking = { readonly programmeId: string; readonly at: string };

type Convene = {
  readonly type: 'convene-committee';
  readonly where: Where;
  readonly purpose: Purpose;
  readonly round: Round;
  readonly rulebook: Rulebook;
  readonly parties: readonly Party[];
  readonly members: readonly string[];
  readonly by: string;
};

type RecordGate = {
  readonly type: 'record-gate';
  readonly applicationId: string;
  readonly gate: string;
  readonly passed: boolean;
  readonly evidence: readonly Evidence[];
  readonly reason: string;
  readonly rulebook: Rulebook;
  readonly by: string;
};

type Propose = {
  readonly type: 'propose-decision';
  readonly outcomes: readonly { readonly applicationId: string; readonly outcome: OutcomeName; readonly reason: string | null }[];
  readonly reason: string;
  readonly departure: string | null;
  /** The panel's ranking as its stream holds it; null while there is none. Once there, it never changes. */
  readonly ranking: { readonly decision: DecisionRecord; readonly reference: EventReference } | null;
  readonly rulebook: Rulebook;
  readonly by: string;
};

export type DeliberationCommand = Asking &
  (
    | RecordGate
    | Propose
    | { readonly type: 'vote'; readonly vote: 'for' | 'against' | 'abstain'; readonly reason: string | null; readonly by: string }
    | { readonly type: 'confirm-decision'; readonly by: string }
  );

export type WindowCommand = Asking &
  (
    | { readonly type: 'announce-decision'; readonly candidates: readonly Candidate[]; readonly rulebook: Rulebook; readonly by: string }
    | { readonly type: 'waive-objection'; readonly applicationId: string; readonly by: string }
    | { readonly type: 'receive-objection'; readonly applicationId: string; readonly grounds: string; readonly rulebook: Rulebook; readonly by: string }
    | { readonly type: 'note-answer'; readonly objectionId: string; readonly outcome: 'upheld' | 'dismissed'; readonly effect: Effect | null }
    | { readonly type: 'lapse-window' }
  );

export type DecisionCommand = (Asking & Convene) | DeliberationCommand | WindowCommand;

const deliberation: ReadonlySet<string> = new Set<DeliberationCommand['type']>(['record-gate', 'propose-decision', 'vote', 'confirm-decision']);
export const isDeliberationCommand = (command: DeliberationCommand | WindowCommand): command is DeliberationCommand => deliberation.has(command.type);

export type DecisionRejection =
  | 'unknown-decision'
  | 'already-convened'
  | 'committee-size'
  | 'member-twice'
  | 'member-is-party'
  | 'rulebook-differs'
  | 'not-on-committee'
  | 'unknown-subject'
  | 'unknown-gate'
  | 'already-proposed'
  | 'not-ranked'
  | 'gates-missing'
  | 'outcomes-differ'
  | 'wrong-outcome'
  | 'fails-gate'
  | 'below-minimum'
  | 'exceeds-places'
  | 'departs-from-ranking'
  | 'not-proposed'
  | 'already-voted'
  | 'no-quorum'
  | 'not-confirmed'
  | 'already-announced'
  | 'window-not-open'
  | 'not-waivable'
  | 'not-a-representative'
  | 'already-waived'
  | 'already-objected';

export type Window = {
  readonly until: string;
  readonly waivable: boolean;
  readonly lapsed: boolean;
  readonly waived: readonly string[];
  readonly objections: readonly { readonly objectionId: string; readonly applicationId: string; readonly answered: boolean }[];
  /** The upheld objection that sends the decision back once every other has its answer. */
  readonly reopenedBy: string | null;
};

export type Convened = {
  readonly status: 'deliberating' | 'proposed' | 'confirmed' | 'announced' | 'settled';
  readonly where: Where;
  readonly kind: RoundKind;
  readonly purpose: Purpose;
  readonly parties: readonly Party[];
  readonly members: readonly string[];
  readonly quorum: number;
  readonly majority: Majority;
  readonly rulebookDigest: string;
  readonly gateResults: readonly {
    readonly applicationId: string;
    readonly gate: string;
    readonly passed: boolean;
    readonly evidence: readonly Evidence[];
    readonly revision: number;
  }[];
  readonly gates: readonly { readonly applicationId: string; readonly outcome: GatesOutcome; readonly revision: number }[];
  readonly proposal: { readonly outcomes: readonly Outcome[]; readonly cites: Cites } | null;
  readonly votes: readonly { readonly member: string; readonly vote: 'for' | 'against' | 'abstain' }[];
  readonly confirmation: { readonly decidedBy: readonly string[]; readonly revision: number } | null;
  /** Number of the last announcement; 0 before the first. */
  readonly notice: number;
  readonly window: Window | null;
  /** Revision of the last event. */
  readonly revision: number;
};

export type Decision = { readonly status: 'absent' } | Convened;
export type Asked<T extends DecisionCommand['type']> = Extract<DecisionCommand, { type: T }>;
