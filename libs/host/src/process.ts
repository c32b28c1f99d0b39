import type { CrashHook, Consumer, DeadLetters, Publisher } from '@program-ledger/messaging';
import { Commands, type EventStore, type InstanceMode } from '@program-ledger/event-sourcing';
import type { AddressInfo } from 'node:net';
import { createApp, type HostApp } from './app.js';
import type { HostSettings } from './host-settings.js';
import { ProblemCatalogue } from './http/problem-catalogue.js';
import type { ServiceDefinition } from './service/service-definition.js';
import { Services } from './service/services.js';
import { startService, type StartedService } from './service/start-service.js';
import { topicsOf } from './service/topics.js';
import { AsThrown, LedgerTransport } from './service/transport.js';
import type { Environment } from './settings.js';
import { Health } from './telemetry/health.js';
import { startLogs } from './telemetry/logs.js';
import { Metrics } from './telemetry/metrics.js';
import { startTracing } from './telemetry/tracing.js';

/** What the services of a process stand on; made and closed by whoever starts it. */
export type Engines = {
  readonly store: EventStore;
  readonly publisher: Publisher;
  readonly consumer: Consumer;
  readonly deadLetters: DeadLetters;
  /** Connection of each service to the database that is its own. */
  readonly databaseUrl: (service: string) => string;
  readonly crash?: CrashHook;
};

export type ProcessOptions = {
  readonly name: string;
  readonly version: string;
  readonly settings: HostSettings;
  readonly mode: InstanceMode;
  readonly issuer: string;
  readonly services: readonly ServiceDefinition[];
  readonly engines: Engines;
  /** Where the services find their own settings. */
  readonly environment: Environment;
  /** Holds a directory for each service. */
  readonly directory: string;
};

export type RunningProcess = {
  readonly url: string;
  readonly app: HostApp;
  readonly health: Health;
  /** Takes nothing new, finishes what is under way within the deadline, ends everything that was started here. */
  readonly stop: () => Promise<void>;
};

/** Starts services in this process: their databases brought up to date, everything that runs by itself running, then the listener. */
export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  const { settings, engines } = options;
  const logs = startLogs({ level: settings.LEDGER_LOG_LEVEL, process: options.name });
  const tracing = await startTracing({ service: options.name, ...(settings.LEDGER_OTLP_URL !== undefined && { otlpUrl: settings.LEDGER_OTLP_URL }) });
  const around = { ...options, logs, tracing, metrics: new Metrics(), health: new Health(settings.LEDGER_LAG_MAX) };
  const started = await startAll(around);
  const services = new Services();
  for (const { running } of started) services.add(running);
  const app = await createApp({ ...around, services, identity: identityOf(options), traffic: trafficOf(settings), catalogue: new ProblemCatalogue() }, started.map(({ module }) => module));
  const transport = new LedgerTransport({ consumer: engines.consumer, topics: topicsOf(options.services).map(({ name }) => name), ...around, report: reporting(logs) });
  app.nest.connectMicroservice({ strategy: transport }, { inheritAppConfig: false }).useGlobalFilters(new AsThrown());
  const ending = new AbortController();
  const work = started.map((service) => service.run(ending.signal));
  observeLags(around, started, transport);
  await app.nest.startAllMicroservices();
  await app.nest.listen(settings.LEDGER_PORT, settings.LEDGER_HOST);
  around.health.admit(true);
  const stop = once(() => stopAll({ ...around, app, started, ending, work }));
  return { url: urlOf(app, settings), app, health: around.health, failed: firstFailure(work), stop };
};

type Around = ProcessOptions & { readonly logs: Logger; readonly tracing: Tracing; readonly metrics: Metrics; readonly health: Health };

/** All at once; when one cannot start, those that did are closed again. */
const startAll = async (around: Around): Promise<readonly StartedService[]> => {
  const settled = await Promise.allSettled(around.services.map((definition) => startService(definition, around)));
  const failed = settled.find((result) => result.status === 'rejected');
  const started = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (failed === undefined) return started;
  await Promise.all(started.map((service) => service.close()));
  throw failed.reason;
};

const identityOf = ({ issuer, settings }: ProcessOptions) => ({
  issuer,
  audience: settings.LEDGER_AUDIENCE,
  clockToleranceSeconds: settings.LEDGER_CLOCK_TOLERANCE_SECONDS,
  ...(settings.LEDGER_JWKS_URL !== undefined && { jwksUrl: settings.LEDGER_JWKS_URL }),
});

const trafficOf = (settings: HostSettings) => ({ inFlightCommandsMax: settings.LEDGER_COMMANDS_IN_FLIGHT_MAX, requestsPerSecondMax: settings.LEDGER_REQUESTS_PER_SECOND_MAX });
