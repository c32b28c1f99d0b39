import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import type { CallEvent } from '../domain/call/call.events.js';
import { callStream, type ExistingCall } from '../domain/call/call.state.js';
import { everyEvent } from './every-event.js';

const table = viewTable({
  name: 'calls',
  columns: { programmeId: 'uuid', status: 'text', search: 'text', opensAt: 'instant', deadlineAt: 'instant', state: json<ExistingCall>() },
  indexes: [['programmeId', 'status']],
});

/** Every call: its terms, and where it stands. */
export const calls = view({
  name: 'calls',
  table,
  aggregates: [callStream],
  on: everyEvent<RowOf<typeof table>, CallEvent>(callStream.events, (row, { event }) => {
    const state = callStream.evolve(row?.state ?? callStream.initial, event);
    if (state.status === 'absent') return undefined;
    const { programmeId, status, title, opensAt, deadlineAt } = state;
    return { programmeId, status, search: `${title.ko}\n${title.en}`, opensAt, deadlineAt, state };
  }),
});
