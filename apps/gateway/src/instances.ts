/** An instance that could not be reached is left alone for so long, as long as there is another. */
export const restMs = 1_000;

/** The instances of one service, taken in turn. */
export class Instances {
  private next = 0;
  private readonly restingUntil = new Map<string, number>();

  constructor(
    readonly service: string,
    readonly origins: readonly string[],
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** The one whose turn it is; when all are resting, that one all the same. */
  take(): string {
    const turn = this.next;
    this.next = (turn + 1) % this.origins.length;
    const inTurn = this.origins.map((_, index) => this.origins[(turn + index) % this.origins.length]!);
    return inTurn.find((origin) => (this.restingUntil.get(origin) ?? 0) <= this.nowMs()) ?? inTurn[0]!;
  }

  /** It could not be reached just now. */
  failed(origin: string): void {
    this.restingUntil.set(origin, this.nowMs() + restMs);
  }
}
