import { startKafka, type EmbeddedKafka } from '@program-ledger/embedded-kafka';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { declareTopics, parseKafkaUrl } from '@program-ledger/kafka';
import { deadLetterTopicOf } from '@program-ledger/messaging';
import { createEventStoreSchema } from '@program-ledger/postgres-event-store';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { group, topic } from './sample.js';

/** Enough for the consumers to share commits of their database. */
const partitions = 16;
export const deadLetterTopic = deadLetterTopicOf(topic, group);

/** The servers of a run, and how each is killed. */
export type RunEngines = {
  readonly logUrl: string;
  readonly serviceUrl: string;
  readonly brokerUrl: string;
  readonly brokerData: string;
  readonly killDatabase: () => Promise<number>;
  readonly killBroker: (downMs: number) => Promise<number>;
  /** The broker with everything on disk, so that its files can be read. */
  readonly stopBroker: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** PostgreSQL and Kafka in a directory of the run's own; flushed to disk as in earnest. */
export const startEngines = async (directory: string, say: (line: string) => void): Promise<RunEngines> => {
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), onProgress: say });
  try {
    const kafka = await startKafka({ directory: join(directory, 'kafka'), onProgress: say });
    const [logUrl, serviceUrl] = [await database(postgres.url, 'torture_log'), await database(postgres.url, 'torture_service')];
    await createEventStoreSchema(logUrl);
    const brokerUrl = `kafka://${kafka.brokers.join(',')}`;
    await declareTopics(parseKafkaUrl(brokerUrl), [topic, deadLetterTopic].map((name) => ({ name, partitions })));
    return enginesOf({ postgres, kafka, logUrl, serviceUrl, brokerUrl });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
};

const enginesOf = ({ postgres, kafka, ...urls }: { readonly postgres: EmbeddedPostgres; readonly kafka: EmbeddedKafka; readonly logUrl: string; readonly serviceUrl: string; readonly brokerUrl: string }): RunEngines => {
  let running = true;
  const stopBroker = async (): Promise<void> => {
    if (running) await kafka.stop();
    running = false;
  };
  return {
    ...urls,
    brokerData: join(kafka.directory, 'data'),
    killDatabase: async () => {
      await answers(urls.logUrl);
      const from = Date.now();
      process.kill(postmasterOf(postgres), 'SIGKILL');
      await answers(urls.logUrl);
      return Date.now() - from;
    },
    killBroker: async (downMs) => {
      await kafka.kill();
      await pause(downMs);
      const from = Date.now();
      await kafka.restart();
      return Date.now() - from;
    },
    stopBroker,
    stop: async () => {
      await stopBroker();
      await postgres.stop();
    },
  };
};

/** Its own file names it: the first line is the process. */
const postmasterOf = ({ directory }: EmbeddedPostgres): number => Number(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);

const answers = async (url: string): Promise<void> => {
  for (;; await pause(50)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    const answered = await client.connect().then(() => client.query('select 1').then(() => true), () => false).catch(() => false);
    await client.end().catch(() => undefined);
    if (answered) return;
  }
};

const database = async (server: string, name: string): Promise<string> => {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
};
