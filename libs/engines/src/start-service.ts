import { processEnvironment, startLogs, startProcess, type Environment, type RunningProcess, type ServiceDefinition } from '@program-ledger/host';
import { topics } from '@program-ledger/contracts/topics';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { crashHookOf } from './faults.js';
import { declareInstance } from './instance.js';
import { openBroker, openLog } from './open-engines.js';
import { patiently } from './patience.js';
import { readServiceSettings, type ServiceSettings } from './service-settings.js';

/** One service in a process of its own, on engines that others share. */
export type RunningService = Pick<RunningProcess, 'url' | 'failed' | 'stop' | 'app' | 'health'> & { readonly settings: ServiceSettings };

export type ServiceOptions = {
  /** Where it listens unless told. */
  readonly port: number;
  readonly environment?: Environment;
};

type Opening = <T>(made: Promise<T>, closing: (it: T) => Promise<unknown>) => Promise<T>;

/** @throws SettingsInvalid, StartRefused for what can be expected to be in the way; nothing is left running. */
export const startService = async (definition: ServiceDefinition, { port, environment = processEnvironment() }: ServiceOptions): Promise<RunningService> => {
  const settings = readServiceSettings(definition, environment, port);
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let next = opened.pop(); next !== undefined; next = opened.pop()) await next();
  };
  const opening: Opening = async (made, closing) => {
    const it = await made;
    opened.push(() => closing(it));
    return it;
  };
  try {
    const running = await opening(start(definition, settings, { environment, opening }), (it) => it.stop());
    return { ...running, settings, stop: close };
  } catch (error) {
    await close();
    throw error;
  }
};

type Starting = { readonly environment: Environment; readonly opening: Opening };

const start = async (definition: ServiceDefinition, settings: ServiceSettings, { environment, opening }: Starting): Promise<RunningProcess> => {
  const { name } = definition;
  const { LEDGER_LOG_URL: logUrl, LEDGER_LOG_PREFIX: prefix, LEDGER_BROKER_URL: brokerUrl, LEDGER_DATABASE_URL: databaseUrl, LEDGER_START_SECONDS: seconds } = settings;
  const { LEDGER_MODE: mode, LEDGER_FAULTS: faults, LEDGER_ISSUER: issuer, LEDGER_DATA: data } = settings;
  const crash = crashHookOf(faults);
  const logs = startLogs({ level: settings.LEDGER_LOG_LEVEL, process: name });
  const store = await opening(patiently('the event log', seconds, () => openLog({ url: logUrl, prefix })), (it) => it.close());
  const carrier = await opening(patiently('the broker', seconds, () => openBroker({ url: brokerUrl, client: name, faults, crash, report: (trouble) => logs[trouble.severity === 'error' ? 'error' : 'warn'](trouble, 'trouble with the broker') })), (it) => it.close());
  await patiently('the event log', seconds, () => declareInstance(store, mode));
  const directory = resolve(data);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const engines = { store, publisher: carrier, consumer: carrier, deadLetters: carrier, databaseUrl: () => databaseUrl, ...(crash !== undefined && { crash }) };
  return patiently('the database of the service', seconds, () =>
    startProcess({ name, version: '0.1.0', settings, mode, issuer, services: [definition], topics: topics.map((topic) => topic.name), engines, environment, directory }),
  );
};
