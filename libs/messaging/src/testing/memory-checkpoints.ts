import type { Position } from '@program-ledger/event-sourcing';
import { Checkpoints, Fenced, Inbox, type Lease } from '../ports.js';

/** Positions that forget with the process. A new holder takes over at once, so that a test can be two processes. */
export class MemoryCheckpoints extends Checkpoints {
  private readonly leases = new Map<string, Lease>();

  acquire(name: string): Promise<Lease> {
    const former = this.leases.get(name) ?? { position: 0n, epoch: 0 };
    const lease = { name, position: former.position, epoch: former.epoch + 1 };
    this.leases.set(name, lease);
    return Promise.resolve(lease);
  }

  advance(lease: Lease, position: Position): Promise<void> {
    if (this.leases.get(lease.name)?.epoch !== lease.epoch) return Promise.reject(new Fenced(lease));
    this.leases.set(lease.name, { ...lease, position });
    return Promise.resolve();
  }
}

/** An inbox whose transaction is a list of writes, kept when the effect succeeds and dropped when it throws. */
export class MemoryInbox extends Inbox {
  private readonly seen = new Set<string>();
  private readonly written: unknown[] = [];

  /** What the effects wrote, in order. */
  get writes(): readonly unknown[] {
    return this.written;
  }

  async once(group: string, messageId: string, effect: (transaction: unknown) => Promise<void>): Promise<'done' | 'repeated'> {
    const at = `${group}\u001f${messageId}`;
    if (this.seen.has(at)) return 'repeated';
    const transaction: unknown[] = [];
    await effect(transaction);
    this.seen.add(at);
    this.written.push(...transaction);
    return 'done';
  }
}
