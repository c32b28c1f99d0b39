import type { ByType, OfType } from '../by-type.js';
import type { ConsortiumMember } from '../consortium.js';
import { latest } from '../latest.js';
import type { Bilingual, Provenance } from '../vocabulary.js';
import { applicationEvents, type ApplicationEvent, type Attachment, type Occasion, type Outcome } from './application.events.js';

export const applicationStatuses = [
  'draft',
  'submitted',
  'withdrawn',
  'eligible',
  'ineligible',
  'shortlisted',
  'selected',
  'reserve',
  'rejected',
  'objected',
  'upheld',
  'dismissed',
] as const;
export type ApplicationStatus = (typeof applicationStatuses)[number];

export type Member = {
  readonly organisationId: string;
  readonly name: Bilingual;
  readonly role: 'lead' | 'member';
  readonly task: string;
  readonly shareBasisPoints: number;
  readonly standing: 'invited' | 'accepted' | 'declined';
};

export type ProposalSaved = { readonly version: number; readonly digest: string; readonly title: string; readonly requestedGpus: number; readonly openness: string; readonly budget: string };

/** What went in, and the revision of the event that says so. */
export type Submission = {
  readonly revision: number;
  readonly at: string;
  readonly proposalVersion: number;
  readonly proposalDigest: string;
  readonly requestedGpus: number;
  readonly openness: string;
  readonly budget: string;
  readonly members: readonly ConsortiumMember[];
};

export type EligibilityDecided = { readonly revision: number; readonly at: string; readonly occasion: Occasion; readonly outcome: 'eligible' | 'ineligible'; readonly failedRules: readonly string[] };

type Told = { readonly outcome: Outcome; readonly roundId: string; readonly about: string | null; readonly at: string };

export type Application =
  | { readonly status: 'absent' }
  | {
      readonly status: ApplicationStatus;
      readonly programmeId: string;
      readonly callId: string;
      readonly title: string;
      readonly provenance: Provenance;
      readonly members: readonly Member[];
      readonly proposal: ProposalSaved | null;
      readonly attachments: readonly Attachment[];
      readonly submission: Submission | null;
      /** The latest decision on each occasion. */
      readonly eligibility: readonly EligibilityDecided[];
      readonly told: readonly Told[];
      readonly withdrawn: boolean;
      /** How many events there are: the revision of the next. */
      readonly events: number;
    };

export type ExistingApplication = Exclude<Application, { status: 'absent' }>;

const initial: Application = { status: 'absent' };

const evolve = (application: Application, event: ApplicationEvent): Application => {
  if (event.type === 'application-started') {
    const { programmeId, callId, title, provenance, lead } = event;
    return { ...started, programmeId, callId, title, provenance, members: [{ ...lead, role: 'lead', standing: 'accepted' }] };
  }
  if (application.status === 'absent') return application;
  const next = { ...changed(application, event), events: application.events + 1 };
  return { ...next, status: statusOf(next) };
};

const started = { status: 'draft', proposal: null, attachments: [], submission: null, eligibility: [], told: [], withdrawn: false, events: 1 } as const;

type Later = Exclude<ApplicationEvent, { type: 'application-started' }>;
type Changes = ByType<Later, [ExistingApplication], Partial<ExistingApplication>>;

const changed = <T extends Later['type']>(application: ExistingApplication, event: OfType<Later, T>): ExistingApplication => {
  const change: Changes[T] = changes[event.type];
  return { ...application, ...change(event, application) };
};

const withStanding = (members: readonly Member[], organisationId: string, standing: Member['standing']): readonly Member[] =>
  members.map((member) => (member.organisationId === organisationId ? { ...member, standing } : member));

const changes: Changes = {
  'member-invited': ({ organisationId, name, task, shareBasisPoints }, { members }) => {
    const role = members.find((member) => member.organisationId === organisationId)?.role ?? 'member';
    const invited: Member = { organisationId, name, role, task, shareBasisPoints, standing: role === 'lead' ? 'accepted' : 'invited' };
    const known = members.some((member) => member.organisationId === organisationId);
    return { members: known ? members.map((member) => (member.organisationId === organisationId ? invited : member)) : [...members, invited] };
  },
  'invitation-accepted': ({ organisationId }, { members }) => ({ members: withStanding(members, organisationId, 'accepted') }),
  'invitation-declined': ({ organisationId }, { members }) => ({ members: withStanding(members, organisationId, 'declined') }),
  'member-removed': ({ organisationId }, { members }) => ({ members: members.filter((member) => member.organisationId !== organisationId) }),
  'proposal-saved': ({ version, digest, proposal: { title, requestedGpus, openness, budget } }) => ({ title, proposal: { version, digest, title, requestedGpus, openness, budget } }),
  'attachment-added': ({ attachment }, { attachments }) => ({ attachments: [...attachments.filter(({ name }) => name !== attachment.name), attachment] }),
  'attachment-removed': (event, { attachments }) => ({ attachments: attachments.filter(({ name }) => name !== event.name) }),
  'application-submitted': ({ at, proposalVersion, proposalDigest, requestedGpus, openness, budget, members }, { events: revision }) => ({
    submission: { revision, at, proposalVersion, proposalDigest, requestedGpus, openness, budget, members },
  }),
  'eligibility-decided': ({ at, occasion, outcome, failedRules }, { eligibility, events: revision }) => ({
    eligibility: [...eligibility.filter((one) => one.occasion !== occasion), { revision, at, occasion, outcome, failedRules }],
  }),
  'application-withdrawn': () => ({ withdrawn: true }),
  'outcome-told': ({ outcome, roundId, about, at }, { told }) => ({ told: [...told, { outcome, roundId, about, at }] }),
};

/** Where it stands: by the last outcome that was told; before there is one, by its last check on an occasion that counts. */
const statusOf = ({ withdrawn, submission, eligibility, told }: ExistingApplication): ApplicationStatus => {
  if (withdrawn) return 'withdrawn';
  if (submission === null) return 'draft';
  const results = new Set(told.filter(({ about }) => about === null).map(({ roundId }) => roundId));
  // An objection to a later evaluation is not about the application any more.
  const counting = told.filter(({ about, roundId }) => about === null || results.has(roundId));
  const last = latest(counting.map((one) => ({ ...one, rank: rankOf[one.outcome] })));
  if (last !== undefined) return last.outcome === 'seated' ? 'selected' : last.outcome;
  const checks = eligibility.filter(({ occasion }) => occasion !== 'selection' && occasion !== 'grant');
  return latest(checks.map((one) => ({ ...one, rank: one.revision })))?.outcome ?? 'submitted';
};

const rankOf: Readonly<Record<Outcome, number>> = { shortlisted: 1, rejected: 2, reserve: 2, selected: 2, objected: 3, dismissed: 4, upheld: 4, seated: 5 };

export const applicationStream = { category: 'application', events: applicationEvents, initial, evolve } as const;
