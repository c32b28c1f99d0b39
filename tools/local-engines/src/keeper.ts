import { EmbeddedKafkaRefused, kafkaVersion, startKafka } from '@program-ledger/embedded-kafka';
import { EmbeddedPostgresRefused, postgresVersion, startEmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { claimDirectory, DirectoryInUse } from '@program-ledger/embedded-postgres/owner';
import { signatureOf } from '@program-ledger/embedded-postgres/processes';
import { ownDatabases } from '@program-ledger/engines';
import { createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readAsked } from './asked.js';
import { EventStoreAbsent, startEventStore } from './event-store-db.js';
import { portsOf } from './ports.js';
import { directoryOf, engineNames, write, type EngineName, type EngineState, type State } from './state.js';
import { services, writeEnvironments } from './variables.js';

/**
 * Runs the engines until it is told to stop, and writes what they are into the state file: a process of its own, that outlives the command
 * that began it. Asked again (SIGHUP), it starts what does not run.
 */
const directory = directoryOf(process.argv[2]);

/** Of two that begin at once one goes on: the other would leave servers behind that nobody stops. */
const claimed = (): { release: () => void } => {
  mkdirSync(join(directory, 'keeper'), { recursive: true });
  try {
    return claimDirectory(join(directory, 'keeper'));
  } catch (error) {
    if (!(error instanceof DirectoryInUse)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(0);
  }
};
const { release } = claimed();

const stops = new Map<EngineName, () => Promise<unknown>>();
const starting: EngineState = { is: 'starting', sentence: 'starts' };
let state: State = { pid: process.pid, signature: signatureOf(process.pid), attempts: 0, engines: { PostgreSQL: starting, Kafka: starting, EventStoreDB: starting } };
let ending = false;

const become = (next: Partial<State>): void => {
  state = { ...state, ...next };
  if (ending) return;
  writeEnvironments(directory, state);
  write(directory, state);
};
const say = (name: EngineName, engine: EngineState): void => become({ engines: { ...state.engines, [name]: engine } });

const progress =
  (name: EngineName) =>
  (sentence: string): void => {
    if (state.engines[name].is === 'starting') say(name, { is: 'starting', sentence });
  };

const notHere = (error: unknown): boolean => error instanceof EventStoreAbsent || (error instanceof EmbeddedKafkaRefused && (error.code === 'java-absent' || error.code === 'maven-absent'));
const expected = (error: unknown): error is Error => notHere(error) || error instanceof EmbeddedKafkaRefused || error instanceof EmbeddedPostgresRefused;
const again = 'npm run engines -- up starts it again';

const start = async (name: EngineName, run: () => Promise<EngineState>): Promise<void> => {
  try {
    say(name, await run());
  } catch (error) {
    say(name, { is: notHere(error) ? 'absent' : 'failed', sentence: expected(error) ? error.message : String((error as Error).stack) });
  }
};

const ports = await portsOf(directory);

/** Passwords of roles follow from the one that the server was made with, so that an address stays right over every start. */
const postgres = async (): Promise<EngineState> => {
  const onGivenUp = (): void => say('PostgreSQL', { is: 'failed', sentence: `keeps stopping; ${again}` });
  const database = await startEmbeddedPostgres({ directory: join(directory, 'postgresql'), port: ports.postgresql, onProgress: progress('PostgreSQL'), onGivenUp });
  stops.set('PostgreSQL', () => database.stop());
  const secret = new URL(database.url).password;
  const urls = await ownDatabases(database.url, ['log', 'broker', ...services], (owner) => createHmac('sha256', secret).update(owner).digest('base64url'));
  become({ databases: Object.fromEntries(services.map((service) => [service, urls.get(service) ?? ''])) });
  return { is: 'ready', version: postgresVersion(), data: database.directory, variables: { LEDGER_LOG_URL: urls.get('log') ?? '', LEDGER_BROKER_URL: urls.get('broker') ?? '' } };
};

/** Once it dies by itself it is started again, a second later. */
const kafka = async (): Promise<EngineState> => {
  const { JAVA_HOME: home } = readAsked(directory);
  const onDeath = (): void => {
    say('Kafka', { is: 'starting', sentence: 'died, and starts again' });
    setTimeout(() => void (ending || start('Kafka', () => broker.restart().then(() => up))), 1_000);
  };
  const broker = await startKafka({ directory: join(directory, 'kafka'), port: ports.kafka, onProgress: progress('Kafka'), onDeath, ...(home !== undefined && { java: join(home, 'bin/java') }) });
  stops.set('Kafka', () => broker.stop());
  const addresses = broker.brokers.join(',');
  const up: EngineState = { is: 'ready', version: kafkaVersion, data: broker.directory, variables: { LEDGER_BROKER_URL: `kafka://${addresses}`, KAFKA_BROKERS: addresses } };
  return up;
};

const eventStore = async (): Promise<EngineState> => {
  const server = await startEventStore({ directory: join(directory, 'eventstoredb'), ports: { node: ports.eventStore, replication: ports.replication }, asked: readAsked(directory) });
  let stopped = false;
  stops.set('EventStoreDB', () => {
    stopped = true;
    return server.stop();
  });
  void server.gone.then(() => void (stopped || say('EventStoreDB', { is: 'failed', sentence: `ended by itself, or no longer leads; ${again}` })));
  return { is: 'ready', version: server.version, data: server.data, variables: { LEDGER_LOG_URL: server.url, EVENTSTOREDB_URL: server.url } };
};

const runs: Readonly<Record<EngineName, () => Promise<EngineState>>> = { PostgreSQL: postgres, Kafka: kafka, EventStoreDB: eventStore };

/** Starts what does not run; what a former attempt left goes first. */
const attempt = async (): Promise<void> => {
  const away = engineNames.filter((name) => state.attempts === 0 || ['absent', 'failed'].includes(state.engines[name].is));
  become({ attempts: state.attempts + 1, engines: { ...state.engines, ...Object.fromEntries(away.map((name) => [name, starting])) } });
  await Promise.all(
    away.map(async (name) => {
      await stops.get(name)?.().catch(() => undefined);
      stops.delete(name);
      await start(name, runs[name]);
    }),
  );
};

const end = async (): Promise<void> => {
  if (ending) return;
  ending = true;
  await Promise.allSettled([...stops.values()].map((stop) => stop()));
  release();
  process.exit(0);
};
process.on('SIGTERM', () => void end()).on('SIGINT', () => void end()).on('SIGHUP', () => void attempt());

await attempt();
setInterval(() => undefined, 60_000);
