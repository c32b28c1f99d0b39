import { neverCrash, type CrashHook } from '../crash-points.js';
import { messagingLimits, toBinary, type Outgoing } from '../message.js';
import {
  BrokerUnavailable,
  UnknownTopic,
  type Consumer,
  type ConsumerOptions,
  type DeadLetter,
  type DeadLetters,
  type Publisher,
  type Subscription,
} from '../ports.js';
import { deadLetterTopicOf } from '../reacts.js';
import { ConsumerGroup } from './consumer-group.js';
import { drawing, noLot, type Faults, type Lot } from './faults.js';
import type { GroupPosition, Journal, JournalEntry } from './journal.js';
import { PartitionLogs } from './partition-log.js';
import { partitionOf } from './partitioning.js';

export type BrokerOptions = {
  readonly journal: Journal;
  /** None unless asked for. */
  readonly faults?: Faults;
  readonly crash?: CrashHook;
  /** `messagingLimits.handlerMsMax` when absent. */
  readonly handlerMsMax?: number;
};

/**
 * A broker for the services of one process, as demanding as Kafka: partitions by key, order within them only, at least once, groups
 * that rebalance, dead letters, declared topics. What is published is durable first and then handed out at once.
 */
export class InProcessBroker implements Publisher, Consumer, DeadLetters {
  private readonly groups = new Map<string, Promise<ConsumerGroup>>();
  private readonly draw: () => Lot;
  private closed = false;

  private constructor(
    private readonly options: BrokerOptions,
    private readonly logs: PartitionLogs,
  ) {
    this.draw = options.faults === undefined ? () => noLot : drawing(options.faults);
  }

  /** Loads the declared topics; those that are declared later need another opening. */
  static async open(options: BrokerOptions): Promise<InProcessBroker> {
    return new InProcessBroker(options, await PartitionLogs.load(options.journal));
  }

  async publish(outgoing: readonly Outgoing[]): Promise<void> {
    this.assertOpen();
    if (outgoing.length > messagingLimits.messagesPerPublishMax)
      throw new Error(`messagesPerPublishMax is ${messagingLimits.messagesPerPublishMax}, got ${outgoing.length}`);
    const entries = outgoing.map((each) => this.entryOf(each));
    if (entries.length === 0) return;
    for (const record of await this.options.journal.append(entries)) this.logs.of(record.topic)?.[record.partition]?.appended(record);
  }

  async subscribe(options: ConsumerOptions): Promise<Subscription> {
    this.assertSubscribable(options);
    return (await this.group(options.group)).join(options);
  }

  /** @throws UnknownTopic also for a missing dead-letter topic. */
  assertSubscribable({ topics, group }: ConsumerOptions): void {
    this.assertOpen();
    for (const topic of topics) {
      this.partitionsOf(topic);
      this.partitionsOf(deadLetterTopicOf(topic, group));
    }
  }

  async list(group?: string): Promise<readonly DeadLetter[]> {
    return (await this.options.journal.letters(group)).slice(0, messagingLimits.deadLettersListedMax);
  }

  count(group: string): Promise<number> {
    return this.options.journal.countLetters(group);
  }

  async redrive(group: string, key: string): Promise<number> {
    const count = await this.options.journal.askRedrive(group, key);
    const running = await this.groups.get(group);
    running?.redrive(key);
    return count;
  }

  /** Another process has appended: what is new is handed out here too. */
  advanced(heads: readonly GroupPosition[]): void {
    for (const { topic, partition, next } of heads) this.logs.of(topic)?.[partition]?.advancedTo(next);
  }

  /** Another process has asked for the letters of a key; the journal says so already. */
  async redriveAsked(group: string, key: string): Promise<void> {
    (await this.groups.get(group))?.redrive(key);
  }

  /** A group without members here, which another process may go on with: who subscribes again begins from the journal. */
  forget(group: string): void {
    this.groups.delete(group);
  }

  /** Waits for the messages in hand. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.groups.values()].map(async (group) => (await group).leaveAll()));
    await this.options.journal.close();
  }

  /** As kill -9 would leave it: nothing more is handed out or committed; the journal is the next broker's. */
  async abandon(): Promise<void> {
    this.closed = true;
    for (const group of this.groups.values()) (await group).abandon();
  }

  private group(name: string): Promise<ConsumerGroup> {
    const { journal, handlerMsMax, crash = neverCrash } = this.options;
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const loading = ConsumerGroup.load(name, { journal, logs: this.logs, draw: this.draw, crash, handlerMsMax });
    this.groups.set(name, loading);
    loading.catch(() => this.groups.delete(name));
    return loading;
  }

  private entryOf({ topic, message }: Outgoing): JournalEntry {
    const partition = partitionOf(message.key, this.partitionsOf(topic));
    return { topic, partition, ...toBinary(message) };
  }

  private partitionsOf(topic: string): number {
    const logs = this.logs.of(topic);
    if (logs === undefined) throw new UnknownTopic(topic);
    return logs.length;
  }

  private assertOpen(): void {
    if (this.closed) throw new BrokerUnavailable('the broker is closed');
  }
}
