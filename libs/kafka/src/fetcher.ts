import { isUndecodable } from './failures.js';
import { placeName, type Fetched, type Link, type Place, type PlaceOffset } from './link.js';
import type { KafkaLimits } from './options.js';

/** A partition that is read on and on. */
export type Source = Place & {
  /** The next offset to read. */
  next: bigint;
  /** Whether there is room for more. */
  readonly open: () => boolean;
  readonly take: (fetched: Fetched) => void;
  /** What lies at `next` cannot be taken apart, by no repeat: it is read no further. */
  readonly unreadable: (error: unknown) => void;
};

/** Reads partitions from their leaders, one request in flight for each leader; a partition without room is left out. */
export class Fetcher {
  private stopped = false;
  private rings: (() => void)[] = [];
  private break: (error: unknown) => void = () => undefined;
  readonly broken = new Promise<never>((_resolve, reject) => (this.break = reject));

  constructor(
    private readonly link: Link,
    private readonly sources: ReadonlyMap<string, Source>,
    private readonly limits: Pick<KafkaLimits, 'fetchWaitMs'>,
  ) {
    this.broken.catch(() => undefined);
    for (const [nodeId, places] of link.leaders([...sources.values()])) this.run(nodeId, places).catch((error: unknown) => this.break(error));
  }

  /** Some partition has room again. */
  roomAgain(): void {
    const { rings } = this;
    this.rings = [];
    for (const ring of rings) ring();
  }

  /** Nothing more is handed on; a request in flight is forgotten. */
  stop(): void {
    this.stopped = true;
    this.roomAgain();
  }

  private async run(nodeId: string, places: readonly Place[]): Promise<void> {
    const sources = places.flatMap((place) => this.sources.get(placeName(place)) ?? []);
    while (!this.stopped) {
      const wanted: readonly PlaceOffset[] = sources.filter((source) => source.open()).map(({ topic, partition, next }) => ({ topic, partition, offset: next }));
      if (wanted.length === 0) await new Promise<void>((resolve) => this.rings.push(resolve));
      else await this.fetch(nodeId, wanted);
    }
  }

  private async fetch(nodeId: string, wanted: readonly PlaceOffset[]): Promise<void> {
    try {
      this.handOn(await this.link.fetch(nodeId, wanted, { waitMs: this.limits.fetchWaitMs }));
    } catch (error) {
      if (!isUndecodable(error)) throw error;
      for (const each of wanted) await this.fetchOne(nodeId, each);
    }
  }

  /** kafkajs gives up a whole answer for one batch in it: so one batch of one partition at a time, until it is clear which. */
  private async fetchOne(nodeId: string, wanted: PlaceOffset): Promise<void> {
    try {
      this.handOn(await this.link.fetch(nodeId, [wanted], { waitMs: 0, bytesMax: 1 }));
    } catch (error) {
      if (!isUndecodable(error)) throw error;
      if (!this.stopped) this.sources.get(placeName(wanted))?.unreadable(error);
    }
  }

  private handOn(fetched: readonly Fetched[]): void {
    if (this.stopped) return;
    for (const part of fetched) {
      const source = this.sources.get(placeName(part));
      if (source === undefined || part.next <= source.next) continue;
      source.next = part.next;
      source.take(part);
    }
  }
}
