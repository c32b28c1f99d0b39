import { canonicalJson, reject, type Aggregate, type Rejection } from '@program-ledger/event-sourcing';
import { instantOf, windowEndOf, windowOf, type Rulebook } from '@program-ledger/rulebook';
import type { ByType, OfType } from '../by-type.js';
import type { Bilingual, EventReference } from '../vocabulary.js';
import type { CallEvent, Candidate } from './call.events.js';
import { mirror, type ReviewTold } from './call.mirror.js';
import { callStatuses, callStream, type Call, type CallStatus, type ExistingCall } from './call.state.js';

type Asked = { readonly programmeId: string; readonly by: string; readonly at: string };
type Terms = { readonly title: Bilingual; readonly opensAt: string; /** Local date and time in the programme's zone. */ readonly deadline: string; readonly timeZone: string };

/** An application as screening found it. */
export type Screened = Omit<Candidate, 'members'> & { readonly members: Candidate['members']; readonly standing: 'eligible' | 'ineligible' | 'unscreened' };

export type CallCommand =
  | (Asked & Terms & { readonly type: 'draft-call' })
  | (Asked & Terms & { readonly type: 'revise-call' })
  /** `rulebook` is the version in force on the day, null when none is. */
  | (Asked & { readonly type: 'publish-call'; readonly rulebook: { readonly text: Rulebook; readonly enacted: EventReference } | null; readonly shortenedBecause: string | null })
  /** From the timers. */
  | { readonly type: 'open-call'; readonly programmeId: string; readonly at: string }
  | { readonly type: 'close-call'; readonly programmeId: string; readonly at: string }
  | (Asked & { readonly type: 'start-screening' })
  /** Of every application that was submitted and not withdrawn. */
  | (Asked & { readonly type: 'complete-screening'; readonly rulebookDigest: string; readonly applications: readonly Screened[] })
  | (Asked & { readonly type: 'void-call'; readonly reason: string })
  | { readonly type: 'mirror-review'; readonly programmeId: string; readonly told: ReviewTold; readonly at: string };

export type CallRejection =
  | 'already-drafted'
  | 'unknown-call'
  | 'call-not-draft'
  | 'opens-in-the-past'
  | 'deadline-before-opening'
  | 'no-rulebook-in-force'
  | 'window-too-short'
  | 'not-published'
  | 'not-opening-yet'
  | 'deadline-not-passed'
  | 'call-not-closed'
  | 'screening-not-started'
  | 'screening-incomplete'
  | 'screening-completed'
  | 'call-decided';

type Outcome = readonly CallEvent[] | Rejection<CallRejection>;
type Command<T extends CallCommand['type']> = OfType<CallCommand, T>;
type Decisions = ByType<CallCommand, [Call], Outcome>;

const decide = <T extends CallCommand['type']>(command: OfType<CallCommand, T>, call: Call): Outcome => {
  const decision: Decisions[T] = decisions[command.type];
  return decision(command, call);
};

/** What may be done with a call of the programme that is spoken of. */
const existing =
  <C extends { readonly programmeId: string }>(decision: (command: C, call: ExistingCall) => Outcome) =>
  (command: C, call: Call): Outcome =>
    call.status === 'absent' || call.programmeId !== command.programmeId ? reject('unknown-call') : decision(command, call);

const termsOf = ({ title, opensAt, deadline: local, timeZone }: Terms) => ({ title, opensAt, deadline: { local, timeZone }, deadlineAt: instantOf(local, timeZone) });

const draft = (command: Command<'draft-call'>, { status }: Call): Outcome => {
  if (status !== 'absent') return reject('already-drafted');
  const { programmeId, by, at } = command;
  const terms = termsOf(command);
  return terms.deadlineAt > terms.opensAt ? [{ type: 'call-drafted', programmeId, ...terms, draftedBy: by, at }] : reject('deadline-before-opening', { deadlineAt: terms.deadlineAt });
};

const revise = (command: Command<'revise-call'>, call: ExistingCall): Outcome => {
  const { programmeId, by, at } = command;
  const terms = termsOf(command);
  const { status, title, opensAt, deadline, deadlineAt } = call;
  if (status !== 'draft') return reject('call-not-draft', { status });
  if (terms.deadlineAt <= terms.opensAt) return reject('deadline-before-opening', { deadlineAt: terms.deadlineAt });
  return canonicalJson(terms) === canonicalJson({ title, opensAt, deadline, deadlineAt }) ? [] : [{ type: 'call-revised', programmeId, ...terms, revisedBy: by, at }];
};

