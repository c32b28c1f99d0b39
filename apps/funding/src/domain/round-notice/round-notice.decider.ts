import type { Aggregate } from '@program-ledger/event-sourcing';
import type { EventReference } from '../vocabulary.js';
import { roundNoticeEvents, type RoundNoticeEvent } from './round-notice.events.js';

type Of = { readonly programmeId: string; readonly callId: string; readonly roundId: string; readonly at: string };

export type RoundNoticeCommand =
  | (Of & { readonly type: 'receive-notice'; readonly teams: readonly string[]; readonly notice: EventReference })
  | (Of & { readonly type: 'receive-closing'; readonly closing: EventReference });

type Placed = { readonly place: EventReference; readonly at: string };

export type RoundNotice = {
  readonly notice: (Placed & { readonly teams: readonly string[]; readonly dropped: readonly string[] }) | null;
  readonly closing: Placed | null;
};

const decide = (command: RoundNoticeCommand, before: RoundNotice): readonly RoundNoticeEvent[] => {
  const received = receive(command, before);
  const after = received.reduce(evolve, before);
  const { notice, closing } = after;
  if (received.length === 0 || notice === null || closing === null || !comesAfter(closing, notice)) return received;
  const { programmeId, callId, roundId } = command;
  const at = notice.at > closing.at ? notice.at : closing.at;
  return [
    ...received,
    { type: 'notice-final', programmeId, callId, roundId, teams: [...notice.teams, ...notice.dropped], notice: notice.place, closing: closing.place, at },
  ];
};

const receive = (command: RoundNoticeCommand, { notice, closing }: RoundNotice): readonly RoundNoticeEvent[] => {
  const { programmeId, callId, roundId, at } = command;
  const of = { programmeId, callId, roundId, at };
  switch (command.type) {
    case 'receive-notice': {
      if (isKnown({ place: command.notice, at }, notice)) return [];
      const named = notice === null ? [] : [...notice.teams, ...notice.dropped];
      const dropped = named.filter((team) => !command.teams.includes(team));
      return [{ type: 'notice-received', ...of, teams: [...command.teams], dropped, notice: command.notice }];
    }
    case 'receive-closing':
      return isKnown({ place: command.closing, at }, closing) ? [] : [{ type: 'closing-received', ...of, closing: command.closing }];
  }
};

/** This very one, or a later one, came already. */
const isKnown = (received: Placed, latest: Placed | null): boolean => latest !== null && !comesAfter(received, latest);

/** In one stream the revision says which came first; across streams only programme time can. */
const comesAfter = (later: Placed, earlier: Placed): boolean =>
  later.place.stream === earlier.place.stream ? later.place.revision > earlier.place.revision : later.at >= earlier.at;

const evolve = (state: RoundNotice, event: RoundNoticeEvent): RoundNotice => {
  switch (event.type) {
    case 'notice-received':
      return { ...state, notice: { place: event.notice, at: event.at, teams: event.teams, dropped: event.dropped } };
    case 'closing-received':
      return { ...state, closing: { place: event.closing, at: event.at } };
    case 'notice-final':
      return state;
  }
};

/**
 * What review announced of one round, and whether the window for objections against it has closed. A closing names a round, not
 * teams, so it is brought together here with the notice, in whatever order the two arrive; a corrected notice waits for a closing of its own.
 */
export const roundNotice: Aggregate<RoundNotice, RoundNoticeCommand, RoundNoticeEvent, never> = {
  category: 'fundingNotice',
  events: roundNoticeEvents,
  initial: { notice: null, closing: null },
  evolve,
  decide,
};
