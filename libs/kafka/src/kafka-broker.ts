import {
  BrokerUnavailable,
  deadLetterTopicOf,
  jittered,
  messagingLimits,
  partitionOf,
  pause,
  toBinary,
  type Consumer,
  type ConsumerOptions,
  type DeadLetter,
  type DeadLetters,
  type Outgoing,
  type Publisher,
  type Subscription,
} from '@program-ledger/messaging';
import type { Surroundings } from './client.js';
import { countLetters, listLetters, requestRedrive, type Counted } from './dead-letter-desk.js';
import { mapped, within } from './failures.js';
import { Link, placeName } from './link.js';
import { GroupMember } from './member.js';
import { kafkaLimits, type KafkaOptions } from './options.js';
import { PublishLane } from './publish-lane.js';
import { binaryEntry } from './records.js';
import { Sender } from './sender.js';

/** Connects, so that a wrong address, password or certificate is known at once. @throws BrokerUnavailable, BrokerAccessDenied, UnsupportedBroker */
export const openKafka = async (options: KafkaOptions): Promise<KafkaBroker> => {
  const around = { ...options, limits: { ...kafkaLimits, ...options.limits }, report: options.report ?? (() => undefined) };
  const { drainMsMax, rebalanceMs, heartbeatMs, sessionMs } = around.limits;
  if (drainMsMax >= rebalanceMs) throw new Error(`drainMsMax ${drainMsMax} must be below rebalanceMs ${rebalanceMs}: who finishes what is in hand would be missed meanwhile`);
  if (heartbeatMs >= sessionMs) throw new Error(`heartbeatMs ${heartbeatMs} must be below sessionMs ${sessionMs}`);
  const broker = new KafkaBroker(around);
  await broker.connected();
  return broker;
};

const askPauseMsMax = 500;

/** Kafka behind the ports: publisher, consumer and dead letters of one process. Topics are the operator's: `declareTopics`. */
export class KafkaBroker implements Publisher, Consumer, DeadLetters {
  private readonly sender: Sender;
  private readonly lane: PublishLane;
  /** Letters have a producer of their own: one that is refused must not fail what the relay has asked for. */
  private readonly letterSender: Sender;
  private readonly letterLane: PublishLane;
  private readonly partitions = new Map<string, Promise<number>>();
  private readonly members = new Set<GroupMember>();
  private asked: Promise<unknown> = Promise.resolve();
  private readonly counted: Counted = new Map();
  private readonly counting = new Map<string, Promise<number>>();
  private link: Promise<Link> | undefined;
  private closed = false;

  constructor(private readonly around: Surroundings) {
    this.sender = new Sender(around);
    this.letterSender = new Sender(around);
    this.lane = new PublishLane((entries) => this.sender.send(entries), around.limits);
    this.letterLane = new PublishLane((entries) => this.letterSender.send(entries), around.limits);
  }

  async connected(): Promise<void> {
    await this.asking(() => Promise.resolve());
  }

  async publish(outgoing: readonly Outgoing[]): Promise<void> {
    this.assertOpen();
    if (outgoing.length > messagingLimits.messagesPerPublishMax)
      throw new Error(`messagesPerPublishMax is ${messagingLimits.messagesPerPublishMax}, got ${outgoing.length}`);
    const binaries = outgoing.map(({ topic, message }) => ({ topic, binary: toBinary(message) }));
    // Those behind it wait for the answer too.
    const counts = within(this.around.limits.publishMsMax, 'asking how many partitions there are', this.countsOf(new Set(outgoing.map(({ topic }) => topic))));
    // It may fail while those before are waited for, before anybody listens.
    counts.catch(() => undefined);
    // A call waits for those before it: one whose topics are known already must not overtake one that has to ask.
    const asked = this.asked.then(async () => {
      const known = await counts;
      return { sent: this.lane.append(binaries.map(({ topic, binary }) => binaryEntry({ topic, partition: partitionOf(binary.key, known.get(topic) ?? 1) }, binary))) };
    });
    this.asked = asked.catch(() => undefined);
    await (await asked).sent;
  }

