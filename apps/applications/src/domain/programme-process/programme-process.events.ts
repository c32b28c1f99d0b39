import { z } from 'zod';
import { applicationsLimits, event, id, instant, list, slug, subject, type EventOf } from '../vocabulary.js';

/** What a programme waits for, as it was heard of from this service and others, in whatever order it came. */
export const programmeProcessEvents = {
  'clock-awaited': event('clock-awaited', { to: instant, services: list(slug, applicationsLimits.followersMax) }),
  'clock-followed': event('clock-followed', { service: slug, to: instant }),
  'call-awaited': event('call-awaited', { callId: id }),
  'call-finished': event('call-finished', { callId: id, how: z.enum(['settled', 'void']) }),
  /** A seat was given, by the announcement or as one more: its agreement has to be settled. */
  'team-awaited': event('team-awaited', { team: id, callId: id, seat: z.enum(['announced', 'added']) }),
  'team-signed': event('team-signed', { team: id }),
  'team-finished': event('team-finished', { team: id, how: z.enum(['settled', 'never-signed', 'no-longer-selected']) }),
  'closing-cleared': event('closing-cleared', { by: subject }),
};

export type ProgrammeProcessEvent = EventOf<typeof programmeProcessEvents>;
