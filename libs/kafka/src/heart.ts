import { pause } from '@program-ledger/messaging';
import { within } from './failures.js';
import { isRebalance, type Membership } from './membership.js';
import type { KafkaLimits } from './options.js';

/**
 * Tells the broker that this member lives, on a timer of its own, however long a handler takes. It goes on during a rebalance, so that
 * a member that finishes its messages in hand is not taken for dead.
 */
export class Heart {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private sound: () => void = () => undefined;
  private break: (error: unknown) => void = () => undefined;
  /** Resolves when the members shall join again. */
  readonly rebalancing = new Promise<void>((resolve) => (this.sound = resolve));
  /** Rejects when the membership is lost, or may be, for want of an answer. */
  readonly broken = new Promise<never>((_resolve, reject) => (this.break = reject));

  constructor(
    private readonly membership: Pick<Membership, 'heartbeat'>,
    private readonly limits: Pick<KafkaLimits, 'heartbeatMs' | 'sessionMs'>,
  ) {
    this.broken.catch(() => undefined);
    this.ended = this.beat();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async beat(): Promise<void> {
    const { signal } = this.stopping;
    for (let heardMs = performance.now(); !signal.aborted; ) {
      await pause(this.limits.heartbeatMs, signal);
      if (signal.aborted) return;
      try {
        await within(Math.max(1, heardMs + this.limits.sessionMs - performance.now()), 'heartbeat', this.membership.heartbeat());
        heardMs = performance.now();
      } catch (error) {
        if (!isRebalance(error)) return this.break(error);
        heardMs = performance.now();
        this.sound();
      }
    }
  }
}
