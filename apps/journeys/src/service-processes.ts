import { startEmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { ownDatabases, prepareEngines, serviceNodeFlags } from '@program-ledger/engines';
import { processEnvironment } from '@program-ledger/host';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, runChild, untilAtRest, untilReady, type Child } from './child-process.js';
import { endingWith } from './ending.js';
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

/** What an instance has done since its process began, as its own metrics count it. */
export type Work = { readonly requests: number; readonly messages: number };

/** One process of a service. */
export type Instance = {
  readonly service: ServiceName;
  /** `review`, or `review 2` for the second of several. */
  readonly name: string;
  readonly url: string;
  /** Since its process began, of which there may have been several. */
  readonly work: () => Promise<Work>;
  readonly restarts: () => number;
  /** Ends it as kill -9 would; it is started again. Answers whether there was something to kill. */
  readonly kill: () => boolean;
};

/** Each service in a process of its own, a gateway before them, the development issuer beside. */
export type SplitPlatform = PlatformProcess & {
  readonly instances: readonly Instance[];
  /** Kafka shares out the partitions of a group; the broker in PostgreSQL gives a group to one instance. */
  readonly sharesGroups: boolean;
  /** Ends of processes that nobody asked for, in words. */
  readonly unasked: () => readonly string[];
  /** Resident memory of the processes of the services, in MB, each. */
  readonly memory: () => Readonly<Record<string, number>>;
};

/** What each project's `main.ts` was built to. */
const entryOf = (project: string): string => fileURLToPath(new URL('main.js', import.meta.resolve(`@program-ledger/${project}`)));

const sharesGroups = (brokerUrl = ''): boolean => brokerUrl.startsWith('kafka');

type Common = Readonly<Record<string, string | undefined>>;

/** As an operator would: databases and roles, then log and broker prepared, then the processes in any order. */
export const runSplit = async ({ instances: asked = {}, brokerUrl, logUrl }: SplitAsked = {}): Promise<SplitPlatform> => {
  const directory = temporaryDirectory();
  const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres') });
  const children: Child[] = [];
  const stop = endingWith(async () => {
    await Promise.all(children.map((child) => child.stop()));
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  });
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
    const instances: Instance[] = [];
    for (const name of serviceNames) instances.push(...(await startInstances(name, asked[name] ?? 1, { ...common, LEDGER_DATABASE_URL: databases.get(name) }, children)));
    const port = await freePort();
    children.push(runChild({ name: 'gateway', entry: entryOf('gateway'), environment: () => ({ PATH: common['PATH'], LEDGER_PORT: String(port), GATEWAY_UPSTREAMS: upstreamsOf(instances), LEDGER_LOG_LEVEL: 'error' }) }));
    const api = `http://127.0.0.1:${port}`;
    const urls = instances.map(({ url }) => url);
    // The gateway is content with one instance of each service; a run of two is a run of two.
    for (const url of [...urls, api]) await untilReady(url, children);
    const restarts = (): number => children.reduce((sum, child) => sum + child.restarts(), 0);
    return { addresses: { api, issuer }, instances, sharesGroups: sharesGroups(engines.LEDGER_BROKER_URL), restarts, atRest: () => untilAtRest(urls), unasked: () => children.flatMap((child) => child.unasked()), memory: () => memoryOf(children), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const startInstances = async (service: ServiceName, count: number, common: Common, children: Child[]): Promise<readonly Instance[]> => {
  const instances: Instance[] = [];
  for (let number = 1; number <= count; number += 1) {
    const port = await freePort();
    const [name, url] = [number === 1 ? service : `${service} ${number}`, `http://127.0.0.1:${port}`];
    const child = runChild({ name, entry: entryOf(service), flags: serviceNodeFlags, environment: () => ({ ...common, LEDGER_PORT: String(port) }) });
    children.push(child);
    instances.push({ service, name, url, work: () => workAt(url), restarts: child.restarts, kill: child.kill });
  }
  return instances;
};

const upstreamsOf = (instances: readonly Instance[]): string =>
  serviceNames.map((name) => `${name}=${instances.flatMap(({ service, url }) => (service === name ? [url] : [])).join('|')}`).join(',');

const metricsMsMax = 10_000;

/** Requests of people through the gateway, and messages that its groups handled: probes and scrapes are neither. */
const workAt = async (url: string): Promise<Work> => {
  const lines = (await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(metricsMsMax) })).text()).split('\n');
  const sum = (counted: RegExp): number => lines.reduce((all, line) => all + Number(counted.exec(line)?.[1] ?? 0), 0);
  return { requests: sum(/^http_request_seconds_count\{(?!.*route="\/(?:health|metrics)).*\} (\d+)$/), messages: sum(/^reaction_seconds_count\{.*outcome="done".*\} (\d+)$/) };
};

/** From /proc: nothing where there is none. */
const memoryOf = (children: readonly Child[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    children.flatMap((child) => {
      try {
        const status = readFileSync(`/proc/${child.pid()}/status`, 'utf8');
        return [[child.name, Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024)]];
      } catch {
        return [];
      }
    }),
  );
