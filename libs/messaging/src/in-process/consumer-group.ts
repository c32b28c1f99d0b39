import type { CrashHook } from '../crash-points.js';
import { messagingLimits } from '../message.js';
import type { ConsumerOptions, Subscription } from '../ports.js';
import { deadLetterTopicOf } from '../reacts.js';
import type { Lot } from './faults.js';
import type { Journal } from './journal.js';
import { ParkedLetters } from './parked-letters.js';
import type { PartitionLog, PartitionLogs } from './partition-log.js';
import { PartitionWorker } from './partition-worker.js';

type Surroundings = { readonly journal: Journal; readonly logs: PartitionLogs; readonly draw: () => Lot; readonly crash: CrashHook; readonly handlerMsMax?: number | undefined };
type Assignment = { readonly log: PartitionLog; readonly member: ConsumerOptions };
type Running = Assignment & { readonly worker: PartitionWorker };

/** One group: its members share the partitions of their topics, one member a partition, and take over from one another. */
export class ConsumerGroup {
  private members: readonly ConsumerOptions[] = [];
  private running: ReadonlyMap<string, Running> = new Map();
  private rebalanced: Promise<void> = Promise.resolve();

  private constructor(
    private readonly name: string,
    private readonly around: Surroundings,
    private readonly letters: ParkedLetters,
    private readonly positions: Map<string, bigint>,
  ) {}

  static async load(name: string, around: Surroundings): Promise<ConsumerGroup> {
    const positions = (await around.journal.positions(name)).map(({ topic, partition, next }) => [place(topic, partition), next] as const);
    return new ConsumerGroup(name, around, new ParkedLetters(await around.journal.letters(name)), new Map(positions));
  }

  async join(member: ConsumerOptions): Promise<Subscription> {
    if (this.members.length >= messagingLimits.membersPerGroupMax)
      throw new Error(`${this.name} has membersPerGroupMax ${messagingLimits.membersPerGroupMax} members`);
    await this.register(member);
    await this.rebalance([...this.members, member]);
    return {
      stop: () => this.rebalance(this.members.filter((each) => each !== member)),
      lag: () => Promise.resolve(this.lagOf(member.topics)),
      stopped: () => this.stuck(member),
    };
  }

  /** A group has a position from its first day on, so that nothing is pruned before it has seen it. */
  private async register({ topics }: ConsumerOptions): Promise<void> {
    const logs = topics.flatMap((topic) => this.around.logs.of(topic) ?? []);
    const unknown = logs.filter(({ topic, partition }) => !this.positions.has(place(topic, partition)));
    for (const { topic, partition } of unknown) this.positions.set(place(topic, partition), 0n);
    await Promise.all(unknown.map(({ topic, partition }) => this.around.journal.commit(this.name, { topic, partition, next: 0n })));
  }

  leaveAll(): Promise<void> {
    return this.rebalance([]);
  }

  abandon(): void {
    this.members = [];
    for (const { worker } of this.running.values()) worker.abandon();
  }

  redrive(key: string): void {
    this.letters.ask(key);
    for (const { worker } of this.running.values()) worker.redrive();
  }

  /** One after another: what changes hands is stopped, after the message in hand, before another member begins with it. */
  private rebalance(members: readonly ConsumerOptions[]): Promise<void> {
    this.members = members;
    this.rebalanced = this.rebalanced.then(async () => {
      const wanted = this.assigned();
      const leaving = [...this.running].filter(([at, { member }]) => wanted.get(at)?.member !== member);
      await Promise.all(leaving.map(([, { worker }]) => worker.stop()));
      const staying = new Map([...this.running].filter(([at, { member }]) => wanted.get(at)?.member === member));
      this.running = new Map([...wanted].map(([at, assignment]) => [at, staying.get(at) ?? this.start(at, assignment)]));
    });
    return this.rebalanced;
  }

  private assigned(): ReadonlyMap<string, Assignment> {
    const assigned = new Map<string, Assignment>();
    for (const topic of new Set(this.members.flatMap(({ topics }) => topics))) {
      const candidates = this.members.filter(({ topics }) => topics.includes(topic));
      for (const log of this.around.logs.of(topic) ?? []) {
        const member = candidates[log.partition % candidates.length];
        if (member !== undefined) assigned.set(place(topic, log.partition), { log, member });
      }
    }
    return assigned;
  }

  private start(at: string, { log, member }: Assignment): Running {
    const { journal, draw, crash, logs } = this.around;
    const deadLogs = logs.of(deadLetterTopicOf(log.topic, this.name)) ?? [];
    const next = this.positions.get(at) ?? 0n;
    const moved = (to: bigint): void => void this.positions.set(at, to);
    return { log, member, worker: new PartitionWorker({ journal, log, deadLogs, member, letters: this.letters, draw, crash, next, moved }) };
  }

  private stuck(member: ConsumerOptions): string | undefined {
    const { handlerMsMax = messagingLimits.handlerMsMax } = this.around;
    const hung = [...this.running].filter(([, { member: each, worker }]) => each === member && worker.inHandForMs() >= handlerMsMax).map(([at]) => at);
    return hung.length === 0 ? undefined : `the handler has not answered for ${handlerMsMax} ms: ${hung.join(', ')}`;
  }

  private lagOf(topics: readonly string[]): number {
    const logs = topics.flatMap((topic) => this.around.logs.of(topic) ?? []);
    return logs.reduce((lag, { topic, partition, head }) => lag + Number(head - (this.positions.get(place(topic, partition)) ?? 0n)), 0);
  }
}

const place = (topic: string, partition: number): string => `${topic}/${partition}`;
