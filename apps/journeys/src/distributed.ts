import { processEnvironment } from '@program-ledger/host';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endingWith } from './ending.js';
import { killing, killsOf, oneOfEachPair, type PlannedKill } from './kills.js';
import { concluded, differences, outcomeOf, print, type Outcome } from './outcome.js';
import { runPlatform, temporaryDirectory } from './platform-process.js';
import { runSplit, serviceNames, type SplitAsked, type SplitPlatform, type Work } from './service-processes.js';
import type { Story } from './story.js';
import { stories } from './stories/index-of-stories.js';

type Broker = { readonly name: string; readonly url: string | undefined; readonly stop: () => Promise<void> };

/** A real Kafka where this machine can run one; else the PostgreSQL of each run, and it says so. */
const brokerOf = async (wanted: string | undefined): Promise<Broker> => {
  const postgres = { name: 'the broker in PostgreSQL', url: undefined, stop: () => Promise.resolve() };
  if (wanted === 'postgres') return postgres;
  const { startKafka, EmbeddedKafkaRefused } = await import('@program-ledger/embedded-kafka');
  const directory = temporaryDirectory();
  try {
    const kafka = await startKafka({ directory: join(directory, 'kafka'), onProgress: print });
    const stop = endingWith(async () => {
      await kafka.stop();
      rmSync(directory, { recursive: true, force: true });
    });
    return { name: 'Kafka', url: `kafka://${kafka.brokers.join(',')}`, stop };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    if (wanted === 'kafka' || !(error instanceof EmbeddedKafkaRefused)) throw error;
    print(`\nKAFKA DID NOT RUN: ${error.message}\nThe stories play over ${postgres.name} instead, which proves nothing about Kafka.`);
    return postgres;
  }
};

type Way = { readonly how: string; readonly split: SplitAsked; readonly kills: readonly PlannedKill[] };

const pairs = ['review', 'funding'] as const;

/** How the services run apart, each of which must end as the embedded platform does. */
const waysOf = (seed: number): readonly Way[] => [
  { how: 'five processes', split: {}, kills: [] },
  { how: 'five services, two instances of review and of funding, one of each killed once', split: { instances: { review: 2, funding: 2 } }, kills: killsOf(seed, oneOfEachPair(seed, pairs)) },
  { how: 'five processes, each killed once at a seeded moment', split: {}, kills: killsOf(seed, serviceNames) },
];

export type DistributedOptions = { readonly seed: number; readonly broker?: string | undefined };

/** `npm run journeys -- distributed`: each story embedded, then on services that run apart. Answers the exit code. */
export const distributed = async (names: readonly string[], { seed, broker }: DistributedOptions): Promise<number> => {
  const failures: string[] = [];
  for (const name of names) {
    const story = stories[name]!;
    const embedded = await outcomeOf(story, { how: 'every service in one process', start: () => runPlatform() });
    failures.push(...embedded.faults.map((fault) => `${name}: ${fault}`));
    for (const way of waysOf(seed)) failures.push(...(await apart(story, { way, embedded, broker })));
  }
  return concluded(failures);
};

/** Of the services, without gateway and issuer; in all, and each. */
const memoryIn = (platform: SplitPlatform): string => {
  const services = Object.entries(platform.memory()).filter(([name]) => serviceNames.some((service) => name.startsWith(service)));
  return `${services.reduce((sum, [, megabytes]) => sum + megabytes, 0)} (${services.map(([name, megabytes]) => `${name} ${megabytes}`).join(', ')})`;
};

const workIn = (work: ReadonlyMap<string, Work>): string => [...work].map(([name, { requests, messages }]) => `${name} ${requests} and ${messages}`).join(', ');

type Apart = { readonly way: Way; readonly embedded: Outcome; readonly broker: string | undefined };

/** On a broker of its own: topics and groups bear no name of a run. On the log that `EVENTSTOREDB_URL` names, when it names one. */
const apart = async (story: Story, { way, embedded, broker: wanted }: Apart): Promise<readonly string[]> => {
  const broker = await brokerOf(wanted);
  const logUrl = processEnvironment()['EVENTSTOREDB_URL'] || undefined;
  const how = `${way.how}, over ${broker.name}, the log in ${logUrl === undefined ? 'PostgreSQL' : 'EventStoreDB'}`;
  try {
    let platform: SplitPlatform | undefined;
    const start = async (): Promise<SplitPlatform> => {
      platform = await runSplit({ ...way.split, brokerUrl: broker.url, logUrl });
      print(`  resident when ready, in MB: ${memoryIn(platform)}`);
      return platform;
    };
    const { during, judged } = killing(way.kills);
    const after = async (split: SplitPlatform): Promise<readonly string[]> => {
      const { work, faults } = await judged(split);
      print(`  requests and messages: ${workIn(work)}`);
      return faults;
    };
    const outcome = await outcomeOf(story, { how, start, during, after });
    return [...differences(embedded, outcome), ...(platform?.unasked() ?? [])].map((difference) => `${story.name}, ${how}: ${difference}`);
  } finally {
    await broker.stop();
  }
};
