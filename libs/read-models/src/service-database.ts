import pg from 'pg';
import { DataSource, type EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';
import { memoryStatements, readModelEntities, readModelStatements } from './tables.js';
import { sqlTypes, type ViewTable } from './view-table.js';

export type ServiceDatabaseOptions = {
  readonly url: string;
  /** Shown by the server for its connections. */
  readonly service: string;
  /** Tables beside the views. */
  readonly entities?: readonly EntitySchema[];
  readonly views: readonly { readonly table: ViewTable }[];
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly poolSizeMax?: number;
};

/** The database of one service, migrated: two processes that open it at once migrate it one after the other. Close it with `destroy()`. */
export const openServiceDatabase = async ({ url, service, entities = [], views, migrations, poolSizeMax = 8 }: ServiceDatabaseOptions): Promise<DataSource> => {
  const database = await new DataSource({
    type: 'postgres',
    driver: pg,
    url,
    applicationName: service,
    poolSize: poolSizeMax,
    entities: [...readModelEntities, ...entities, ...views.map(({ table }) => table.entity)],
    migrations: [...new Set([readModelMigration, memoryMigration, ...migrations])],
  }).initialize();
  try {
    await migrated(database);
    return database;
  } catch (error) {
    await database.destroy();
    throw error;
  }
};

const migrated = async (database: DataSource): Promise<void> => {
  const connection = database.createQueryRunner();
  try {
    await connection.query(`select pg_advisory_lock(hashtextextended('migrations', 0))`);
    await database.runMigrations({ transaction: 'each' });
    await connection.query(`select pg_advisory_unlock(hashtextextended('migrations', 0))`);
  } finally {
    await connection.release();
  }
};

type Migration = new () => MigrationInterface;

/** A migration of fixed statements. `number` orders the migrations of a service and is never used twice; what has landed is never edited. */
export const migration = (name: string, number: number, statements: readonly string[]): Migration =>
  class implements MigrationInterface {
    // TypeORM orders by the thirteen digits at the end.
    readonly name = `${name}${String(number).padStart(13, '0')}`;
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of statements) await runner.query(statement);
    }
    async down(): Promise<void> {
      await Promise.reject(new Error(`${name}: what was recorded is not unrecorded; restore a backup`));
    }
  };

/** The first migration of a service: positions, inbox, parked streams. Number 1. */
export const readModelMigration: Migration = migration('ReadModels', 1, readModelStatements);

/** Comes with every database: when a memory ends, and the register of commands. Number 3. */
const memoryMigration: Migration = migration('Memories', 3, memoryStatements);

/**
 * The migration that makes the tables of a service's views. Tables that a later release changes or adds are made by the runner, which
 * rebuilds them from the log; so one such migration a service is enough.
 */
export const viewsMigration = (name: string, number: number, views: readonly { readonly table: ViewTable }[]): Migration =>
  migration(
    name,
    number,
    views.flatMap(({ table }) => [...tableStatements(table), ...indexStatements(table)]),
  );

/** Creates the table of a view, without indexes, in a schema. */
export const tableStatements = ({ name, columns }: ViewTable, schema = 'public'): readonly string[] => {
  const own = columns.map(
    ({ stored, kind, nullable }) => `${stored} ${sqlTypes[kind] === 'text' ? 'text collate "C"' : sqlTypes[kind]}${nullable ? '' : ' not null'}`,
  );
  const versions = ['key text collate "C" not null', 'valid_from bigint not null', 'valid_to bigint', 'revision integer not null', 'at_from text collate "C"'];
  return [`create table ${schema}.${name} (${[...versions, ...own].join(', ')})`];
};

/** The keys and indexes of the table of a view. */
export const indexStatements = ({ name, columns, indexes }: ViewTable, schema = 'public'): readonly string[] => {
  const stored = new Map([...columns.map((column): [string, string] => [column.name, column.stored]), ['validFrom', 'valid_from'], ['atFrom', 'at_from']]);
  return [
    `alter table ${schema}.${name} add constraint ${name}_pk primary key (key, valid_from)`,
    ...indexes.map(
      (index) =>
        `create ${index.unique ? 'unique ' : ''}index ${index.name} on ${schema}.${name} (${index.properties.map((property) => stored.get(property) ?? property).join(', ')})${index.where === undefined ? '' : ` where ${index.where}`}`,
    ),
  ];
};
