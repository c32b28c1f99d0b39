import type { Entry } from './records.js';
import type { KafkaLimits } from './options.js';

type Job = { readonly entries: readonly Entry[]; sent: number; readonly resolve: () => void; readonly reject: (error: unknown) => void };
type LaneLimits = Pick<KafkaLimits, 'batchBytesPerPartitionMax' | 'batchBytesMax' | 'batchMessagesMax' | 'queuedMessagesMax'>;

/**
 * One send in flight; what is asked meanwhile goes out as the next, together, in the order in which it was asked. When a send fails,
 * what waits behind it fails too: it would overtake what has to be sent again.
 */
export class PublishLane {
  private queue: Job[] = [];
  private queued = 0;
  private running = false;

  constructor(
    private readonly send: (entries: readonly Entry[]) => Promise<void>,
    private readonly limits: LaneLimits,
  ) {}

  append(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    if (this.queued > 0 && this.queued + entries.length > this.limits.queuedMessagesMax)
      return Promise.reject(new Error(`queuedMessagesMax is ${this.limits.queuedMessagesMax}: ${this.queued} messages wait already`));
    this.queued += entries.length;
    return new Promise((resolve, reject) => {
      this.queue.push({ entries, sent: 0, resolve, reject });
      void this.drain();
    });
  }

  private async drain(): Promise<void> {
    if (this.running) return;
    this.running = true;
    while (this.queue.length > 0) {
      const batch = this.next();
      try {
        await this.send(batch);
        this.queued -= batch.length;
        while (this.queue[0] !== undefined && this.queue[0].sent === this.queue[0].entries.length) this.queue.shift()?.resolve();
      } catch (error) {
        const failed = this.queue;
        this.queue = [];
        this.queued = 0;
        for (const { reject } of failed) reject(error);
      }
    }
    this.running = false;
  }

  /** As much of the queue, from its front, as one send may hold. */
  private next(): readonly Entry[] {
    const batch: Entry[] = [];
    const room = new Room(this.limits);
    for (const job of this.queue) {
      for (; job.sent < job.entries.length; job.sent += 1) {
        const entry = job.entries[job.sent];
        if (entry === undefined || !room.takes(entry)) return batch;
        batch.push(entry);
      }
    }
    return batch;
  }
}

class Room {
  private messages = 0;
  private bytes = 0;
  private readonly byPartition = new Map<string, number>();

  constructor(private readonly limits: LaneLimits) {}

  /** The first one always fits. */
  takes({ topic, partition, bytes }: Entry): boolean {
    const place = `${topic}/${partition}`;
    const there = (this.byPartition.get(place) ?? 0) + bytes;
    const { batchBytesPerPartitionMax, batchBytesMax, batchMessagesMax } = this.limits;
    const full = there > batchBytesPerPartitionMax || this.bytes + bytes > batchBytesMax || this.messages >= batchMessagesMax;
    if (full && this.messages > 0) return false;
    this.messages += 1;
    this.bytes += bytes;
    this.byPartition.set(place, there);
    return true;
  }
}
