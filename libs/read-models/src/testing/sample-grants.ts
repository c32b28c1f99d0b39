import { type Aggregate, type EventDefinitions } from '@program-ledger/event-sourcing';
import { z } from 'zod';
import { view, type View } from '../view.js';
import { json, viewTable, type RowOf } from '../view-table.js';

const at = z.string();
const reserved = z.strictObject({ type: z.literal('grant-reserved'), programmeId: z.string(), team: z.string(), gpus: z.int(), at });
const delivered = z.strictObject({ type: z.literal('grant-delivered'), gpus: z.int(), at });
const noted = z.strictObject({ type: z.literal('grant-noted'), text: z.string(), at });
const returned = z.strictObject({ type: z.literal('grant-returned'), at });
const audited = z.strictObject({ type: z.literal('grant-audited'), at });

export type SampleEvent = z.infer<typeof reserved> | z.infer<typeof delivered> | z.infer<typeof noted> | z.infer<typeof returned> | z.infer<typeof audited>;

const events: EventDefinitions<SampleEvent> = {
  'grant-reserved': { version: 1, schema: reserved },
  'grant-delivered': { version: 1, schema: delivered },
  'grant-noted': { version: 1, schema: noted },
  'grant-returned': { version: 1, schema: returned },
  'grant-audited': { version: 1, schema: audited },
};

/** An invented aggregate for the specs of this library. */
export const sampleGrant: Aggregate<null, { readonly type: 'none' }, SampleEvent, never> = {
  category: 'sampleGrant',
  events,
  initial: null,
  evolve: () => null,
  decide: () => [],
};

const grantsTable = viewTable({
  name: 'sample_grants',
  columns: { programmeId: 'uuid', team: 'text', gpus: 'integer', deliveredAt: 'instant?', notes: json<readonly string[]>() },
  indexes: [['programmeId', 'team']],
});
export type GrantRow = RowOf<typeof grantsTable>;

/** One row a grant; `poison` among its notes is what it cannot take until `cured`. */
export const grantsView = (cured = true, version = 1): View<GrantRow> =>
  view({
    name: 'sample-grants',
    version,
    table: grantsTable,
    aggregates: [sampleGrant],
    on: {
      'grant-reserved': (_, { event: { programmeId, team, gpus } }) => ({ programmeId, team, gpus, deliveredAt: null, notes: [] }),
      'grant-delivered': (row, { event }) => row && { ...row, gpus: event.gpus, deliveredAt: event.at },
      'grant-noted': (row, { event }) => {
        if (event.text === 'poison' && !cured) throw new RangeError('the note is poison');
        return row && { ...row, notes: [...row.notes, event.text] };
      },
      'grant-returned': () => null,
    },
  });

const teamsTable = viewTable({ name: 'sample_teams', columns: { programmeId: 'uuid', grants: 'integer', gpus: 'amount' } });

/** One row a team: fed by many streams, so no stream's own. */
export const teamsView = view({
  name: 'sample-teams',
  table: teamsTable,
  aggregates: [sampleGrant],
  key: ({ event }) => (event.type === 'grant-reserved' ? event.team : []),
  on: {
    'grant-reserved': (row, { event: { programmeId, gpus } }) => ({
      programmeId,
      grants: (row?.grants ?? 0) + 1,
      gpus: String(BigInt(row?.gpus ?? '0') + BigInt(gpus)),
    }),
  },
});
