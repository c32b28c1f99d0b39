import { UnknownTopic } from '@program-ledger/messaging';
import { clientOf, type Surroundings } from './client.js';
import { mapped, typeOf } from './failures.js';
import { inside, type RawBatch, type RawBroker, type RawCluster, type RawRecord, type TopicPartitions } from './kafkajs.js';
import type { Sockets } from './sockets.js';
import { assertSpoken, using } from './spoken.js';

export type Place = { readonly topic: string; readonly partition: number };
export type PlaceOffset = Place & { readonly offset: bigint };
/** A part of a partition's log, and where it ends for now. */
export type Fetched = Place & { readonly records: readonly RawRecord[]; readonly next: bigint; readonly head: bigint };

const readCommitted = 1;
const metadataMaxAgeMs = 300_000;

/** One client's connections to the cluster, request by request. Whatever it throws, the caller drops it and makes another. */
export class Link {
  private constructor(
    private readonly cluster: RawCluster,
    private readonly sockets: Sockets,
    private readonly around: Surroundings,
  ) {}

  /** @throws BrokerUnavailable, BrokerAccessDenied, UnsupportedBroker */
  static async open(around: Surroundings, requests: readonly string[] = using): Promise<Link> {
    const { config, sockets } = clientOf(around);
    const logger = inside.createLogger({ level: config.logLevel ?? 0, logCreator: config.logCreator });
    const cluster = new inside.Cluster({
      ...config,
      logger,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      metadataMaxAge: metadataMaxAgeMs,
      isolationLevel: readCommitted,
    });
    const link = new Link(cluster, sockets, around);
    try {
      await mapped(cluster.connect());
      assertSpoken(cluster.brokerPool.versions ?? {}, requests);
      return link;
    } catch (error) {
      link.destroy();
      throw error;
    }
  }

