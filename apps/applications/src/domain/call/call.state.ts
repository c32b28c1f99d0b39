import type { LocalDeadline } from '@program-ledger/rulebook';
import type { ByType, OfType } from '../by-type.js';
import { latest } from '../latest.js';
import type { Bilingual } from '../vocabulary.js';
import { callEvents, type CallEvent } from './call.events.js';

/** The life of a call, in order. `reopened-for-a-seat` follows a settled one, and `void` ends any. */
export const callStatuses = [
  'draft',
  'published',
  'open',
  'closed',
  'screening',
  'document-review',
  'presentation-review',
  'decided',
  'announced',
  'objection-window',
  'settled',
  'reopened-for-a-seat',
  'void',
] as const;
export type CallStatus = (typeof callStatuses)[number];

/** Something that was said of the call. A window's step counts only if it is the window of the round that was announced. */
type Step = { readonly status: CallStatus; readonly at: string; readonly rank: number; readonly roundId: string | null };

type Window = { readonly until: string | null; readonly closed: 'lapsed' | 'waived' | null };

export type Call =
  | { readonly status: 'absent' }
  | {
      readonly status: CallStatus;
      readonly programmeId: string;
      readonly title: Bilingual;
      readonly opensAt: string;
      readonly deadline: LocalDeadline;
      readonly deadlineAt: string;
      /** Null before it is published; `revision` is that of the publication. */
      readonly publication: { readonly revision: number; readonly at: string; readonly rulebookDigest: string; readonly shortened: { readonly earliest: string; readonly reason: string } | null } | null;
      readonly screened: { readonly candidates: readonly string[]; readonly ineligible: readonly string[] } | null;
      readonly announcement: { readonly roundId: string; readonly at: string; readonly selected: readonly string[]; readonly reserve: readonly string[] } | null;
      readonly windows: readonly (Window & { readonly roundId: string })[];
      readonly seatsAdded: readonly { readonly applicationId: string; readonly authority: string; readonly at: string }[];
      readonly voidedBecause: string | null;
      readonly steps: readonly Step[];
      /** How many events there are: the revision of the next. */
      readonly events: number;
    };

export type ExistingCall = Exclude<Call, { status: 'absent' }>;

const initial: Call = { status: 'absent' };

const evolve = (call: Call, event: CallEvent): Call => {
  if (event.type === 'call-drafted') return standing({ ...draft, ...termsOf(event), programmeId: event.programmeId }, event);
  return call.status === 'absent' ? call : standing(changed(call, event), event);
};

type Later = Exclude<CallEvent, { type: 'call-drafted' }>;

type Changes = ByType<Later, [ExistingCall], Partial<ExistingCall>>;

/** What the event says of the call, but for its status. */
const changed = <T extends Later['type']>(call: ExistingCall, event: OfType<Later, T>): ExistingCall => {
  const change: Changes[T] = changes[event.type];
  return { ...call, ...change(event, call) };
};

const nothing = () => ({});

const changes: Changes = {
  'call-revised': (event) => termsOf(event),
  'call-published': ({ rulebookDigest, shortened, at, ...event }, { events: revision }) => ({ ...termsOf(event), publication: { revision, at, rulebookDigest, shortened } }),
  'call-opened': nothing,
  'call-closed': nothing,
  'screening-started': nothing,
  'screening-completed': ({ candidates, ineligible }) => ({ screened: { candidates: candidates.map(({ applicationId }) => applicationId), ineligible } }),
  'call-voided': ({ reason }) => ({ voidedBecause: reason }),
  'review-round-opened': nothing,
  'call-decided': nothing,
  'call-announced': ({ roundId, at, selected, reserve }) => ({ announcement: { roundId, at, selected, reserve } }),
  'objection-window-opened': (event, call) => withWindow(call, event.roundId, ({ until, closed }) => ({ until: event.until, closed: until === null ? closed : null })),
  'objection-window-closed': (event, call) => withWindow(call, event.roundId, ({ until }) => ({ until, closed: event.how })),
  'call-settled': nothing,
  'seat-added': ({ applicationId, authority, at }, { seatsAdded }) => ({ seatsAdded: [...seatsAdded, { applicationId, authority, at }] }),
};

/** A round whose result is announced again has a second window; that one closed may be heard before that it opened. */
const withWindow = (call: ExistingCall, roundId: string, told: (known: Window) => Window): Pick<ExistingCall, 'windows'> => {
  const known = call.windows.find((window) => window.roundId === roundId);
  const others = call.windows.filter((window) => window !== known);
  return { windows: [...others, { roundId, ...told({ until: known?.until ?? null, closed: known?.closed ?? null }) }] };
};

/** Adds the step that the event is, counts the event, and says where the call stands now. */
const standing = (call: ExistingCall, event: CallEvent): ExistingCall => {
  const status = statusOf(event);
  const roundId = 'roundId' in event ? event.roundId : null;
  const steps = status === null ? call.steps : [...call.steps, { status, at: event.at, rank: callStatuses.indexOf(status), roundId }];
  const announced = new Set(steps.flatMap((step) => (step.status === 'announced' ? [step.roundId] : [])));
  const counting = steps.filter((step) => !ofWindow.includes(step.status) || announced.has(step.roundId));
  return { ...call, steps, events: call.events + 1, status: call.voidedBecause === null ? (latest(counting)?.status ?? 'draft') : 'void' };
};

const ofWindow: readonly CallStatus[] = ['objection-window', 'settled'];

const statusOf = (event: CallEvent): CallStatus | null => {
  if (event.type === 'review-round-opened') return event.kind === 'document' ? 'document-review' : 'presentation-review';
  return statusAfter[event.type];
};

const statusAfter: Readonly<Record<Exclude<CallEvent['type'], 'review-round-opened'>, CallStatus | null>> = {
  'call-drafted': 'draft',
  'call-revised': null,
  'call-published': 'published',
  'call-opened': 'open',
  'call-closed': 'closed',
  'screening-started': 'screening',
  'screening-completed': null,
  'call-voided': 'void',
  'call-decided': 'decided',
  'call-announced': 'announced',
  'objection-window-opened': 'objection-window',
  'objection-window-closed': 'settled',
  'call-settled': null,
  'seat-added': 'reopened-for-a-seat',
};

const termsOf = ({ title, opensAt, deadline, deadlineAt }: Pick<ExistingCall, 'title' | 'opensAt' | 'deadline' | 'deadlineAt'>) => ({ title, opensAt, deadline, deadlineAt });

const draft = { status: 'draft', publication: null, screened: null, announcement: null, windows: [], seatsAdded: [], voidedBecause: null, steps: [], events: 0 } as const;

export const callStream = { category: 'call', events: callEvents, initial, evolve } as const;
