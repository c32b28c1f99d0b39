import { EmbeddedKafkaRefused, kafkaVersion, startKafka } from '@program-ledger/embedded-kafka';
import { EmbeddedPostgresRefused, startEmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { signatureOf } from '@program-ledger/embedded-postgres/processes';
import { ownDatabases } from '@program-ledger/engines';
import { processEnvironment } from '@program-ledger/host';
import { join } from 'node:path';
import { EventStoreAbsent, startEventStore } from './event-store-db.js';
import { portsOf } from './ports.js';
import { directoryOf, write, type EngineName, type EngineState, type State } from './state.js';

/** Runs the engines until it is told to stop, and writes what they are into the state file: a process of its own, that outlives the command that began it. */
const directory = directoryOf(process.argv[2]);
const services = ['applications', 'review', 'gpu-grants', 'funding', 'audit-ledger'] as const;
const environment = processEnvironment();
const stops: (() => Promise<void>)[] = [];
const starting: EngineState = { is: 'starting', sentence: 'starts' };
let state: State = { pid: process.pid, signature: signatureOf(process.pid), settled: false, engines: { PostgreSQL: starting, Kafka: starting, EventStoreDB: starting } };

const say = (name: EngineName, engine: EngineState): void => {
  state = { ...state, engines: { ...state.engines, [name]: engine } };
  write(directory, state);
};

const progress =
  (name: EngineName) =>
  (sentence: string): void => {
    if (state.engines[name].is === 'starting') say(name, { is: 'starting', sentence });
  };

const notHere = (error: unknown): boolean => error instanceof EventStoreAbsent || (error instanceof EmbeddedKafkaRefused && (error.code === 'java-absent' || error.code === 'maven-absent'));
const expected = (error: unknown): error is Error => notHere(error) || error instanceof EmbeddedKafkaRefused || error instanceof EmbeddedPostgresRefused;

const start = async (name: EngineName, run: () => Promise<EngineState>): Promise<void> => {
  try {
    say(name, await run());
  } catch (error) {
    say(name, { is: notHere(error) ? 'absent' : 'failed', sentence: expected(error) ? error.message : String((error as Error).stack) });
  }
};

const ports = await portsOf(directory);

const postgres = async (): Promise<EngineState> => {
  const database = await startEmbeddedPostgres({ directory: join(directory, 'postgresql'), port: ports.postgresql, onProgress: progress('PostgreSQL') });
  stops.push(() => database.stop());
  const urls = await ownDatabases(database.url, ['log', 'broker', ...services]);
  const own = services.map((service) => [`LEDGER_DATABASE_URL_${service.toUpperCase().replaceAll('-', '_')}`, urls.get(service) ?? ''] as const);
  return { is: 'ready', version: '18.4', data: database.directory, variables: { LEDGER_LOG_URL: urls.get('log') ?? '', LEDGER_BROKER_URL: urls.get('broker') ?? '', ...Object.fromEntries(own) } };
};

/** Once it dies by itself it is started again, a second later. */
const kafka = async (): Promise<EngineState> => {
  const { JAVA_HOME } = environment;
  const broker = await startKafka({
    directory: join(directory, 'kafka'),
    port: ports.kafka,
    onProgress: progress('Kafka'),
    onDeath: () => void setTimeout(() => void start('Kafka', () => broker.restart().then(() => up)), 1_000),
    ...(JAVA_HOME === undefined ? {} : { java: join(JAVA_HOME, 'bin/java') }),
  });
  stops.push(() => broker.stop());
  const addresses = broker.brokers.join(',');
  const up: EngineState = { is: 'ready', version: kafkaVersion, data: broker.directory, variables: { LEDGER_BROKER_URL: `kafka://${addresses}`, KAFKA_BROKERS: addresses } };
  return up;
};

const eventStore = async (): Promise<EngineState> => {
  const { EVENTSTOREDB_URL: url, EVENTSTOREDB_HOME: home } = environment;
  const server = await startEventStore({ directory: join(directory, 'eventstoredb'), ports: { node: ports.eventStore, replication: ports.replication }, url, home });
  stops.push(() => server.stop());
  return { is: 'ready', version: server.version, data: server.data, variables: { LEDGER_LOG_URL: server.url, EVENTSTOREDB_URL: server.url } };
};

let ending = false;
const end = async (): Promise<void> => {
  if (ending) return;
  ending = true;
  await Promise.allSettled(stops.map((stop) => stop()));
  process.exit(0);
};
process.on('SIGTERM', () => void end()).on('SIGINT', () => void end());

write(directory, state);
await Promise.all([start('PostgreSQL', postgres), start('Kafka', kafka), start('EventStoreDB', eventStore)]);
state = { ...state, settled: true };
write(directory, state);
setInterval(() => undefined, 60_000);
