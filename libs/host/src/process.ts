import type { CrashHook, Consumer, DeadLetters, Publisher } from '@program-ledger/messaging';
import type { EventStore, InstanceMode } from '@program-ledger/event-sourcing';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createApp, type HostApp } from './app.js';
import type { HostSettings } from './host-settings.js';
import { ProblemCatalogue } from './http/problem-catalogue.js';
import { listenerTls, type ListenerTls } from './http/tls.js';
import { completed, type ServiceDefinition } from './service/service-definition.js';
import { Services } from './service/services.js';
import { startService, type StartedService } from './service/start-service.js';
import { topicsOf } from './service/topics.js';
import { LedgerTransport } from './service/transport.js';
import { assertServiceSettings } from './service/service-settings.js';
import type { Environment } from './settings.js';
import { Health } from './telemetry/health.js';
import { LogLag } from './telemetry/log-lag.js';
import { startLogs } from './telemetry/logs.js';
import { Metrics } from './telemetry/metrics.js';
import { observe } from './telemetry/observed.js';
import { startTracing, type Tracing } from './telemetry/tracing.js';

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
  /** OpenID Connect issuer whose tokens are taken. */
  readonly issuer: string;
  readonly services: readonly ServiceDefinition[];
  /** Names of every topic there is, also of services in other processes; those of `services` alone unless given. */
  readonly topics?: readonly string[];
  readonly engines: Engines;
  /** Where the services find their own settings. */
  readonly environment: Environment;
  /** Holds a directory for each service. */
  readonly directory: string;
};

/** What the parts of a process share. */
export type Around = ProcessOptions & { readonly tls: ListenerTls | null; readonly logs: Logger; readonly tracing: Tracing; readonly metrics: Metrics; readonly health: Health; readonly logLag: LogLag };

export type RunningProcess = {
  readonly url: string;
  readonly app: HostApp;
  readonly health: Health;
  /** Rejects when something that runs by itself has ended by a defect: the process should end too. */
  readonly failed: Promise<never>;
  /** Takes nothing new, finishes what is under way within the deadline, ends everything that was started here. */
  readonly stop: () => Promise<void>;
};

/** Starts services in this process: their databases brought up to date, everything that runs by itself running, then the listener. */
export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  const around = await aroundOf({ ...options, services: options.services.map(completed) });
  const started = await startAll(around);
  const services = new Services();
  for (const { running } of started) services.add(running);
  const surroundings = { ...around, services, identity: identityOf(options), traffic: trafficOf(options.settings), catalogue: new ProblemCatalogue() };
  const app = await createApp(
    surroundings,
    started.map(({ module }) => module),
  );
  const ending = new AbortController();
  // Every loop of every service listens to it.
  setMaxListeners(0, ending.signal);
  const work = [around.logLag.watch(ending.signal), ...started.map((service) => service.run(ending.signal))];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopAll({ around, app, started, ending, work }));
  try {
    const url = await openUp(around, app, started);
    return { url, app, health: around.health, failed: firstFailure(work), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const aroundOf = async (options: ProcessOptions): Promise<Around> => {
  const { settings, name, services, environment, engines } = options;
  assertServiceSettings(services, environment);
  const tls = listenerTls(settings);
  const { LEDGER_OTLP_URL: otlpUrl, LEDGER_LOG_LEVEL: level, LEDGER_LAG_MAX: lagMessagesMax, LEDGER_LAG_SECONDS_MAX: lagSecondsMax } = settings;
  const tracing = await startTracing({ service: name, ...(otlpUrl !== undefined && { otlpUrl }) });
  const logLag = new LogLag(() => engines.store.head());
  return { ...options, tls, tracing, logs: startLogs({ level, process: name }), metrics: new Metrics(), health: new Health({ lagSecondsMax, lagMessagesMax }), logLag };
};

/** Messages first, then requests, then readiness. Answers where it listens. */
const openUp = async (around: Around, app: HostApp, started: readonly StartedService[]): Promise<string> => {
  const transport = transportOf(around);
  app.nest.connectMicroservice({ strategy: transport }, { inheritAppConfig: false });
  observe(around, started, transport);
  await app.nest.startAllMicroservices();
  await app.nest.listen(around.settings.LEDGER_PORT, around.settings.LEDGER_HOST);
  around.health.admit(true);
  const url = (await app.nest.getUrl()).replace('[::1]', 'localhost');
  return around.tls === null ? url : url.replace(/^http:/, 'https:');
};

/** All at once; when one cannot start, those that did are closed again. */
const startAll = async (around: Around): Promise<readonly StartedService[]> => {
  const settled = await Promise.allSettled(around.services.map((definition) => startService(definition, around)));
  const started = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
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

const transportOf = ({ services, topics = topicsOf(services).map(({ name }) => name), engines, tracing, metrics, logs }: Around): LedgerTransport =>
  new LedgerTransport({
    consumer: engines.consumer,
    topics,
    tracing,
    metrics,
    report: ({ kind, group, topic, attempt, error }) => logs[kind === 'retrying' ? 'warn' : 'error']({ err: error, kind, group, topic, attempt }, 'a message could not be handled'),
  });

const firstFailure = (work: readonly Promise<void>[]): Promise<never> => {
  const failed = new Promise<never>((_, reject) => {
    for (const piece of work) piece.catch(reject);
  });
  // Whoever runs the process looks at it; in a test nobody need.
  failed.catch(() => undefined);
  return failed;
};

type Ending = { readonly around: Around; readonly app: HostApp; readonly started: readonly StartedService[]; readonly ending: AbortController; readonly work: readonly Promise<void>[] };

/** From the outside in: requests, then messages, then what runs by itself, then the connections it ran on. */
const stopAll = async ({ around, app, started, ending, work }: Ending): Promise<void> => {
  const deadline = performance.now() + around.settings.LEDGER_DRAIN_SECONDS * 1000;
  const left = (): number => Math.max(0, deadline - performance.now());
  around.health.admit(false);
  app.traffic.drain();
  while (!app.traffic.idle && left() > 0) await sleep(10);
  await within(left(), app.nest.close());
  ending.abort();
  await within(left(), Promise.allSettled(work));
  await within(left() + 1_000, Promise.all(started.map((service) => service.close())));
  await within(1_000, around.tracing.stop());
};

/** What is not done in time is left: the log holds everything that was decided, and the next start goes on from there. */
const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  await Promise.race([work, sleep(milliseconds, undefined, { ref: false })]);
};
