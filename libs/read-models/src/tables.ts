import { EntitySchema } from 'typeorm';

/** Positions in the log, each moved by one holder at a time; the runner's moves in the transaction of the rows. */
export const checkpointTable = 'checkpoints';
/** Messages whose effect has been applied. */
export const inboxTable = 'inbox';
/** Streams that a view could not go on with. */
export const parkedTable = 'parked_streams';
/** Which declaration of a view its table holds. */
export const viewStateTable = 'view_states';

const text = { type: 'text', collation: 'C' } as const;

/** The tables that every service's database has beside its own. */
export const readModelEntities: readonly EntitySchema[] = [
  new EntitySchema({
    name: checkpointTable,
    columns: {
      name: { ...text, primary: true, primaryKeyConstraintName: 'checkpoints_pk' },
      position: { type: 'bigint' },
      epoch: { type: 'integer' },
      generation: { type: 'integer', default: 0 },
    },
  }),
  new EntitySchema({
    name: inboxTable,
    columns: {
      consumer: { ...text, primary: true, primaryKeyConstraintName: 'inbox_pk' },
      messageId: { name: 'message_id', ...text, primary: true, primaryKeyConstraintName: 'inbox_pk' },
    },
  }),
  new EntitySchema({
    name: parkedTable,
    columns: {
      view: { ...text, primary: true, primaryKeyConstraintName: 'parked_streams_pk' },
      stream: { ...text, primary: true, primaryKeyConstraintName: 'parked_streams_pk' },
      revision: { type: 'integer' },
      position: { type: 'bigint' },
      eventType: { name: 'event_type', ...text },
      reason: { ...text },
    },
  }),
  new EntitySchema({
    name: viewStateTable,
    columns: { view: { ...text, primary: true, primaryKeyConstraintName: 'view_states_pk' }, fingerprint: { ...text } },
  }),
];

/** What creates them; kept apart from the entities so that a test can hold one against the other. */
export const readModelStatements: readonly string[] = [
  'create schema if not exists rebuild',
  `create table ${checkpointTable} (name text collate "C" constraint checkpoints_pk primary key, position bigint not null, epoch integer not null, generation integer not null default 0) with (fillfactor = 50)`,
  `create table ${inboxTable} (consumer text collate "C" not null, message_id text collate "C" not null, constraint inbox_pk primary key (consumer, message_id))`,
  `create table ${parkedTable} (view text collate "C" not null, stream text collate "C" not null, revision integer not null, position bigint not null, event_type text collate "C" not null, reason text collate "C" not null, constraint parked_streams_pk primary key (view, stream))`,
  `create table ${viewStateTable} (view text collate "C" constraint view_states_pk primary key, fingerprint text collate "C" not null)`,
];
