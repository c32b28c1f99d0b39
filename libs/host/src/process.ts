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