/** From publication to deadline lies the window of the rulebook at the least, unless a reason is given. */
const publish = ({ programmeId, rulebook, shortenedBecause, by, at }: Command<'publish-call'>, call: ExistingCall): Outcome => {
  const { status, title, opensAt, deadline, deadlineAt } = call;
  if (status !== 'draft') return reject('call-not-draft', { status });
  if (rulebook === null) return reject('no-rulebook-in-force', { at });
  if (opensAt < at) return reject('opens-in-the-past', { opensAt, at });
  const earliest = windowEndOf(rulebook.text, 'callOpen', at);
  const short = deadlineAt < earliest;
  if (short && shortenedBecause === null) return reject('window-too-short', { rule: windowOf(rulebook.text, 'callOpen').id, earliest, deadlineAt });
  const shortened = short && shortenedBecause !== null ? { earliest, reason: shortenedBecause } : null;
  const published = { type: 'call-published', programmeId, title, opensAt, deadline, deadlineAt, rulebook: rulebook.enacted, rulebookDigest: rulebook.text.digest, shortened, publishedBy: by, at } as const;
  return opensAt === at ? [published, { type: 'call-opened', programmeId, at }] : [published];
};

/** The timers' commands may come again, also when the call is long past them. */
const open = ({ programmeId, at }: Command<'open-call'>, { status, opensAt }: ExistingCall): Outcome => {
  if (status === 'draft') return reject('not-published');
  if (at < opensAt) return reject('not-opening-yet', { opensAt });
  return status === 'published' ? [{ type: 'call-opened', programmeId, at }] : [];
};

const close = ({ programmeId, at }: Command<'close-call'>, { status, deadlineAt }: ExistingCall): Outcome => {
  if (status === 'draft') return reject('not-published');
  if (at <= deadlineAt) return reject('deadline-not-passed', { deadlineAt });
  return status === 'published' || status === 'open' ? [{ type: 'call-closed', programmeId, at }] : [];
};

const startScreening = ({ programmeId, by, at }: Command<'start-screening'>, call: ExistingCall): Outcome => {
  if (call.screened !== null) return reject('screening-completed');
  if (call.status === 'screening') return [];
  return call.status === 'closed' ? [{ type: 'screening-started', programmeId, startedBy: by, at }] : reject('call-not-closed', { status: call.status });
};

const completeScreening = ({ programmeId, applications, rulebookDigest, by, at }: Command<'complete-screening'>, call: ExistingCall): Outcome => {
  if (call.screened !== null) return [];
  if (call.status !== 'screening') return reject('screening-not-started', { status: call.status });
  const unscreened = applications.filter(({ standing }) => standing === 'unscreened').map(({ applicationId }) => applicationId);
  if (unscreened.length > 0) return reject('screening-incomplete', { applications: unscreened });
  const candidates = applications.filter(({ standing }) => standing === 'eligible').map(({ standing: _, ...candidate }) => candidate);
  const ineligible = applications.filter(({ standing }) => standing === 'ineligible').map(({ applicationId }) => applicationId);
  return [{ type: 'screening-completed', programmeId, rulebookDigest, candidates, ineligible, completedBy: by, at }];
};

const voidCall = ({ programmeId, reason, by, at }: Command<'void-call'>, call: ExistingCall): Outcome => {
  if (call.status === 'void') return [];
  if (call.screened !== null || isAfter(call.status, 'screening')) return reject('call-decided', { status: call.status });
  return [{ type: 'call-voided', programmeId, reason, voidedBy: by, at }];
};

const isAfter = (status: CallStatus, other: CallStatus): boolean => callStatuses.indexOf(status) > callStatuses.indexOf(other);

const decisions: Decisions = {
  'draft-call': draft,
  'revise-call': existing(revise),
  'publish-call': existing(publish),
  'open-call': existing(open),
  'close-call': existing(close),
  'start-screening': existing(startScreening),
  'complete-screening': existing(completeScreening),
  'void-call': existing(voidCall),
  'mirror-review': existing(({ told, at }, call) => mirror(told, call, at)),
};

/** What is called for, from when until when, under which rulebook; then where its applications stand, as the review tells it. */
export const call: Aggregate<Call, CallCommand, CallEvent, CallRejection> = { ...callStream, decide };
