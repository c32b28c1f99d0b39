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
 * move; so is one that keeps its messages otherwise, which may have lost some. What else differs is brought up to the declaration; what the operator has set besides stays.
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
    await bringUp(admin, topics.filter(({ name }) => known.has(name)));
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

/** Which messages a topic keeps: a person has to see what is missing already before it is changed. */
const keeping: readonly string[] = ['cleanup.policy', 'retention.bytes', 'retention.ms'];

type Differing = { readonly topic: string; readonly name: string; readonly is: string; readonly declared: string };

const bringUp = async (admin: Admin, topics: readonly DeclaredTopic[]): Promise<void> => {
  if (topics.length === 0) return;
  const wanted = new Map(topics.map(({ name, configs = topicConfigs(name) }) => [name, configs]));
  const differing = await differingFrom(admin, wanted);
  const refused = differing.filter(({ name }) => keeping.includes(name));
  if (refused.length > 0) throw new Error(refused.map(refusal).join('; '));
  const changed = [...new Set(differing.map(({ topic }) => topic))];
  if (changed.length === 0) return;
  // What is sent replaces all that a topic has of its own.
  const { resources } = await admin.describeConfigs({ resources: changed.map(ofTopic), includeSynonyms: false });
  const altered = resources.map(({ resourceName, configEntries }) => {
    const own = configEntries.filter(({ configSource }) => Number(configSource) === setOnTopic).map(({ configName, configValue }) => [configName, configValue] as const);
    return { ...ofTopic(resourceName), configEntries: Object.entries({ ...Object.fromEntries(own), ...wanted.get(resourceName) }).map(([name, value]) => ({ name, value })) };
  });
  await admin.alterConfigs({ validateOnly: false, resources: altered });
};

const differingFrom = async (admin: Admin, wanted: ReadonlyMap<string, Readonly<Record<string, string>>>): Promise<readonly Differing[]> => {
  const asked = [...wanted].map(([name, configs]) => ({ ...ofTopic(name), configNames: Object.keys(configs) }));
  const { resources } = await admin.describeConfigs({ resources: asked, includeSynonyms: false });
  return resources.flatMap(({ resourceName: topic, configEntries }) =>
    configEntries.flatMap(({ configName: name, configValue: is }) => {
      const declared = wanted.get(topic)?.[name];
      return declared === undefined || declared === is ? [] : [{ topic, name, is, declared }];
    }),
  );
};

const refusal = ({ topic, name, is, declared }: Differing): string =>
  `topic ${topic} has ${name} ${is}, and ${declared} is declared: messages may be gone already. See to them, then kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${declared}`;

const ofTopic = (name: string): { readonly type: number; readonly name: string } => ({ type: ConfigResourceTypes.TOPIC, name });

/** Where a config comes from, in the words of the protocol: from the topic itself, not from the broker. */
const setOnTopic = 1;

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
