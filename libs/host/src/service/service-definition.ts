import type { Provider, Type } from '@nestjs/common';
import type { Aggregate, Commands, EventStore, InstanceMode } from '@program-ledger/event-sourcing';
import type { Effect, Follow, Publishing, Reaction } from '@program-ledger/messaging';
import type { ProgrammeClocks, ProgrammeDirectory, TimerSource } from '@program-ledger/programme-directory';
import { readModelMigration, viewsMigration, type View, type Views } from '@program-ledger/read-models';
import type { DataSource, EntitySchema, MigrationInterface, QueryRunner } from 'typeorm';
import type { z } from 'zod';
import type { ProblemEntry } from '../http/problem.js';
import { ownDirectoryMigration } from './own-directory.js';

type Migration = new () => MigrationInterface;

/** What a service is, in values: the host wires it, in one process with others or alone. */
export type ServiceDefinition = {
  /** kebab-case; the first segment of every path, the front of every topic and public event. */
  readonly name: string;
  readonly title: string;
  /** What it knows of programmes, from `programmeDirectory(name, category)`: the host adds the directory's own parts to the lists below. */
  readonly directory?: ProgrammeDirectory;
  /** Whose categories this service alone may write. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- aggregates of any state and command side by side
  readonly aggregates: readonly Aggregate<any, any, any, any>[];
  readonly views: readonly View[];
  /** From `publishing(service, [...])`; null for a service that publishes nothing. */
  readonly publishes: Publishing | null;
  readonly reactions: readonly (Reaction | Effect)[];
  readonly follows: readonly Follow[];
  readonly timers: readonly TimerSource[];
  readonly controllers: readonly Type[];
  /** Tables beside the views; the tables of the views come with them. */
  readonly entities?: readonly EntitySchema[];
  /** The service's own, e.g. `viewsMigration(…)`; those of read models and directory come with them. */
  readonly migrations: readonly Migration[];
  /** Whether what it puts into its directory has to be there again: its instances then share one, and another one is refused. */
  readonly keepsFiles?: boolean;
  /** All rejections and own problem codes of the service, for its catalogue. */
  readonly rejections: Readonly<Record<string, ProblemEntry>>;
  /** The service's own part of the environment: keys as they are in it, each described; see `secret`. */
  readonly settings?: z.ZodObject;
  /** What its controllers inject beside EventStore (guarded), Commands, Views, ProgrammeClocks, RoleAssignments, DataSource. */
  readonly providers?: (resources: ServiceResources) => readonly Provider[];
};

/** What the host hands a service. */
export type ServiceResources = {
  readonly store: EventStore;
  readonly commands: Commands;
  readonly views: Views;
  /** Knows no programme in a service without a directory. */
  readonly clocks: ProgrammeClocks;
  readonly database: DataSource;
  readonly mode: InstanceMode;
  /** A directory of its own, made when missing. */
  readonly directory: string;
  /** Its settings, parsed by the schema it gives. */
  readonly settings: <S extends z.ZodObject>(schema: S) => z.infer<S>;
};

/** With the parts of its directory, and of the read models, each once however often it is listed. */
export const completed = (definition: ServiceDefinition): ServiceDefinition => {
  const { directory, aggregates, views, reactions, entities = [], keepsFiles = false } = definition;
  const joined = <T>(own: readonly T[], ...others: readonly T[]): readonly T[] => [...new Set([...others, ...own])];
  const migrations = joined(definition.migrations, ...(keepsFiles ? [ownDirectoryMigration] : []));
  if (directory === undefined) return { ...definition, migrations: joined(migrations, readModelMigration) };
  return {
    ...definition,
    aggregates: joined(aggregates, directory.clock),
    views: joined(views, directory.clocks),
    reactions: joined(reactions, ...directory.reactions),
    entities: joined(entities, directory.entity),
    migrations: joined(migrations, readModelMigration, directory.migration, clocksTableOf(directory)),
  };
};

/** The table of the directory's view, for a service whose own migrations have not made it: it comes after all of them. */
const clocksTableOf = ({ clocks }: ProgrammeDirectory): Migration => {
  const Made = viewsMigration('ProgrammeClocks', 9_000, [clocks]);
  return class implements MigrationInterface {
    readonly name = new Made().name ?? '';
    async up(runner: QueryRunner): Promise<void> {
      if (!(await runner.hasTable(clocks.table.name))) await new Made().up(runner);
    }
    down(runner: QueryRunner): Promise<void> {
      return new Made().down(runner);
    }
  };
};
