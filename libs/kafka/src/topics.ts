import { isDeadLetterTopic, pause, type Topic } from '@program-ledger/messaging';
import { clientOf } from './client.js';
import { failure } from './failures.js';
import { ConfigResourceTypes, Kafka, type Admin } from './kafkajs.js';
import { Link } from './link.js';
import { kafkaLimits, topicLimits, type KafkaConnection } from './options.js';
import { operating } from './spoken.js';

export type DeclaredTopic = Topic & {
  /** By Kafka's names; those of `topicConfigs` when absent. */
  readonly configs?: Readonly<Record<string, string>>;
};

export type Declaring = KafkaConnection & { /** Copies of each partition; the brokers' default when absent. */ readonly replicas?: number };

const declareMsMax = 30_000;

/**
 * What is declared of a topic. Nothing is ever deleted by age or size: a group that is new begins with the oldest message, and one that
 * stood still for months has lost none. The broker takes compression off, since kafkajs cannot read all kinds of it. Letters may be larger than what they are of.
 */
export const topicConfigs = (name: string): Readonly<Record<string, string>> => ({
  'cleanup.policy': 'delete',
  'compression.type': 'uncompressed',
  'max.message.bytes': String(topicLimits.recordBytesMax + (isDeadLetterTopic(name) ? topicLimits.letterHeadroomBytes : 0)),
  'retention.bytes': '-1',
  'retention.ms': '-1',
  'unclean.leader.election.enable': 'false',
});

/**
 * The operator's act: makes the topics that are missing, and waits until every one can be used. One that exists with another number of partitions is refused: keys would
 * move; so is one with other configs, which would lose or refuse what must be kept.
 * @throws BrokerUnavailable, BrokerAccessDenied
 */
export const declareTopics = async ({ replicas, ...connection }: Declaring, topics: readonly DeclaredTopic[]): Promise<void> => {
  const around = { ...connection, clientId: 'declare-topics', limits: kafkaLimits, report: () => undefined };
  const { config, sockets } = clientOf(around);
  const admin = new Kafka(config).admin();
  try {
    await (await Link.open(around, operating)).close();
    await admin.connect();
    const known = await partitionsBy(admin);
    for (const { name, partitions } of topics)
      if ((known.get(name) ?? partitions) !== partitions) throw new Error(`topic ${name} has ${known.get(name)} partitions, not ${partitions}: changing them would move keys`);
    await assertAsDeclared(admin, topics.filter(({ name }) => known.has(name)));
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
    topics: topics.map(({ name, partitions, configs = topicConfigs(name) }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: Object.entries(configs).map(([entry, value]) => ({ name: entry, value })),
    })),
  });
};

const assertAsDeclared = async (admin: Admin, topics: readonly DeclaredTopic[]): Promise<void> => {
  if (topics.length === 0) return;
  const wanted = new Map(topics.map(({ name, configs = topicConfigs(name) }) => [name, configs]));
  const asked = [...wanted].map(([name, configs]) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: Object.keys(configs) }));
  const { resources } = await admin.describeConfigs({ resources: asked, includeSynonyms: false });
  const differing = resources.flatMap(({ resourceName, configEntries }) =>
    configEntries.flatMap(({ configName, configValue }) => {
      const declared = wanted.get(resourceName)?.[configName];
      return declared === undefined || declared === configValue ? [] : [`topic ${resourceName} has ${configName} ${configValue}, and ${declared} is declared`];
    }),
  );
  if (differing.length > 0) throw new Error(`${differing.join('; ')}: change it with the broker's own tool, or declare it as it is`);
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
  for (const until = performance.now() + declareMsMax; ; await pause(50)) {
    const known = await partitionsBy(admin).catch(() => new Map<string, number>());
    if (topics.every(({ name, partitions }) => known.get(name) === partitions) && (await led(admin, topics))) return;
    if (performance.now() > until) throw new Error(`topics were made and are not there after ${declareMsMax} ms`);
  }
};