  /** @throws UnknownTopic */
  async learn(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      try {
        await this.cluster.addMultipleTargetTopics([topic]);
      } catch (error) {
        if (['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'].includes(typeOf(error))) throw new UnknownTopic(topic);
        throw error;
      }
    }
  }

  /** How many partitions a topic has. @throws UnknownTopic */
  async partitionsOf(topic: string): Promise<number> {
    await mapped(this.learn([topic]));
    const { length } = this.cluster.findTopicPartitionMetadata(topic);
    if (length === 0) throw new UnknownTopic(topic);
    return length;
  }

  /** Of topics that were learned. */
  placesOf(topics: readonly string[]): readonly Place[] {
    return topics.flatMap((topic) => this.cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ topic, partition: partitionId })));
  }

  /** Every topic that this principal may see. */
  async topics(): Promise<readonly string[]> {
    const { leader = 0 } = this.cluster.brokerPool.metadata?.topicMetadata[0]?.partitionMetadata[0] ?? {};
    if (this.cluster.brokerPool.metadata === null) await mapped(this.cluster.refreshMetadata());
    const nodes = Object.keys((this.cluster.brokerPool as unknown as { readonly brokers: object }).brokers);
    const broker = await mapped(this.cluster.findBroker({ nodeId: nodes[0] ?? String(leader) }));
    const { topicMetadata } = await mapped(broker.metadata([]));
    return topicMetadata.map(({ topic }) => topic);
  }

  /** The broker that each partition is read from. */
  leaders(places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
    const byNode = new Map<string, Place[]>();
    for (const place of places) {
      const [node = ''] = Object.keys(this.cluster.findLeaderForPartitions(place.topic, [place.partition]));
      byNode.set(node, [...(byNode.get(node) ?? []), place]);
    }
    return byNode;
  }

  /** `bytesMax` of each partition; one batch comes in any case. */
  async fetch(nodeId: string, from: readonly PlaceOffset[], { waitMs, bytesMax }: { readonly waitMs: number; readonly bytesMax?: number }): Promise<readonly Fetched[]> {
    const { fetchBytesMax, fetchBytesPerPartitionMax } = this.around.limits;
    const broker = await this.cluster.findBroker({ nodeId });
    const asked = new Map(from.map((each) => [placeName(each), each]));
    const { responses } = await broker.fetch({
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes: fetchBytesMax,
      isolationLevel: readCommitted,
      topics: byTopic(from, ({ partition, offset }) => ({ partition, fetchOffset: String(offset), maxBytes: bytesMax ?? fetchBytesPerPartitionMax })),
    });
    return responses.flatMap(({ topicName: topic, partitions }) =>
      partitions.map((fetched) => {
        const offset = asked.get(placeName({ topic, partition: fetched.partition }))?.offset ?? 0n;
        return partOf(new inside.Batch(topic, String(offset), fetched), offset);
      }),
    );
  }

  /** The records of one partition from an offset up to another (exclusive), until `each` answers false. */
  async read(place: Place, range: { readonly from: bigint; readonly to: bigint }, each: (record: RawRecord) => boolean | void): Promise<void> {
    const [nodeId = ''] = this.leaders([place]).keys();
    for (let offset = range.from; offset < range.to; ) {
      const [part] = await this.fetch(nodeId, [{ ...place, offset }], { waitMs: this.around.limits.fetchWaitMs });
      if (part === undefined) continue;
      for (const record of part.records) if (BigInt(record.offset) >= range.to || each(record) === false) return;
      if (part.next <= offset && part.head < range.to) throw new CutShort(place, range.to, part.head);
      offset = part.next;
    }
  }

  /** The oldest offset of each partition, or the next one to be written. */
  async ends(places: readonly Place[], end: 'oldest' | 'next'): Promise<Offsets> {
    if (places.length === 0) return new Map();
    const topics = byTopic(places, ({ partition }) => ({ partition })).map((each) => ({ ...each, fromBeginning: end === 'oldest' }));
    return offsetsOf(await this.cluster.fetchTopicsOffset(topics));
  }

  coordinator(groupId: string): Promise<RawBroker> {
    return this.cluster.findGroupCoordinator({ groupId });
  }

  /** Where a group stands; partitions where it never stood are missing. */
  async committed(groupId: string, places: readonly Place[]): Promise<Offsets> {
    if (places.length === 0) return new Map();
    const coordinator = await this.coordinator(groupId);
    const { responses } = await coordinator.offsetFetch({ groupId, topics: byTopic(places, ({ partition }) => ({ partition })) });
    return new Map([...offsetsOf(responses)].filter(([, offset]) => offset >= 0n));
  }

  /** In order; waits for nothing long. */
  async close(): Promise<void> {
    this.sockets.destroy();
    await this.cluster.disconnect().catch(() => undefined);
  }

  destroy(): void {
    this.sockets.destroy();
    this.cluster.disconnect().catch(() => undefined);
  }
}

/** The log was cut meanwhile, by a leader that had less of it: what was to be read is no more. */
class CutShort extends Error {
  override readonly name = 'CutShort';
  constructor(place: Place, wanted: bigint, end: bigint) {
    super(`${placeName(place)} was to be read up to ${wanted} and ends at ${end}`);
  }
}

export type Offsets = ReadonlyMap<string, bigint>;

export const placeName = ({ topic, partition }: Place): string => `${topic}/${partition}`;

export const byTopic = <T extends Place, Part>(places: readonly T[], part: (place: T) => Part): readonly TopicPartitions<Part>[] => {
  const topics = new Map<string, Part[]>();
  for (const place of places) topics.set(place.topic, [...(topics.get(place.topic) ?? []), part(place)]);
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
};

const offsetsOf = (topics: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[]): Offsets =>
  new Map(topics.flatMap(({ topic, partitions }) => partitions.map(({ partition, offset }) => [placeName({ topic, partition }), BigInt(offset)] as const)));

/** A fetch that brought nothing leaves the position where it was: kafkajs's own answer would be the head, and step over messages. */
const partOf = (batch: RawBatch, asked: bigint): Fetched => ({
  topic: batch.topic,
  partition: batch.partition,
  records: batch.messages,
  next: batch.isEmptyIncludingFiltered() ? asked : BigInt(batch.lastOffset()) + 1n,
  head: BigInt(batch.highWatermark),
});
