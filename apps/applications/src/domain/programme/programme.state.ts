import type { Bilingual, Provenance } from '../vocabulary.js';
import { programmeEvents, type ProgrammeEvent } from './programme.events.js';

export type Holder = { readonly subject: string; readonly role: string; readonly grantedBy: string; readonly grantedAt: string };

export type Programme =
  | { readonly status: 'absent' }
  | {
      readonly status: 'running' | 'closed';
      readonly title: Bilingual;
      readonly timeZone: string;
      readonly rehearsal: boolean;
      readonly provenance: Provenance;
      readonly startsAt: string;
      /** Of a rehearsal: what its own clock shows. Otherwise the machine's clock is meant, and this stands still. */
      readonly clock: string;
      readonly roles: readonly Holder[];
    };

const initial: Programme = { status: 'absent' };

const evolve = (programme: Programme, event: ProgrammeEvent): Programme => {
  if (event.type === 'programme-created') {
    const { title, timeZone, rehearsal, provenance, startsAt } = event;
    return { status: 'running', title, timeZone, rehearsal, provenance, startsAt, clock: startsAt, roles: [] };
  }
  if (programme.status === 'absent') return programme;
  switch (event.type) {
    case 'clock-set':
      return { ...programme, clock: event.to };
    case 'role-granted': {
      const { subject, role, grantedBy, at } = event;
      return { ...programme, roles: [...programme.roles, { subject, role, grantedBy, grantedAt: at }] };
    }
    case 'role-revoked':
      return { ...programme, roles: programme.roles.filter((holder) => !isSame(holder, event)) };
    case 'programme-closed':
      return { ...programme, status: 'closed' };
  }
};

/** Whether both speak of one role of one person. */
export const isSame = (left: Pick<Holder, 'subject' | 'role'>, right: Pick<Holder, 'subject' | 'role'>): boolean => left.subject === right.subject && left.role === right.role;

export const programmeStream = { category: 'programme', events: programmeEvents, initial, evolve } as const;
