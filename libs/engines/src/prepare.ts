import { readSettings, type Environment } from '@program-ledger/host';
import { topics } from '@program-ledger/contracts/topics';
import { createBrokerSchema, declareTopics } from '@program-ledger/postgres-broker';
import { createEventStoreSchema } from '@program-ledger/postgres-event-store';
import { z } from 'zod';
import { engineOf, engineSettings } from './engine-settings.js';
import { kafkaOf } from './open-engines.js';
import { patiently } from './patience.js';

export const prepareSettings = z.object({
  LEDGER_LOG_URL: engineSettings.shape.LEDGER_LOG_URL,
  LEDGER_BROKER_URL: engineSettings.shape.LEDGER_BROKER_URL,
  LEDGER_START_SECONDS: z.coerce.number().int().min(0).max(600).default(30).describe('how long to wait for log and broker to be there'),
});

/**
 * The operator's step before the first start and after each deployment: makes the tables of a log and of a broker in PostgreSQL where
 * there are none, and declares the topics that are new. Done again, it changes nothing. No service does any of it by itself.
 */
export const prepareEngines = async (environment: Environment): Promise<readonly string[]> => {
  const { LEDGER_LOG_URL: log, LEDGER_BROKER_URL: broker, LEDGER_START_SECONDS: seconds } = readSettings(prepareSettings, environment);
  return [await patiently('the event log', seconds, () => prepareLog(log)), await patiently('the broker', seconds, () => prepareBroker(broker))];
};

const prepareLog = async (url: string): Promise<string> => {
  if (engineOf(url) !== 'postgres') return 'the event log needs nothing made';
  return (await createEventStoreSchema(url)) === 'created' ? 'the event log was made' : 'the event log is there';
};

const prepareBroker = async (url: string): Promise<string> => {
  if (engineOf(url) === 'postgres') {
    await createBrokerSchema(url);
    await declareTopics(url, topics);
  } else {
    const kafka = await import('@program-ledger/kafka');
    await kafka.declareTopics(await kafkaOf(url), topics);
  }
  return `${topics.length} topics are declared`;
};
