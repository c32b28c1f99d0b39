import { idOf } from '@program-ledger/event-sourcing';
import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import type { ProgrammeEvent } from '../domain/programme/programme.events.js';
import { programmeStream, type Programme } from '../domain/programme/programme.state.js';
import { programmeProcessStream, waitsOf, type ProgrammeProcess } from '../domain/programme-process/programme-process.state.js';
import type { ProgrammeProcessEvent } from '../domain/programme-process/programme-process.events.js';
import { everyEvent } from './every-event.js';

const programmesTable = viewTable({ name: 'programmes', columns: { programmeId: 'uuid', status: 'text', state: json<Exclude<Programme, { status: 'absent' }>>() }, indexes: [['status']] });

/** Every programme, with its clock and who holds which role. */
export const programmes = view({
  name: 'programmes',
  table: programmesTable,
  aggregates: [programmeStream],
  on: everyEvent<RowOf<typeof programmesTable>, ProgrammeEvent>(programmeStream.events, (row, { event, stream }) => {
    const state = programmeStream.evolve(row?.state ?? programmeStream.initial, event);
    return state.status === 'absent' ? undefined : { programmeId: idOf(stream), status: state.status, state };
  }),
});

const processesTable = viewTable({ name: 'programme_processes', columns: { programmeId: 'uuid', waiting: 'boolean', state: json<ProgrammeProcess>() }, indexes: [['waiting']] });

/** Whom each programme waits for, since when. */
export const programmeProcesses = view({
  name: 'programme-processes',
  table: processesTable,
  aggregates: [programmeProcessStream],
  on: everyEvent<RowOf<typeof processesTable>, ProgrammeProcessEvent>(programmeProcessStream.events, (row, { event, stream }) => {
    const state = programmeProcessStream.evolve(row?.state ?? programmeProcessStream.initial, event);
    return { programmeId: idOf(stream), waiting: waitsOf(state).length > 0, state };
  }),
});
