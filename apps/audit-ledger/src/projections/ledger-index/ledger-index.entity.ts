import { EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';

/** One row an event of the log: what is needed to find it again, never its content. The content is read from the log itself. */
export type LedgerEventRow = {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly category: string;
  readonly dataDigest: string;
};

export const ledgerEventTable = new EntitySchema<LedgerEventRow>({
  name: 'ledger_event',
  columns: {
    position: { type: 'bigint', primary: true },
    stream: { type: 'text' },
    revision: { type: 'integer' },
    eventId: { name: 'event_id', type: 'uuid' },
    type: { type: 'text' },
    category: { type: 'text' },
    dataDigest: { name: 'data_digest', type: 'text' },
  },
  indices: [
    { name: 'ledger_event_stream', columns: ['stream', 'revision'], unique: true },
    { name: 'ledger_event_id', columns: ['eventId'] },
    { name: 'ledger_event_category', columns: ['category', 'position'] },
  ],
});

/** An event whose data names a thing by its id. */
export const ledgerMentionTable = new EntitySchema<{ readonly entity: string; readonly position: string }>({
  name: 'ledger_mention',
  columns: { entity: { type: 'uuid', primary: true }, position: { type: 'bigint', primary: true } },
});

/** A stream that belongs to a thing: its own, or one whose first event names it (an application's assessments, a call's panels). */
export const ledgerBelongingTable = new EntitySchema<{ readonly entity: string; readonly stream: string }>({
  name: 'ledger_belonging',
  columns: { entity: { type: 'uuid', primary: true }, stream: { type: 'text', primary: true } },
});

export const ledgerTables = [ledgerEventTable, ledgerMentionTable, ledgerBelongingTable];

export class LedgerIndex1730000000001 implements MigrationInterface {
  readonly name = 'LedgerIndex1730000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table ledger_event (
      position bigint primary key, stream text not null, revision integer not null, event_id uuid not null,
      type text not null, category text not null, data_digest text not null)`);
    await runner.query(`create unique index ledger_event_stream on ledger_event (stream, revision)`);
    await runner.query(`create index ledger_event_id on ledger_event (event_id)`);
    await runner.query(`create index ledger_event_category on ledger_event (category, position)`);
    await runner.query(`create table ledger_mention (entity uuid not null, position bigint not null, primary key (entity, position))`);
    await runner.query(`create table ledger_belonging (entity uuid not null, stream text not null, primary key (entity, stream))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['ledger_belonging', 'ledger_mention', 'ledger_event']) await runner.query(`drop table ${table}`);
  }
}
