import { z } from 'zod';
import { applicationsLimits, bilingual, event, instant, list, note, provenance, slug, subject, type EventOf } from '../vocabulary.js';

export const programmeEvents = {
  'programme-created': event('programme-created', { title: bilingual, timeZone: z.string().max(64), rehearsal: z.boolean(), provenance, startsAt: instant, createdBy: subject }),
  /** In rehearsals only. `at` is the time that the clock showed before, so that what falls due in between comes after it. */
  'clock-set': event('clock-set', { to: instant, /** Services that have to follow. */ followers: list(slug, applicationsLimits.followersMax), setBy: subject }),
  'role-granted': event('role-granted', { subject, role: slug, grantedBy: subject }),
  'role-revoked': event('role-revoked', { subject, role: slug, reason: note, revokedBy: subject }),
  'programme-closed': event('programme-closed', { closedBy: subject }),
};

export type ProgrammeEvent = EventOf<typeof programmeEvents>;
