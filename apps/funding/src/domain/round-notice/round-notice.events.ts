import { event, eventReference, fundingLimits as limits, id, list, slug, type EventOf } from '../vocabulary.js';

const teams = list(id, limits.teamsMax);

export const roundNoticeEvents = {
  /** `teams` are those that it gives or leaves a seat, or judges; `dropped` were named by an earlier notice of the round and are no longer. */
  'notice-received': event('notice-received', { callId: id, roundId: slug, teams, dropped: teams, notice: eventReference }),
  'closing-received': event('closing-received', { callId: id, roundId: slug, closing: eventReference }),
  /** The notice stands, also for those whom it dropped: its objection window closed after it. */
  'notice-final': event('notice-final', { callId: id, roundId: slug, teams, notice: eventReference, closing: eventReference }),
};

export type RoundNoticeEvent = EventOf<typeof roundNoticeEvents>;
