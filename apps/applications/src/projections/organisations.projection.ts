import { idOf } from '@program-ledger/event-sourcing';
import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import type { OrganisationEvent } from '../domain/organisation/organisation.events.js';
import { organisationStream, type Organisation } from '../domain/organisation/organisation.state.js';
import { everyEvent } from './every-event.js';

const organisationsTable = viewTable({
  name: 'organisations',
  columns: { search: 'text', partOf: 'uuid?', state: json<Exclude<Organisation, { status: 'absent' }>>() },
  indexes: [['partOf']],
});

/** Every organisation and lab: its names, who acts for it, what is known of it. */
export const organisations = view({
  name: 'organisations',
  table: organisationsTable,
  aggregates: [organisationStream],
  on: everyEvent<RowOf<typeof organisationsTable>, OrganisationEvent>(organisationStream.events, (row, { event }) => {
    const state = organisationStream.evolve(row?.state ?? organisationStream.initial, event);
    return state.status === 'absent' ? undefined : { search: `${state.name.ko}\n${state.name.en}`, partOf: state.partOf, state };
  }),
});

const representationsTable = viewTable({ name: 'representations', columns: { subject: 'text', organisationId: 'uuid' }, indexes: [['subject']] });

/** Who acts for whom: what a person may see follows from the rows of theirs. */
export const representations = view({
  name: 'representations',
  table: representationsTable,
  aggregates: [organisationStream],
  key: ({ event, stream }) => ('subject' in event ? `${event.subject} ${idOf(stream)}` : []),
  on: {
    'representative-appointed': (_, { event: { subject }, stream }) => ({ subject, organisationId: idOf(stream) }),
    'representative-removed': () => null,
  },
});
