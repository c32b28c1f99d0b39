import { EntitySchema } from 'typeorm';

/** Positions in the log, each moved by one holder at a time; the runner's moves in the transaction of the rows. */
export const checkpointTable = 'checkpoints';
/** Messages whose effect has been applied. */
export const inboxTable = 'inbox';
/** Commands that their streams do not show: quiet ones, and what each key was used for. */
export const registerTable = 'command_register';
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
      expiresAt: { name: 'expires_at', type: 'timestamp with time zone' },
    },
  }),
  new EntitySchema({
    name: registerTable,
    columns: {
      commandId: { name: 'command_id', type: 'uuid', primary: true, primaryKeyConstraintName: 'command_register_pk' },
      commandDigest: { name: 'command_digest', ...text },
      stream: { ...text },
      quiet: { type: 'boolean' },
      since: { type: 'timestamp with time zone' },
      expiresAt: { name: 'expires_at', type: 'timestamp with time zone' },
    },
    // Rows lie in the order of their time, near enough for an index that costs an insert nothing.
    indices: [{ name: 'command_register_expires', columns: ['expiresAt'], synchronize: false }],
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

/** Of a later release: what is remembered is forgotten some day. Rows from before it count from now. */
export const memoryStatements: readonly string[] = [
  `alter table ${inboxTable} add column expires_at timestamptz not null default now() + interval '400 days'`,
  `alter table ${inboxTable} alter column expires_at drop default`,
  `create table ${registerTable} (command_id uuid constraint command_register_pk primary key, command_digest text collate "C" not null, stream text collate "C" not null, quiet boolean not null, since timestamptz not null, expires_at timestamptz not null)`,
  `create index command_register_expires on ${registerTable} using brin (expires_at)`,
];
