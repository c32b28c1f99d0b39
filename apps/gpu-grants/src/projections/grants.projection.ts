import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { grant } from '../domain/grant/grant.decider.js';
import type { Authority } from '../domain/pool/pool.events.js';
import type { EventReference } from '../domain/vocabulary.js';

type Planned = { readonly phase: string; readonly gpus: number; readonly from: string; readonly to: string };

const table = viewTable({
  name: 'grants',
  columns: {
    programmeId: 'uuid',
    team: 'uuid',
    phase: 'text',
    /** `reserved`, `permitted`, `delivered`, `returned`, `reclaimed` or `released`. */
    status: 'text',
    model: 'text',
    gpus: 'integer',
    /** Both included, in the programme's zone. */
    firstDay: 'day',
    lastDay: 'day',
    evaluatedBy: 'text',
    rulebookDigest: 'text',
    /** The event without which there would be no claim. */
    authority: json<Authority>(),
    /** The signed agreement that permits delivery. */
    agreement: json<EventReference | null>(),
    reservedAt: 'instant',
    permittedAt: 'instant?',
    deliveredAt: 'instant?',
    /** Returned, reclaimed or released. */
    endedAt: 'instant?',
    /** Of use, in whole GPU-hours; null before the end. */
    gpuHours: 'amount?',
    deliveryNote: 'text?',
    endedBecause: 'text?',
    regrantedFrom: 'uuid?',
    regrantedTo: 'uuid?',
    later: json<readonly Planned[]>(),
  },
  indexes: [
    ['programmeId', 'team'],
    ['programmeId', 'status'],
  ],
});
export type GrantRow = RowOf<typeof table>;

/** Every grant from the promise to the last hour, with what it rests on. GPUs that went to another team are named by both grants. */
export const grants = view({
  name: 'grants',
  table,
  aggregates: [grant],
  key: ({ event }) => (event.type === 'grant-reserved' && event.regrantedFrom !== null ? [event.grantId, event.regrantedFrom] : event.grantId),
  on: {
    'grant-reserved': (row, { event }, key): GrantRow | undefined => {
      const { type: _, grantId, from, to, at, ...reserved } = event;
      if (key !== grantId) return row && { ...row, regrantedTo: grantId };
      const open = {
        agreement: null,
        permittedAt: null,
        deliveredAt: null,
        endedAt: null,
        gpuHours: null,
        deliveryNote: null,
        endedBecause: null,
        regrantedTo: null,
      };
      return { ...reserved, ...open, status: 'reserved', firstDay: from, lastDay: to, reservedAt: at };
    },
    'delivery-permitted': (row, { event: { agreement, at } }) => row && { ...row, status: 'permitted', agreement, permittedAt: at },
    'grant-delivered': (row, { event: { note, at } }) => row && { ...row, status: 'delivered', deliveryNote: note, deliveredAt: at },
    'grant-returned': (row, { event: { gpuHours, note, at } }) => row && { ...row, status: 'returned', gpuHours, endedBecause: note, endedAt: at },
    'grant-reclaimed': (row, { event: { gpuHours, reason, at } }) => row && { ...row, status: 'reclaimed', gpuHours, endedBecause: reason, endedAt: at },
    'grant-released': (row, { event: { reason, at } }) => row && { ...row, status: 'released', endedBecause: reason, endedAt: at },
  },
});
