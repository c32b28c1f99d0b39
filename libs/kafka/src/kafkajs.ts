/**
 * The one door to kafkajs. Its `Producer` and `Admin` are used as they are; of its consumer only the protocol layer below it (`Cluster`,
 * `Broker`, `Batch`), which is private: so the version is pinned, and checked here before anything is used.
 */
import kafkajs, { type AclEntry, type Admin, type ISocketFactory, type KafkaConfig, type Message, type Producer, type SASLOptions, type TopicMessages } from 'kafkajs';
import { createRequire } from 'node:module';
import { calmed, type RequestQueuePrototype } from './request-queue.js';

// Not by name: Node finds only some of the names of this CommonJS module.
export const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, AssignerProtocol, ConfigResourceTypes, Kafka, Partitioners, logLevel, ResourcePatternTypes } = kafkajs;
export type { AclEntry, Admin, ISocketFactory, KafkaConfig, Message, Producer, SASLOptions, TopicMessages };

export const kafkajsVersion = '2.2.4';

export type RawHeaders = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
export type RawRecord = { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: RawHeaders; readonly offset: string };

/** A partition's part of a fetch: without control records, and without those below the offset that was asked for. */
export type RawBatch = {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly RawRecord[];
  lastOffset(): string;
  isEmptyIncludingFiltered(): boolean;
};

export type TopicPartitions<T> = { readonly topic: string; readonly partitions: readonly T[] };
type FetchedPartition = { readonly partition: number };
type JoinedGroup = {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
};

type JoinRequest = {
  readonly groupId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly memberId: string;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
};

/** A server, spoken to request by request. */
export type RawBroker = {
  lookupRequest(apiKey: number, definition: unknown): (request: object) => unknown;
  readonly connectionPool: { send(request: unknown): Promise<unknown> };
  fetch(request: {
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: number;
    readonly topics: readonly TopicPartitions<{ readonly partition: number; readonly fetchOffset: string; readonly maxBytes: number }>[];
  }): Promise<{ readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[] }>;
  metadata(topics: readonly string[]): Promise<Metadata>;
  syncGroup(request: {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: { readonly groupId: string; readonly groupGenerationId: number; readonly memberId: string }): Promise<unknown>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly TopicPartitions<{ readonly partition: number; readonly offset: string; readonly metadata: null }>[];
  }): Promise<unknown>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly TopicPartitions<{ readonly partition: number }>[];
  }): Promise<{ readonly responses: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[] }>;
};

export type Metadata = {
  readonly topicMetadata: readonly { readonly topic: string; readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[] }[];
};

export type ApiVersions = Readonly<Record<string, { readonly minVersion: number; readonly maxVersion: number } | undefined>>;

export type RawCluster = {
  readonly brokerPool: { readonly versions: ApiVersions | null; readonly metadata: Metadata | null };
  readonly targetTopics: Set<string>;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>;
  findBroker(node: { readonly nodeId: string }): Promise<RawBroker>;
  findGroupCoordinator(group: { readonly groupId: string }): Promise<RawBroker>;
  fetchTopicsOffset(
    topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number }[]; readonly fromBeginning: boolean }[],
  ): Promise<readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[]>;
};

export type ClusterOptions = KafkaConfig & {
  readonly logger: unknown;
  readonly allowAutoTopicCreation: boolean;
  readonly maxInFlightRequests: number | null;
  readonly metadataMaxAge: number;
  readonly isolationLevel: number;
};

type Private = {
  readonly Cluster: new (options: ClusterOptions) => RawCluster;
  readonly Batch: new (topic: string, fetchedOffset: string, fetched: FetchedPartition) => RawBatch;
  readonly createLogger: (options: { readonly level: number; readonly logCreator: unknown }) => unknown;
  readonly joinGroup: { readonly apiKey: number; readonly definition: unknown };
  /** What kafkajs speaks: the versions of each request that it implements. */
  readonly spoken: Readonly<Record<string, { readonly apiKey: number; readonly versions: readonly number[] }>>;
};

const required = createRequire(import.meta.url);

const load = (): Private => {
  const { version } = required('kafkajs/package.json') as { readonly version: string };
  if (version !== kafkajsVersion) throw new Error(`kafkajs ${version} is installed; this code knows the inside of ${kafkajsVersion} only`);
  calmed((required('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: RequestQueuePrototype }).prototype);
  const { requests } = required('kafkajs/src/protocol/requests/index.js') as { readonly requests: Readonly<Record<string, { readonly versions: readonly (string | number)[] }>> };
  const apiKeys = required('kafkajs/src/protocol/requests/apiKeys.js') as Readonly<Record<string, number>>;
  return {
    Cluster: required('kafkajs/src/cluster/index.js') as Private['Cluster'],
    Batch: required('kafkajs/src/consumer/batch.js') as Private['Batch'],
    createLogger: (required('kafkajs/src/loggers/index.js') as { readonly createLogger: Private['createLogger'] }).createLogger,
    joinGroup: { apiKey: apiKeys['JoinGroup'] ?? -1, definition: requests['JoinGroup'] },
    spoken: Object.fromEntries(Object.entries(requests).map(([name, { versions }]) => [name, { apiKey: apiKeys[name] ?? -1, versions: versions.map(Number) }])),
  };
};

export const inside: Private = load();

/**
 * kafkajs's own `joinGroup` keeps the name to itself that a broker gives a new member before the others have come: who stops meanwhile could
 * not leave, and the others would wait for it. So it is told of the name first.
 */
export const joinGroup = async (broker: RawBroker, request: JoinRequest, named: (memberId: string) => void): Promise<JoinedGroup> => {
  const { apiKey, definition } = inside.joinGroup;
  const send = (memberId: string) => broker.connectionPool.send(broker.lookupRequest(apiKey, definition)({ protocolType: 'consumer', ...request, memberId })) as Promise<JoinedGroup>;
  const joined = await send(request.memberId).catch((error: Error & { readonly memberId?: string }) => {
    if (error.name !== 'KafkaJSMemberIdRequired' || error.memberId === undefined) throw error;
    named(error.memberId);
    return send(error.memberId);
  });
  named(joined.memberId);
  return joined;
};
