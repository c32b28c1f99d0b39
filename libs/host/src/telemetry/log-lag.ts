import type { Position } from '@program-ledger/event-sourcing';

type Look = { readonly head: Position; readonly atMs: number };

/** How a part of the process stands to the log. */
export type BehindLog = {
  /** For how long the process has known of an event that the part is not done with. */
  readonly lagSeconds: number;
  /** Since the start it has not once come to where the log ended then. */
  readonly catchingUp: boolean;
};

export const logLagLimits = { lookEveryMs: 1_000, looksKeptMax: 1_024 } as const;

/**
 * Tells lag in seconds. Positions are compared and never subtracted: those of some logs are byte offsets, and say nothing of how many
 * events there are between two.
 */
export class LogLag {
  private looks: readonly Look[] = [];
  private first: Position | undefined;
  private readonly caughtUp = new Set<string>();

  constructor(
    private readonly headOf: () => Promise<Position>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Where the log ends now. @throws what the log throws. */
  async look(): Promise<Position> {
    const head = await this.headOf();
    this.first ??= head;
    if (head > (this.looks.at(-1)?.head ?? -1n)) this.looks = thinned([...this.looks, { head, atMs: this.nowMs() }]);
    return head;
  }

  /** Of a part that is done with everything up to a position; after a look. */
  of(part: string, position: Position): BehindLog {
    if (this.first !== undefined && position >= this.first) this.caughtUp.add(part);
    const missed = this.looks.find(({ head }) => head > position);
    return { lagSeconds: missed === undefined ? 0 : Math.round(this.nowMs() - missed.atMs) / 1_000, catchingUp: !this.caughtUp.has(part) };
  }

  /** Looks until the signal aborts, so that who asks seldom is told the truth too. A log that is away is looked for again. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch(() => undefined);
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, logLagLimits.lookEveryMs);
        signal.addEventListener('abort', end, { once: true });
      });
    }
  }
}

/** Of too many, every second one: what is hours behind need not be told to the second. */
const thinned = (looks: readonly Look[]): readonly Look[] =>
  looks.length <= logLagLimits.looksKeptMax ? looks : looks.filter((_, index) => index % 2 === 0 || index === looks.length - 1);
