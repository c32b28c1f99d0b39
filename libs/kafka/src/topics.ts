import { pause, type Topic } from '@program-ledger/messaging';
import { clientOf } from './client.js';
import { failure } from './failures.js';
import { Kafka, type Admin } from './kafkajs.js';
import { kafkaLimits, type KafkaConnection } from './options.js';

export type DeclaredTopic = Topic & {
  /** By Kafka's names, for a topic that is made now; kept for ever when absent. */
  readonly configs?: Readonly<Record<string, string>>;
};

export type Declaring = KafkaConnection & { /** Copies of each partition; the brokers' default when absent. */ readonly replicas?: number };

const declareMsMax = 30_000;

/** Neither messages nor letters go by age: what was not handled yet would be lost without a word. */
const keptForEver = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' } as const;

/**
 * The operator's act: makes the topics that are missing, and waits until every one can be used. One that exists with another number of partitions is refused: keys would move.
 * @throws BrokerUnavailable, BrokerAccessDenied
 */
export const declareTopics = async ({ replicas, ...connection }: Declaring, topics: readonly DeclaredTopic[]): Promise<void> => {
  const { config, sockets } = clientOf({ ...connection, clientId: 'declare-topics', limits: kafkaLimits, report: () => undefined });
  const admin = new Kafka(config).admin();
  try {
    await admin.connect();
    const known = await partitionsBy(admin);
    for (const { name, partitions } of topics)
      if ((known.get(name) ?? partitions) !== partitions) throw new Error(`topic ${name} has ${known.get(name)} partitions, not ${partitions}: changing them would move keys`);
    const missing = topics.filter(({ name }) => !known.has(name));
    if (missing.length > 0) await create(admin, missing, replicas ?? -1);
    await visible(admin, topics);
  } catch (error) {
    throw error instanceof Error && !error.name.startsWith('KafkaJS') && error.name !== 'AggregateError' ? error : failure(error);
  } finally {
    sockets.destroy();
    await admin.disconnect().catch(() => undefined);
  }
};

const create = async (admin: Admin, topics: readonly DeclaredTopic[], replicas: number): Promise<void> => {
  await admin.createTopics({
    waitForLeaders: false,
    timeout: declareMsMax,
    topics: topics.map(({ name, partitions, configs = keptForEver }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: Object.entries(configs).map(([entry, value]) => ({ name: entry, value })),
    })),
  });
};

/** Its leader is named before it leads. */
const led = async (admin: Admin, topics: readonly Topic[]): Promise<boolean> => {
  try {
    await Promise.all(topics.map(({ name }) => admin.fetchTopicOffsets(name)));
    return true;
  } catch {
    return false;
  }
};

const partitionsBy = async (admin: Admin): Promise<ReadonlyMap<string, number>> => {
  const { topics } = await admin.fetchTopicMetadata();
  return new Map(topics.map(({ name, partitions }) => [name, partitions.filter(({ leader }) => leader >= 0).length]));
};

/** A topic is made by the controller; the broker that is asked next may not have heard. */
const visible = async (admin: Admin, topics: readonly Topic[]): Promise<void> => {
  for (const until = Date.now() + declareMsMax; ; await pause(50)) {
    const known = await partitionsBy(admin).catch(() => new Map<string, number>());
    if (topics.every(({ name, partitions }) => known.get(name) === partitions) && (await led(admin, topics))) return;
    if (Date.now() > until) throw new Error(`topics were made and are not there after ${declareMsMax} ms`);
  }
};
