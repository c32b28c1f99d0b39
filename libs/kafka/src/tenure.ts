import { deadLetterTopicOf, neverCrash, type ConsumerOptions } from '@program-ledger/messaging';
import type { Surroundings } from './client.js';
import { Committer } from './committer.js';
import { DeadLetterBox, type Append } from './dead-letter-box.js';
import { Fetcher, type Source } from './fetcher.js';
import { Heart } from './heart.js';
import { placeName, type Link, type Offsets, type Place } from './link.js';
import type { Membership } from './membership.js';
import type { RawRecord } from './kafkajs.js';
import { PartitionWorker } from './partition-worker.js';
import { stalled } from './stalled.js';
import { textOf } from './records.js';

export type Holding = { readonly link: Link; readonly membership: Membership; readonly member: ConsumerOptions; readonly around: Surroundings; readonly append: Append };

/** The time between two rebalances: the partitions that this member holds, their workers, and everything that runs beside them. */
export class Tenure {
  private readonly workers: PartitionWorker[] = [];
  private readonly boxes: DeadLetterBox[] = [];
  private readonly sources = new Map<string, Source>();
  private readonly heart: Heart;
  private readonly committer: Committer;
  private readonly watching = new AbortController();
  private fetcher: Fetcher | undefined;

  private constructor(private readonly holding: Holding) {
    const { membership, around } = holding;
    this.heart = new Heart(membership, around.limits);
    this.committer = new Committer(membership, around.limits.commitEveryMs);
  }

  static async begin(holding: Holding): Promise<Tenure> {
    const tenure = new Tenure(holding);
    try {
      await tenure.begin();
      return tenure;
    } catch (error) {
      tenure.abandon();
      throw error;
    }
  }

  /** Resolves when the members shall join again. @throws whatever makes this member unable to go on. */
  over(): Promise<void> {
    const { link, around } = this.holding;
    const { heart, committer, fetcher } = this;
    const watched = stalled(link, this.sources, around.limits.stalledMs, this.watching.signal);
    return Promise.race([heart.rebalancing, heart.broken, committer.broken, watched, ...(fetcher === undefined ? [] : [fetcher.broken])]);
  }

  /** Finishes what is in hand and stores the positions, while the others still wait. */
  async end(): Promise<void> {
    this.watching.abort();
    this.fetcher?.stop();
    await inTime(this.holding.around.limits.drainMsMax, Promise.all(this.workers.map((worker) => worker.stop())), () => this.abandonWorkers());
    await this.committer.finish();
    await this.heart.stop();
  }

  /** As if the process had died. */
  abandon(): void {
    this.watching.abort();
    this.fetcher?.stop();
    this.abandonWorkers();
    this.committer.abandon();
    void this.heart.stop();
  }

  private abandonWorkers(): void {
    for (const worker of this.workers) worker.abandon();
  }

  private async begin(): Promise<void> {
    const { link, membership, member, around } = this.holding;
    const dead = membership.places.map((place) => this.deadPlace(place));
    await link.learn([...member.topics, ...new Set(dead.map(({ topic }) => topic))]);
    const places = [...membership.places, ...dead];
    const [committed, oldest, next] = await Promise.all([link.committed(member.group, places), link.ends(places, 'oldest'), link.ends(places, 'next')]);
    const starts = new Map(places.map((place) => [placeName(place), this.startOf(place, { committed, oldest, next })] as const));
    for (const place of membership.places) await this.take(place, starts, next);
    this.fetcher = new Fetcher(link, this.sources, around.limits);
  }

  private deadPlace({ topic, partition }: Place): Place {
    return { topic: deadLetterTopicOf(topic, this.holding.member.group), partition };
  }

  /** A group that is new begins with the oldest message. */
  private startOf(place: Place, { committed, oldest, next }: { readonly committed: Offsets; readonly oldest: Offsets; readonly next: Offsets }): bigint {
    const name = placeName(place);
    const [stored, first = 0n, end = 0n] = [committed.get(name), oldest.get(name), next.get(name)];
    if (stored === undefined || (stored >= first && stored <= end)) return stored ?? first;
    const { around, member } = this.holding;
    const message = `${member.group} stood at ${stored} of ${name}, which holds ${first} to ${end}: it goes on at ${first}`;
    around.report({ kind: 'offset-reset', severity: 'error', group: member.group, message });
    return first;
  }

  private async take(place: Place, starts: Offsets, ends: Offsets): Promise<void> {
    const { link, member, around, append } = this.holding;
    const dead = this.deadPlace(place);
    const [from, to] = [starts.get(placeName(dead)) ?? 0n, ends.get(placeName(dead)) ?? 0n];
    const moved = (next: bigint): void => this.committer.note(dead, next);
    const box = await DeadLetterBox.open({ link, append, group: member.group, source: place, place: dead, moved }, { from, to });
    if (box.count === 0 && from < to) moved(to);
    const letters = (): number => this.boxes.reduce((sum, { count }) => sum + count, 0);
    const worker = new PartitionWorker({ place, member, box, letters, crash: around.crash ?? neverCrash, moved: (next) => this.committer.note(place, next) });
    worker.onRoom = () => this.fetcher?.roomAgain();
    this.boxes.push(box);
    this.workers.push(worker);
    this.read({ ...place, next: starts.get(placeName(place)) ?? 0n, open: () => this.hasRoom(worker), take: ({ records }) => worker.push(records) });
    this.read({ ...dead, next: to, open: () => true, take: ({ records }) => records.some(isRedrive) && worker.redrive() });
  }

  private read(source: Source): void {
    this.sources.set(placeName(source), source);
  }

  private hasRoom({ waiting }: PartitionWorker): boolean {
    const { aheadRecordsMax, aheadBytesMax } = this.holding.around.limits;
    return waiting.records < aheadRecordsMax && waiting.bytes < aheadBytesMax;
  }
}

const isRedrive = (record: RawRecord): boolean => textOf(record).headers['dead_control'] === 'redrive';

const inTime = async (milliseconds: number, work: Promise<unknown>, late: () => void): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(() => resolve(late()), milliseconds);
  });
  await Promise.race([work, tooLate]);
  clearTimeout(timer);
};
