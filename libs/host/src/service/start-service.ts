import type { DynamicModule } from '@nestjs/common';
import { Commands, type Position } from '@program-ledger/event-sourcing';
import { followsTopicOf, runFollows, runRelay, type Subscription } from '@program-ledger/messaging';
import { clockAggregate, ProgrammeClocks, RoleAssignments, runTimers } from '@program-ledger/programme-directory';
import { openServiceDatabase, PostgresCheckpoints, PostgresCommandRegister, PostgresInbox, remembered, runForgetting, ViewRunner, Views } from '@program-ledger/read-models';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { Around } from '../process.js';
import { readSettings } from '../settings.js';
import type { Condition } from '../telemetry/health.js';
import type { LogLag } from '../telemetry/log-lag.js';
import type { Vitals } from '../telemetry/observed.js';
import { GuardedPublisher } from './guarded-publisher.js';
import { GuardedStore } from './guarded-store.js';
import { operationsOf } from './operations.js';
import { ownDirectory } from './own-directory.js';
import type { ServiceDefinition, ServiceResources } from './service-definition.js';
import { serviceModule } from './service-module.js';
import type { RunningService } from './services.js';
import { faring } from './transport.js';

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
  const { name, entities = [], views: declaredViews, migrations, keepsFiles = false } = definition;
  const database = await openServiceDatabase({ url: around.engines.databaseUrl(name), service: name, entities, views: declaredViews, migrations });
  await ownDirectory(database, { service: name, directory: join(around.directory, name), keepsFiles }).catch(async (error: unknown) => {
    await database.destroy();
    throw error;
  });
  const resources = resourcesOf(definition, database, around);
  const roles = definition.directory === undefined ? { rolesOf: () => Promise.resolve(noRoles) } : new RoleAssignments(database);
  const { store, views, commands } = resources;
  const { crash } = around.engines;
  const running: RunningService = { definition, store, views, roles };
  const checkpoints = new PostgresCheckpoints(database);
  const runner = new ViewRunner(views, { checkpoints, report: (trouble) => logged(around, name, trouble) });
  const rails: Rails = { positions: new Map(), follows: null };
  return {
    running,
    module: serviceModule({
      definition,
      resources,
      roles,
      operations: operationsOf(definition, runner, around.engines.deadLetters),
      reacting: { service: name, rows: definition.reactions, commands, inbox: new PostgresInbox(database), ...(crash !== undefined && { crash }) },
    }),
    vitals: vitalsOf(running, { database, runner, checkpoints, rails, logLag: around.logLag }),
    run: (signal) => runService({ definition, resources, around, runner, checkpoints, rails, signal }),
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
  return {
    store,
    database,
    commands: new Commands(store, { now: machineNow, register: new PostgresCommandRegister(database) }),
    views: new Views({ service: name, database, store, views }),
    clocks: new ProgrammeClocks({ store, clock: directory?.clock ?? clockAggregate('noClock'), now: machineNow }),
    mode: around.mode,
    directory: own,
    settings: (schema) => readSettings(schema, around.environment),
  };
};

/** What runs along the log, as its lag is told: positions of the relays of this process, the group of the follows. */
type Rails = { readonly positions: Map<string, Position>; follows: Subscription | null };

type Running = {
  readonly definition: ServiceDefinition;
  readonly resources: ServiceResources;
  readonly around: Around;
  readonly runner: ViewRunner;
  readonly checkpoints: PostgresCheckpoints;
  readonly rails: Rails;
  readonly signal: AbortSignal;
};

const runService = async ({ definition, resources, around, runner, checkpoints, rails, signal }: Running): Promise<void> => {
  const { name, publishes, follows, directory, timers, views: declared } = definition;
  const { store, commands, views, database } = resources;
  const { consumer, crash } = around.engines;
  const publisher = new GuardedPublisher(around.engines.publisher, name, publishes?.topics ?? []);
  const report = (trouble: object): void => logged(around, name, trouble);
  const relaying = { store, publisher, checkpoints, signal, report, ...(crash !== undefined && { crash }) };
  const moved = (part: string) => (position: Position) => void rails.positions.set(part, position);
  const subscribed = (subscription: Subscription) => void (rails.follows = subscription);
  await Promise.all([
    declared.length === 0 ? undefined : runner.run(signal),
    publishes === null ? undefined : runRelay({ ...relaying, name: relayOf(name), prefixes: publishes.prefixes, map: publishes, moved: moved(relayOf(name)) }),
    runFollows({ ...relaying, service: name, follows, commands, consumer, subscribed, moved: moved(followsTopicOf(name)) }),
    runForgetting({ database, signal, report }),
    directory === undefined ? undefined : runTimers({ directory, timers, views, commands, store, now: machineNow, signal, report }),
  ]);
};

/** Everything that is tried again by itself is told, never thrown. */
const logged = ({ logs }: Around, service: string, trouble: object): void => {
  const { error, ...rest } = { error: undefined, ...trouble };
  logs.warn({ ...rest, service, err: error }, 'something could not be done and is tried again, or waits for an operator');
};

const relayOf = (service: string): string => `${service}.relay`;

type Seen = { readonly database: DataSource; readonly runner: ViewRunner; readonly checkpoints: PostgresCheckpoints; readonly rails: Rails; readonly logLag: LogLag };

/** How far behind the end of the log each part is; of a part that another process runs, what that one has stored. */
const vitalsOf = ({ definition, views }: RunningService, { database, runner, checkpoints, rails, logLag }: Seen): Vitals => {
  const { name, publishes, follows, views: declared } = definition;
  const relays = [...(publishes === null ? [] : [relayOf(name)]), ...(follows.length === 0 ? [] : [followsTopicOf(name)])];
  const positionOf = async (part: string): Promise<Position> => {
    const stored = await checkpoints.position(part);
    const here = rails.positions.get(part) ?? stored;
    return here > stored ? here : stored;
  };
  return {
    lags: async () => {
      await logLag.look();
      const behind = async (part: string, position: Promise<Position>): Promise<Condition> => ({ part, ...logLag.of(part, await position) });
      const folded = declared.length === 0 ? [] : [behind(`${name}.views`, views.position())];
      const followed = rails.follows === null ? [] : [faring(rails.follows).then((fares): Condition => ({ part: `${followsTopicOf(name)}.reactions`, ...fares }))];
      return Promise.all([...folded, ...relays.map((part) => behind(part, positionOf(part))), ...followed]);
    },
    parked: async () => (await runner.parked()).length,
    remembered: () => remembered(database),
  };
};
