import { clockFollowed } from '@program-ledger/contracts/vocabulary';
import { reject, type Aggregate, type EventDefinitions } from '@program-ledger/event-sourcing';
import { z } from 'zod';

const { programmeId, to, at } = clockFollowed.shape;
const known = z.strictObject({ type: z.literal('programme-known'), programmeId, timeZone: z.string().max(64), rehearsal: z.boolean(), startsAt: at, at });
const heard = z.strictObject({ type: z.literal('clock-heard'), programmeId, to, at });
const followed = z.strictObject({ type: z.literal('clock-followed'), programmeId, to, at });

/** What one service knows of one programme's clock. */
export type ClockEvent = z.infer<typeof known> | z.infer<typeof heard> | z.infer<typeof followed>;

export type ClockCommand =
  | {
      readonly type: 'know-programme';
      readonly programmeId: string;
      readonly timeZone: string;
      readonly rehearsal: boolean;
      readonly startsAt: string;
      readonly at: string;
    }
  /** The programme's clock was set: this service has not caught up with it yet. */
  | { readonly type: 'hear-clock'; readonly to: string }
  /** Every timer of this service up to `to` has been handled. */
  | { readonly type: 'follow-clock'; readonly to: string };

export type ClockRejection = 'programme-unknown' | 'not-a-rehearsal' | 'clock-not-heard';

export type ClockState =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'known';
      readonly programmeId: string;
      readonly timeZone: string;
      readonly rehearsal: boolean;
      /** Programme time in this service: how far it has followed. Of use in a rehearsal only. */
      readonly clock: string;
      /** Times that were set and not followed yet, in order. */
      readonly pending: readonly string[];
    };

export type ClockAggregate = Aggregate<ClockState, ClockCommand, ClockEvent, ClockRejection>;

const events: EventDefinitions<ClockEvent> = {
  'programme-known': { version: 1, schema: known },
  'clock-heard': { version: 1, schema: heard },
  'clock-followed': { version: 1, schema: followed },
};

/** A service's own clock of each programme, one stream a programme: it moves forward only, and never past what was set. */
export const clockAggregate = (category: string): ClockAggregate => ({ category, events, initial: { status: 'unknown' }, evolve, decide });

const evolve = (state: ClockState, event: ClockEvent): ClockState => {
  if (event.type === 'programme-known') {
    const { programmeId: id, timeZone, rehearsal, startsAt } = event;
    return { status: 'known', programmeId: id, timeZone, rehearsal, clock: startsAt, pending: [] };
  }
  if (state.status === 'unknown') return state;
  switch (event.type) {
    case 'clock-heard':
      return { ...state, pending: [...state.pending, event.to] };
    case 'clock-followed':
      return { ...state, clock: event.to, pending: state.pending.filter((time) => time > event.to) };
  }
};

const decide: ClockAggregate['decide'] = (command, state) => {
  if (command.type === 'know-programme') return state.status === 'known' ? [] : [{ ...command, type: 'programme-known' }];
  if (state.status === 'unknown') return reject('programme-unknown');
  if (!state.rehearsal) return reject('not-a-rehearsal');
  return command.type === 'hear-clock' ? hear(command.to, state) : follow(command.to, state);
};

type Known = Extract<ClockState, { status: 'known' }>;

/** It is still the old time here: what falls due until the new one is recorded after this. */
const hear = (to: string, { programmeId: id, clock, pending }: Known): readonly ClockEvent[] =>
  to <= (pending.at(-1) ?? clock) ? [] : [{ type: 'clock-heard', programmeId: id, to, at: clock }];

const follow = (to: string, { programmeId: id, clock, pending }: Known): ReturnType<ClockAggregate['decide']> => {
  if (to <= clock) return [];
  return pending.includes(to) ? [{ type: 'clock-followed', programmeId: id, to, at: to }] : reject('clock-not-heard', { to });
};
