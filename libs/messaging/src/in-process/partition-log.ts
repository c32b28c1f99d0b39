import { messagingLimits } from '../message.js';
import type { Journal, JournalRecord, Topic } from './journal.js';

/** One partition as its readers see it: the youngest records in memory, older ones from the journal, and a bell for new ones. */
export class PartitionLog {
  private tail: readonly JournalRecord[] = [];
  private readonly bells = new Set<() => void>();

  constructor(
    private readonly journal: Journal,
    readonly topic: string,
    readonly partition: number,
    /** The next offset that will be given. */
    private next: bigint,
  ) {}

  get head(): bigint {
    return this.next;
  }

  /** Told of each durable record; of a partition, in order of offsets. */
  appended(record: JournalRecord): void {
    if (record.offset < this.next) return;
    const follows = record.offset === this.next;
    this.tail = [...(follows ? this.tail : []), record].slice(-messagingLimits.tailRecordsMax);
    this.next = record.offset + 1n;
    for (const ring of this.bells) ring();
  }

  /** Records that another process has appended: read from the journal when somebody wants them. */
  advancedTo(next: bigint): void {
    if (next <= this.next) return;
    this.tail = [];
    this.next = next;
    for (const ring of this.bells) ring();
  }

  /** Records from an offset on, oldest first; none when there are none yet. */
  from(next: bigint): Promise<readonly JournalRecord[]> {
    if (next >= this.next) return Promise.resolve([]);
    const [oldest] = this.tail;
    if (oldest !== undefined && oldest.offset <= next) return Promise.resolve(this.tail.slice(Number(next - oldest.offset)));
    return this.journal.read({ topic: this.topic, partition: this.partition, next }, messagingLimits.pageRecordsMax);
  }

  /** Rings for every new record until the answer is called. */
  onAppended(ring: () => void): () => void {
    this.bells.add(ring);
    return () => this.bells.delete(ring);
  }
}

/** All partitions of all declared topics. */
export class PartitionLogs {
  private constructor(private readonly byTopic: ReadonlyMap<string, readonly PartitionLog[]>) {}

  static async load(journal: Journal): Promise<PartitionLogs> {
    const heads = new Map((await journal.heads()).map(({ topic, partition, next }) => [`${topic}/${partition}`, next]));
    const logsOf = ({ name, partitions }: Topic): readonly PartitionLog[] =>
      Array.from({ length: partitions }, (_, partition) => new PartitionLog(journal, name, partition, heads.get(`${name}/${partition}`) ?? 0n));
    return new PartitionLogs(new Map((await journal.topics()).map((topic) => [topic.name, logsOf(topic)])));
  }

  /** Nothing for a topic that is not declared. */
  of(topic: string): readonly PartitionLog[] | undefined {
    return this.byTopic.get(topic);
  }
}
