import type { OfType } from '../by-type.js';
import type { Bilingual, Provenance } from '../vocabulary.js';
import type { Attachment, Occasion, Outcome, Proposal } from './application.events.js';
import type { Basis } from './application.eligibility.js';

type Asked = { readonly programmeId: string; readonly by: string; readonly at: string };
type Part = { readonly organisationId: string; readonly name: Bilingual; readonly task: string; readonly shareBasisPoints: number };

export type ApplicationCommand =
  | (Asked & {
      readonly type: 'start-application';
      readonly callId: string;
      /** Whether the call has been opened: it may be past its deadline. */
      readonly callOpened: boolean;
      readonly title: string;
      readonly lead: Part;
      readonly provenance: Provenance;
      readonly rehearsal: boolean;
    })
  | (Asked & { readonly type: 'invite-member' } & Part)
  | (Asked & { readonly type: 'accept-invitation'; readonly organisationId: string })
  | (Asked & { readonly type: 'decline-invitation'; readonly organisationId: string; readonly reason: string })
  | (Asked & { readonly type: 'remove-member'; readonly organisationId: string; readonly reason: string })
  | (Asked & { readonly type: 'save-proposal'; readonly proposal: Proposal })
  | (Asked & { readonly type: 'add-attachment'; readonly attachment: Attachment })
  | (Asked & { readonly type: 'remove-attachment'; readonly name: string })
  /** `at` is when it reached the server: late is recorded, and found ineligible. */
  | (Asked & { readonly type: 'submit-application'; readonly applicationId: string; readonly basis: Basis })
  | (Asked & { readonly type: 'check-eligibility'; readonly applicationId: string; readonly occasion: Exclude<Occasion, 'submission'>; readonly basis: Basis })
  | (Asked & { readonly type: 'withdraw-application'; readonly reason: string })
  /** From the review service, perhaps twice, in any order. */
  | { readonly type: 'tell-outcome'; readonly programmeId: string; readonly outcome: Outcome; readonly roundId: string; readonly about: string | null; readonly at: string };

export type ApplicationRejection =
  | 'already-started'
  | 'call-not-open'
  | 'invented-application'
  | 'unknown-application'
  | 'not-draft'
  | 'too-many-members'
  | 'not-invited'
  | 'already-answered'
  | 'lead-stays'
  | 'too-many-attachments'
  | 'unknown-attachment'
  | 'no-proposal'
  | 'members-pending'
  | 'shares-incomplete'
  | 'not-submitted'
  | 'application-withdrawn'
  | 'already-decided';

export type Command<T extends ApplicationCommand['type']> = OfType<ApplicationCommand, T>;
