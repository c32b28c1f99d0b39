import type { DecisionRecord, Round, Rulebook } from '@program-ledger/rulebook';
import type { Purpose } from '../docket/docket.events.js';
import type { Reviewer } from '../reviewer/reviewer.decider.js';
import type { EventReference, Where } from '../vocabulary.js';
import type { Member, Opened } from './panel.events.js';

export type Candidate = { readonly reviewerId: string; readonly reviewer: Reviewer };
export type Party = { readonly applicationId: string; readonly representatives: readonly string[] };

export type PanelCommand = { readonly programmeId: string; readonly at: string } & (
  | {
      readonly type: 'convene-panel';
      readonly where: Where;
      readonly round: Round;
      readonly purpose: Purpose;
      readonly rulebookDigest: string;
      /** Who is judged, and who acts for them: nobody judges their own case. */
      readonly parties: readonly Party[];
      readonly members: readonly Candidate[];
      readonly chair: string;
      readonly by: string;
    }
  | { readonly type: 'add-panel-member'; readonly parties: readonly Party[]; readonly member: Candidate; readonly reason: string; readonly by: string }
  | {
      readonly type: 'lay-evidence';
      readonly applicationId: string;
      readonly title: string;
      readonly digest: string;
      readonly mayLay: readonly string[];
      readonly by: string;
    }
  | { readonly type: 'note-seal'; readonly assessmentId: string; readonly commitment: string; readonly seal: EventReference }
  | { readonly type: 'note-exclusion' | 'note-readmission'; readonly assessmentId: string }
  | { readonly type: 'close-scoring'; readonly leftOut: readonly { readonly assessmentId: string; readonly reason: string }[]; readonly by: string }
  | {
      readonly type: 'open-scores';
      readonly key: string;
      readonly opened: readonly Opened[];
      readonly rulebook: Rulebook;
      readonly seed: string;
      readonly by: string;
    }
);

export type PanelRejection =
  | 'unknown-panel'
  | 'already-convened'
  | 'wrong-size'
  | 'member-twice'
  | 'member-is-party'
  | 'reviewer-unavailable'
  | 'chair-not-a-member'
  | 'too-many-assessments'
  | 'unknown-subject'
  | 'not-a-representative'
  | 'not-the-chair'
  | 'unknown-assessment'
  | 'assessments-outstanding'
  | 'below-quorum'
  | 'scoring-closed'
  | 'scoring-open'
  | 'already-opened'
  | 'rulebook-differs'
  | 'seals-differ';

export type Expected = {
  readonly assessmentId: string;
  readonly reviewerId: string;
  readonly reviewer: string;
  readonly applicationId: string;
  readonly excluded: boolean;
  /** By the chair with a reason, or because its seal came too late: it stays unused whatever follows. */
  readonly leftOut: boolean;
  readonly sealed: { readonly commitment: string; readonly seal: EventReference } | null;
};

export type Panel =
  | { readonly status: 'absent' }
  | {
      readonly status: 'scoring' | 'closed' | 'opened';
      readonly where: Where;
      readonly purpose: Purpose;
      readonly rulebookDigest: string;
      readonly subjects: readonly string[];
      readonly members: readonly Member[];
      readonly chair: string;
      readonly quorum: number;
      readonly assessments: readonly Expected[];
      readonly digests: readonly string[];
      /** Revision of the last event: the opening cites itself. */
      readonly revision: number;
      readonly ranked: { readonly decision: DecisionRecord; readonly revision: number } | null;
    };

export type Convened = Exclude<Panel, { status: 'absent' }>;
export type Asked<T extends PanelCommand['type']> = Extract<PanelCommand, { type: T }>;
