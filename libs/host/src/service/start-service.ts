import type { DynamicModule } from '@nestjs/common';
import { Commands, type Position } from '@program-ledger/event-sourcing';
import { followsTopicOf, runFollows, runRelay } from '@program-ledger/messaging';
import { clockAggregate, ProgrammeClocks, RoleAssignments, runTimers } from '@program-ledger/programme-directory';
import { openServiceDatabase, PostgresCheckpoints, PostgresInbox, ViewRunner, Views } from '@program-ledger/read-models';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { Around } from '../process.js';
import { readSettings } from '../settings.js';
import type { Vitals } from '../telemetry/observed.js';
import { GuardedStore } from './guarded-store.js';
import { operationsOf } from './operations.js';
import type { ServiceDefinition, ServiceResources } from './service-definition.js';
import { serviceModule } from './service-module.js';
import type { RunningService } from './services.js';

/** A service with its database open and nothing of it running yet. */
export type StartedService = {
  readonly running: RunningService;
  readonly module: DynamicModule;
  readonly vitals: Vitals;
  /** Folds, relays, follows and keeps time until the signal aborts; resolves when all of it has ended. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};

const machineNow = (): string => new Date().toISOString();

/** Opens what a completed service stands on and wires it; `run` sets it going. */
export const startService = async (definition: ServiceDefinition, around: Around): Promise<StartedService> => {
  const { name, entities = [], views: declaredViews, migrations } = definition;
  const database = await openServiceDatabase({ url: around.engines.databaseUrl(name), service: name, entities, views: declaredViews, migrations });
  const resources = resourcesOf(definition, database, around);
  const roles = definition.directory === undefined ? { rolesOf: () => Promise.resolve(noRoles) } : new RoleAssignments(database);
  const { store, views, commands } = resources;
  const { crash } = around.engines;
  const running: RunningService = { definition, store, views, roles };
  const checkpoints = new PostgresCheckpoints(database);
  const runner = new ViewRunner(views, { checkpoints, report: (trouble) => logged(around, name, trouble) });
  const positions = new Map<string, Position>();
  return {
    running,
    module: serviceModule({
      definition,
      resources,
      roles,
      operations: operationsOf(definition, runner, around.engines.deadLetters),
      reacting: { service: name, rows: definition.reactions, commands, inbox: new PostgresInbox(database), ...(crash !== undefined && { crash }) },
    }),
    vitals: vitalsOf(running, runner, positions),
    run: (signal) => runService({ definition, resources, around, runner, checkpoints, positions, signal }),
    close: async () => {
      await checkpoints.close();
      await database.destroy();
    },
  };
};

const noRoles: ReadonlySet<string> = new Set();

const resourcesOf = (definition: ServiceDefinition, database: DataSource, around: Around): ServiceResources => {
  const { name, aggregates, directory, views } = definition;
  const categories = new Set(aggregates.map(({ category }) => category));
  const store = new GuardedStore(around.engines.store, { service: name, categories }, around.metrics);
  const own = join(around.directory, name);
  mkdirSync(own, { recursive: true });
  return {
    store,
    database,
    commands: new Commands(store, { now: machineNow }),
    views: new Views({ service: name, database, store, views }),
    clocks: new ProgrammeClocks({ store, clock: directory?.clock ?? clockAggregate('noClock'), now: machineNow }),
    mode: around.mode,
    directory: own,
    settings: (schema) => readSettings(schema, around.environment),
  };
};

type Running = {
  readonly definition: ServiceDefinition;
  readonly resources: ServiceResources;
  readonly around: Around;
  readonly runner: ViewRunner;
  readonly checkpoints: PostgresCheckpoints;
  readonly positions: Map<string, Position>;
  readonly signal: AbortSignal;
};

const runService = async ({ definition, resources, around, runner, checkpoints, positions, signal }: Running): Promise<void> => {
  const { name, publishes, follows, directory, timers, views: declared } = definition;
  const { store, commands, views } = resources;
  const { publisher, consumer, crash } = around.engines;
  const report = (trouble: object): void => logged(around, name, trouble);
  const rails = { store, publisher, checkpoints, signal, report, ...(crash !== undefined && { crash }) };
  const moved = (part: string) => (position: Position) => void positions.set(part, position);
  await Promise.all([
    declared.length === 0 ? undefined : runner.run(signal),
    publishes === null ? undefined : runRelay({ ...rails, name: relayOf(name), prefixes: publishes.prefixes, map: publishes, moved: moved(relayOf(name)) }),
    runFollows({ ...rails, service: name, follows, commands, consumer, moved: moved(followsTopicOf(name)) }),
    directory === undefined ? undefined : runTimers({ directory, timers, views, commands, store, now: machineNow, signal, report }),
  ]);
};

/** Everything that is tried again by itself is told, never thrown. */
const logged = ({ logs }: Around, service: string, trouble: object): void => {
  const { error, ...rest } = { error: undefined, ...trouble };
  logs.warn({ ...rest, service, err: error }, 'something could not be done and is tried again, or waits for an operator');
};

const relayOf = (service: string): string => `${service}.relay`;

/** How far behind the head of the log each part is; what has not begun yet is behind by all of it. */
const vitalsOf = ({ definition, store, views }: RunningService, runner: ViewRunner, positions: ReadonlyMap<string, Position>): Vitals => {
  const { name, publishes, follows, views: declared } = definition;
  const relays = [...(publishes === null ? [] : [relayOf(name)]), ...(follows.length === 0 ? [] : [followsTopicOf(name)])];
  return {
    lags: async () => {
      const head = await store.head();
      const behind = (part: string, position: Position) => ({ part, lag: Math.max(0, Number(head - position)) });
      const folded = declared.length === 0 ? [] : [behind(`${name}.views`, await views.position())];
      return [...folded, ...relays.map((part) => behind(part, positions.get(part) ?? 0n))];
    },
    parked: async () => (await runner.parked()).length,
  };
};
