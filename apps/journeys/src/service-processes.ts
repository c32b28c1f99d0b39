import { startEmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { ownDatabases, prepareEngines } from '@program-ledger/engines';
import { processEnvironment } from '@program-ledger/host';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, runChild, untilReady, type Child } from './child-process.js';
import { sealingSecret, temporaryDirectory, type PlatformProcess } from './platform-process.js';

export const serviceNames = ['applications', 'review', 'gpu-grants', 'funding', 'audit-ledger'] as const;
export type ServiceName = (typeof serviceNames)[number];

export type SplitAsked = {
  /** Instances of a service; one unless said. */
  readonly instances?: Partial<Readonly<Record<ServiceName, number>>>;
  /** A broker elsewhere; the PostgreSQL of the run when absent. */
  readonly brokerUrl?: string | undefined;
  /** A log elsewhere, with a prefix of this run's own; the PostgreSQL of the run when absent. */
  readonly logUrl?: string | undefined;
};

/** Each service in a process of its own, a gateway before them, the development issuer beside. */
export type SplitPlatform = PlatformProcess & {
  /** Ends one instance of a service as kill -9 would; it is started again. */
  readonly kill: (service: ServiceName) => void;
  /** Ends of processes that nobody asked for, in words. */
  readonly unasked: () => readonly string[];
  /** Resident memory of the processes of the services, in MB, each. */
  readonly memory: () => Readonly<Record<string, number>>;
};

/** What each project's `main.ts` was built to. */
const entryOf = (project: string): string => fileURLToPath(new URL('main.js', import.meta.resolve(`@program-ledger/${project}`)));

type Common = Readonly<Record<string, string | undefined>>;

/** As an operator would: databases and roles, then log and broker prepared, then the processes in any order. */
export const runSplit = async ({ instances = {}, brokerUrl, logUrl }: SplitAsked = {}): Promise<SplitPlatform> => {
  const directory = temporaryDirectory();
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres') });
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const databases = await ownDatabases(postgres.url, ['log', 'broker', ...serviceNames]);
    const engines = {
      LEDGER_LOG_URL: logUrl ?? databases.get('log'),
      ...(logUrl !== undefined && { LEDGER_LOG_PREFIX: `journey${Date.now().toString(36)}` }),
      LEDGER_BROKER_URL: brokerUrl ?? databases.get('broker'),
    };
    await prepareEngines(engines);
    const issuerPort = await freePort();
    const issuer = `http://127.0.0.1:${issuerPort}`;
    const common: Common = { PATH: processEnvironment()['PATH'], ...engines, LEDGER_ISSUER: issuer, LEDGER_DATA: join(directory, 'services'), LEDGER_LOG_LEVEL: 'warn', REVIEW_SEALING_SECRET: sealingSecret };
    children.push(runChild({ name: 'issuer', entry: entryOf('issuer'), environment: () => ({ ...common, LEDGER_DEVELOPMENT_ISSUER_PORT: String(issuerPort) }) }));
    const upstreams = new Map<ServiceName, readonly string[]>();
    for (const name of serviceNames) upstreams.set(name, await startInstances(name, instances[name] ?? 1, { ...common, LEDGER_DATABASE_URL: databases.get(name) }, children));
    const port = await freePort();
    const listed = [...upstreams].map(([name, origins]) => `${name}=${origins.join('|')}`).join(',');
    children.push(runChild({ name: 'gateway', entry: entryOf('gateway'), environment: () => ({ PATH: common['PATH'], LEDGER_PORT: String(port), GATEWAY_UPSTREAMS: listed, LEDGER_LOG_LEVEL: 'error' }) }));
    const api = `http://127.0.0.1:${port}`;
    await untilReady(api, children);
    return { addresses: { api, issuer }, restarts: () => children.reduce((sum, child) => sum + child.restarts(), 0), kill: (service) => children.find(({ name }) => name === service)?.kill(), unasked: () => children.flatMap((child) => child.unasked()), memory: () => memoryOf(children), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Answers where they listen. */
const startInstances = async (name: ServiceName, count: number, common: Common, children: Child[]): Promise<readonly string[]> => {
  const origins: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const port = await freePort();
    children.push(runChild({ name, entry: entryOf(name), environment: () => ({ ...common, LEDGER_PORT: String(port) }) }));
    origins.push(`http://127.0.0.1:${port}`);
  }
  return origins;
};

/** From /proc: nothing where there is none. */
const memoryOf = (children: readonly Child[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    children.flatMap((child, index) => {
      try {
        const status = readFileSync(`/proc/${child.pid()}/status`, 'utf8');
        return [[`${child.name}${children.findIndex(({ name }) => name === child.name) === index ? '' : ` (${index})`}`, Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024)]];
      } catch {
        return [];
      }
    }),
  );
