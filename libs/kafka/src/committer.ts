import { pause } from '@program-ledger/messaging';
import { isRebalance, type Membership } from './membership.js';
import { placeName, type Place, type PlaceOffset } from './link.js';

/** Stores the group's positions: all that moved since the last time at once, in no hurry, since a lost one costs a repeat. */
export class Committer {
  private moved = new Map<string, PlaceOffset>();
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private break: (error: unknown) => void = () => undefined;
  private wake: () => void = () => undefined;
  readonly broken = new Promise<never>((_resolve, reject) => (this.break = reject));

  constructor(
    private readonly membership: Membership,
    private readonly everyMs: number,
  ) {
    this.broken.catch(() => undefined);
    this.ended = this.run();
  }

  note(place: Place, offset: bigint): void {
    this.moved.set(placeName(place), { ...place, offset });
    this.wake();
  }

  /** What was noted is stored, unless it cannot be: then it will be handed out again. */
  async finish(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.ended;
    await this.flush().catch(() => undefined);
  }

  abandon(): void {
    this.moved.clear();
    this.stopping.abort();
    this.wake();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.moved.size === 0) await new Promise<void>((resolve) => (this.wake = resolve));
      await pause(this.everyMs, signal);
      if (signal.aborted) return;
      try {
        await this.flush();
      } catch (error) {
        if (!isRebalance(error)) return this.break(error);
      }
    }
  }

  private async flush(): Promise<void> {
    const moved = this.moved;
    this.moved = new Map();
    try {
      await this.membership.commit([...moved.values()]);
    } catch (error) {
      this.moved = new Map([...moved, ...this.moved]);
      throw error;
    }
  }
}