  async subscribe(options: ConsumerOptions): Promise<Subscription> {
    this.assertOpen();
    const { group, topics } = options;
    for (const topic of topics) {
      const [count, dead] = [await this.partitionsOf(topic), await this.partitionsOf(deadLetterTopicOf(topic, group))];
      if (dead !== count) throw new Error(`${deadLetterTopicOf(topic, group)} has ${dead} partitions and ${topic} ${count}: letters keep their partition, so declare as many`);
    }
    // Whether this principal may be of the group is known now, not in the background.
    await this.asking(async (link) => void (await link.committed(group, [{ topic: topics[0] ?? '', partition: 0 }])));
    this.assertOpen();
    const member = new GroupMember({ options, around: this.around, append: (entries) => this.letterLane.append(entries) });
    this.members.add(member);
    const stop = async (): Promise<void> => {
      await member.stop();
      this.members.delete(member);
    };
    return { stop, lag: () => this.lagOf(options), stopped: () => member.stuck() };
  }

  list(group?: string): Promise<readonly DeadLetter[]> {
    return this.asking((link) => listLetters(link, group));
  }

  count(group: string): Promise<number> {
    // Asked twice at once, what is read must not be added twice.
    const counting = this.counting.get(group) ?? this.asking((link) => countLetters(link, group, this.counted)).finally(() => this.counting.delete(group));
    this.counting.set(group, counting);
    return counting;
  }

  redrive(group: string, key: string): Promise<number> {
    return this.asking((link) => requestRedrive({ link, append: (entries) => this.letterLane.append(entries) }, group, key));
  }

  /** Waits for the messages in hand. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.members].map((member) => member.stop()));
    await Promise.all([this.sender.close(), this.letterSender.close()]);
    await (await this.link?.catch(() => undefined))?.close();
  }

  /** As kill -9 would leave it: nothing more is handed out, sent or committed. */
  async abandon(): Promise<void> {
    this.closed = true;
    for (const member of this.members) member.abandon();
    await Promise.all([this.sender.close(), this.letterSender.close()]);
    (await this.link?.catch(() => undefined))?.destroy();
  }

  private async lagOf({ group, topics }: ConsumerOptions): Promise<number> {
    return this.asking(async (link) => {
      await link.learn(topics);
      const places = link.placesOf(topics);
      const [committed, oldest, next] = await Promise.all([link.committed(group, places), link.ends(places, 'oldest'), link.ends(places, 'next')]);
      return places.map(placeName).reduce((lag, name) => {
        const [stored, first = 0n, end = 0n] = [committed.get(name), oldest.get(name), next.get(name)];
        // A group may stand beyond the end of a log that was cut: that one counts as zero, and takes nothing from the others.
        return lag + Math.max(0, Number(end - (stored === undefined || stored < first ? first : stored)));
      }, 0);
    });
  }

  private async countsOf(topics: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    return new Map(await Promise.all([...topics].map(async (topic) => [topic, await this.partitionsOf(topic)] as const)));
  }

  private partitionsOf(topic: string): Promise<number> {
    const known = this.partitions.get(topic) ?? this.asking((link) => link.partitionsOf(topic));
    this.partitions.set(topic, known);
    known.catch(() => this.partitions.delete(topic));
    return known;
  }

  /** On a connection for questions; one that failed is not used again, and the question is asked anew while there is patience. */
  private async asking<T>(question: (link: Link) => Promise<T>): Promise<T> {
    const untilMs = performance.now() + this.around.limits.askMsMax;
    for (let attempt = 0; ; attempt += 1) {
      this.assertOpen();
      const opening = (this.link ??= Link.open(this.around));
      try {
        return await mapped(opening.then(question));
      } catch (error) {
        if (!(error instanceof BrokerUnavailable)) throw error;
        if (this.link === opening) this.link = undefined;
        opening.then((link) => link.destroy()).catch(() => undefined);
        if (this.closed || performance.now() > untilMs) throw error;
        await pause(jittered(attempt, askPauseMsMax));
      }
    }
  }

  private assertOpen(): void {
    if (this.closed) throw new BrokerUnavailable('the broker is closed');
  }
}
