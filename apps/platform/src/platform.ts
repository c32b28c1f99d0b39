import { startEmbeddedPostgres, type EmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { crashHookOf, declareInstance, openBroker, openLog, ownDatabases, type Carrier } from '@program-ledger/engines';
import { type InstanceMode } from '@program-ledger/event-sourcing';
import { assertServiceSettings, processEnvironment, startDevelopmentIssuer, startProcess, topicsOf, type DevelopmentIssuer, type Engines, type Environment, type RunningProcess, type ServiceDefinition } from '@program-ledger/host';
import { createBrokerSchema, declareTopics, openPostgresBroker } from '@program-ledger/postgres-broker';
import { createEventStoreSchema } from '@program-ledger/postgres-event-store';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { PlatformSettings } from './platform-settings.js';
import { PlatformRefused } from './refused.js';
import { withMadeSecrets } from './secrets.js';
import { services as everyService } from './services.js';

/** The whole system in this process, with a PostgreSQL of its own beside it. */
export type Platform = {
  readonly url: string;
  readonly mode: InstanceMode;
  /** The development issuer, in rehearsals that name no other. */
  readonly issuerUrl: string | null;
  readonly issuer: DevelopmentIssuer | null;
  readonly process: RunningProcess;
  /** Rejects when something that runs by itself has ended by a defect. */
  readonly failed: Promise<never>;
  /** Drains, ends the services, stops the database. */
  readonly stop: () => Promise<void>;
};

export type PlatformOptions = {
  /** Told, in short sentences, what takes long. */
  readonly say?: (line: string) => void;
  /** Where services find their own settings. */
  readonly environment?: Environment;
  readonly services?: readonly ServiceDefinition[];
};

/** @throws PlatformRefused, EmbeddedPostgresRefused, SettingsInvalid for what can be expected to be in the way; nothing is left running. */
export const startPlatform = async (settings: PlatformSettings, { say = () => undefined, environment = processEnvironment(), services = everyService }: PlatformOptions = {}): Promise<Platform> => {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let next = opened.pop(); next !== undefined; next = opened.pop()) await next();
  };
  const opening = async <T>(made: Promise<T>, closing: (it: T) => Promise<unknown>): Promise<T> => {
    const it = await made;
    opened.push(() => closing(it));
    return it;
  };
  try {
    return await open({ settings, say, environment, services }, opening, close);
  } catch (error) {
    await close();
    throw error;
  }
};

type Opening = <T>(made: Promise<T>, closing: (it: T) => Promise<unknown>) => Promise<T>;
type Asked = Required<PlatformOptions> & { readonly settings: PlatformSettings };

const open = async ({ settings, say, environment, services }: Asked, opening: Opening, close: () => Promise<void>): Promise<Platform> => {
  const { LEDGER_MODE: mode } = settings;
  const data = resolve(settings.LEDGER_DATA);
  await assertFree(settings.LEDGER_HOST, settings.LEDGER_PORT);
  if (settings.LEDGER_ISSUER === undefined) await assertFree(loopback, settings.LEDGER_DEVELOPMENT_ISSUER_PORT);
  if (mode === 'rehearsal') makeDirectory(data);
  const complete = mode === 'rehearsal' ? withMadeSecrets(environment, services, join(data, 'secrets')) : environment;
  assertServiceSettings(services, complete);
  makeDirectory(data);
  say(`starting the database in ${data}`);
  const postgres = await opening(startEmbeddedPostgres({ directory: join(data, 'postgres'), onProgress: say }), (it) => it.stop());
  const engines = await openEngines({ postgres, services, settings }, opening);
  await declareInstance(engines.store, mode);
  const issuer = await startIssuer(settings, data, opening);
  say('starting the services');
  const process = await startProcess({
    name: 'platform',
    version: '0.1.0',
    settings,
    mode,
    issuer: settings.LEDGER_ISSUER ?? issuer?.url ?? '',
    services,
    engines,
    environment: complete,
    directory: join(data, 'services'),
  });
  const stop = async (): Promise<void> => {
    await process.stop();
    await close();
  };
  return { url: process.url, mode, issuerUrl: issuer?.url ?? null, issuer, process, failed: process.failed, stop };
};

const startIssuer = async ({ LEDGER_ISSUER, LEDGER_MODE: mode, LEDGER_AUDIENCE: audience, LEDGER_DEVELOPMENT_ISSUER_PORT: port }: PlatformSettings, data: string, opening: Opening) => {
  if (LEDGER_ISSUER !== undefined) return null;
  return opening(startDevelopmentIssuer({ mode, directory: join(data, 'identity'), port, audience }), (issuer) => issuer.close());
};

type EnginesAsked = { readonly postgres: EmbeddedPostgres; readonly services: readonly ServiceDefinition[]; readonly settings: PlatformSettings };

/** One database for each service, and one each for the log and the broker that are not elsewhere; their schemas made when they are new. */
const openEngines = async ({ postgres, services, settings }: EnginesAsked, opening: Opening): Promise<Engines> => {
  const urls = await ownDatabases(postgres.url, ['log', 'broker', ...services.map(({ name }) => name)]);
  const databaseUrl = (owner: string): string => {
    const url = urls.get(owner);
    if (url === undefined) throw new Error(`${owner} has no database`);
    return url;
  };
  const { LEDGER_LOG_URL: log, LEDGER_LOG_PREFIX: prefix, LEDGER_FAULTS: faults } = settings;
  if (log === undefined) await createEventStoreSchema(databaseUrl('log'));
  const store = await opening(openLog({ url: log ?? databaseUrl('log'), prefix }), (it) => it.close());
  const carrier = await opening(brokerOf(settings, databaseUrl('broker'), services), (it) => it.close());
  const crash = crashHookOf(faults);
  return { store, publisher: carrier, consumer: carrier, deadLetters: carrier, databaseUrl, ...(crash !== undefined && { crash }) };
};

/** The one that is named, with the topics that its operator has declared; else the platform's own, which nobody shares. */
const brokerOf = async ({ LEDGER_BROKER_URL: named, LEDGER_FAULTS: faults }: PlatformSettings, own: string, services: readonly ServiceDefinition[]): Promise<Carrier> => {
  const crash = crashHookOf(faults);
  if (named !== undefined) return openBroker({ url: named, client: 'platform', faults, crash });
  await createBrokerSchema(own);
  await declareTopics(own, topicsOf(services));
  const { crash: _, ...nastiness } = faults ?? {};
  return openPostgresBroker({ url: own, ...('seed' in nastiness && { faults: nastiness }), ...(crash !== undefined && { crash }) });
};

const loopback = '127.0.0.1';

/** Traversable: as root, the account of the database has to pass through it. @throws PlatformRefused when it cannot be made. */
const makeDirectory = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new PlatformRefused(`The directory ${directory} cannot be made (${codeOf(cause)}): choose another with --data.`, { cause });
  }
};

/** @throws PlatformRefused when nobody can listen there; asked before anything is started. */
const assertFree = (host: string, port: number): Promise<void> =>
  new Promise((resolvePort, reject) => {
    if (port === 0) return resolvePort();
    const server = createServer();
    server.once('error', (cause) => {
      const sentence = codeOf(cause) === 'EADDRINUSE' ? 'is in use: stop what listens there' : `cannot be listened on (${codeOf(cause)})`;
      reject(new PlatformRefused(`Port ${port} on ${host} ${sentence}, or choose another with --port or --issuer-port.`, { cause }));
    });
    server.listen(port, host, () => server.close(() => resolvePort()));
  });

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));
