import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { grantProcess } from '../domain/grant-process/grant-process.decider.js';
import type { GrantProcessEvent } from '../domain/grant-process/grant-process.events.js';
import { evolve, unheard, waitsOf, type GrantProcess, type Wait } from '../domain/grant-process/grant-process.state.js';

const table = viewTable({
  name: 'processes',
  columns: {
    programmeId: 'uuid',
    /** All that the process has heard and done. */
    process: json<GrantProcess>(),
    waits: json<readonly Wait[]>(),
    isWaiting: 'boolean',
  },
  indexes: [['programmeId', 'isWaiting']],
});
export type ProcessRow = RowOf<typeof table>;

/** Whatever it was told or did: the process is what its own events make of it, and so is what it waits for. */
const told = (row: ProcessRow | undefined, { event }: { readonly event: GrantProcessEvent }): ProcessRow => {
  const process = evolve(row?.process ?? unheard, event);
  const waits = waitsOf(process);
  return { programmeId: event.programmeId, process, waits, isWaiting: waits.length > 0 };
};

/** The way of each team through the GPUs: whom it waits for, to do what, since when. Its key is the team's. */
export const processes = view({
  name: 'processes',
  table,
  aggregates: [grantProcess],
  on: {
    'outcome-heard': told,
    'closing-heard': told,
    'added-seat-heard': told,
    'signature-heard': told,
    'ending-heard': told,
    'obstacle-heard': told,
    'gpus-heard': told,
    'gpus-asked': told,
    'delivery-permitted': told,
    'seat-forfeited': told,
  },
});
