import { canonicalJson } from '@program-ledger/event-sourcing';
import type { ByType, OfType } from '../by-type.js';
import type { CallEvent } from './call.events.js';
import { callStream, type Call, type ExistingCall } from './call.state.js';

/** What the review service says of a call. Each may come twice, and in any order: it is recorded as it was told, once. */
export type ReviewTold =
  | { readonly type: 'round-opened'; readonly roundId: string; readonly kind: 'document' | 'presentation' }
  | { readonly type: 'announced'; readonly roundId: string; readonly decidedBy: readonly string[]; readonly selected: readonly string[]; readonly reserve: readonly string[] }
  | { readonly type: 'window-opened'; readonly roundId: string; readonly until: string }
  | { readonly type: 'window-closed'; readonly roundId: string; readonly how: 'lapsed' | 'waived' }
  | { readonly type: 'seat-added'; readonly roundId: string; readonly applicationId: string; readonly authority: string };

export const mirror = (told: ReviewTold, call: ExistingCall, at: string): readonly CallEvent[] => {
  const events = hear(told, call, at);
  const after = events.reduce<Call>(callStream.evolve, call);
  if (after.status !== 'settled' || call.status === 'settled' || after.announcement === null) return events;
  const { roundId } = after.announcement;
  // Of both times the later one, whichever was heard last.
  const settledAt = after.steps.reduce((last, step) => (step.at > last ? step.at : last), at);
  return [...events, { type: 'call-settled', programmeId: call.programmeId, roundId, at: settledAt }];
};

const hear = <T extends ReviewTold['type']>(told: OfType<ReviewTold, T>, call: ExistingCall, at: string): readonly CallEvent[] => {
  const heard: Hearing[T] = hearing[told.type];
  return heard(told, call, at);
};

type Hearing = ByType<ReviewTold, [ExistingCall, string], readonly CallEvent[]>;

const hearing: Hearing = {
  'round-opened': ({ roundId, kind }, { programmeId, steps }, at) =>
    steps.some((step) => step.roundId === roundId && step.status === `${kind}-review`) ? [] : [{ type: 'review-round-opened', programmeId, roundId, kind, at }],
  announced: ({ roundId, decidedBy, selected, reserve }, { programmeId, announcement }, at) => {
    // Announced again, corrected, it is another announcement.
    if (announcement !== null && canonicalJson(announcement) === canonicalJson({ roundId, at, selected, reserve })) return [];
    return [
      { type: 'call-decided', programmeId, roundId, decidedBy, at },
      { type: 'call-announced', programmeId, roundId, selected, reserve, at },
    ];
  },
  'window-opened': ({ roundId, until }, { programmeId, windows }, at) =>
    windows.some((window) => window.roundId === roundId && window.until === until) ? [] : [{ type: 'objection-window-opened', programmeId, roundId, until, at }],
  'window-closed': ({ roundId, how }, { programmeId, steps }, at) =>
    steps.some((step) => step.status === 'settled' && step.roundId === roundId && step.at === at) ? [] : [{ type: 'objection-window-closed', programmeId, roundId, how, at }],
  'seat-added': ({ roundId, applicationId, authority }, { programmeId, seatsAdded }, at) =>
    seatsAdded.some((seat) => seat.applicationId === applicationId) ? [] : [{ type: 'seat-added', programmeId, roundId, applicationId, authority, at }],
};
