import { deadLetterTopicOf, neverCrash, type ConsumerOptions } from '@program-ledger/messaging';
import type { Surroundings } from './client.js';
import { Committer } from './committer.js';
import { DeadLetterBox, type Append } from './dead-letter-box.js';
import { inTime, isUndecodable } from './failures.js';
import { Fetcher, type Source } from './fetcher.js';
import { Heart } from './heart.js';
import { placeName, type Link, type Offsets, type Place } from './link.js';
import type { Membership } from './membership.js';
import { PartitionWorker } from './partition-worker.js';
import { hung, stalled, tellHung } from './stalled.js';

export type Holding = { readonly link: Link; readonly membership: Membership; readonly member: ConsumerOptions; readonly around: Surroundings; readonly append: Append };

/** The time between two rebalances: the partitions that this member holds, their workers, and everything that runs beside them. */
export class Tenure {
  private readonly worked: { readonly place: Place; readonly worker: PartitionWorker }[] = [];
  /** Of partitions that are read no further, and why. */
  private readonly unreadable = new Map<string, string>();
  private readonly boxes: DeadLetterBox[] = [];
  private readonly sources = new Map<string, Source>();
  private readonly heart: Heart;
  private readonly committer: Committer;
  private readonly watching = new AbortController();
  private fetcher: Fetcher | undefined;

  constructor(private readonly holding: Holding) {
    const { membership, around } = holding;
    this.heart = new Heart(membership, around.limits);
    this.committer = new Committer(membership, around.limits.commitEveryMs);
  }

  /** Takes up the partitions. After a throw it is to be abandoned. */
  async begin(): Promise<void> {
    // A membership that is lost meanwhile is not worked for, however long the beginning takes.
    await Promise.race([this.takeAll(), this.heart.broken]);
  }

  /** Resolves when the members shall join again. @throws whatever makes this member unable to go on. */
  over(): Promise<void> {
    const { link, around } = this.holding;
    const { heart, committer, fetcher } = this;
    const watched = stalled(link, this.sources, around.limits.stalledMs, this.watching.signal);
    return Promise.race([heart.rebalancing, heart.broken, committer.broken, watched, ...(fetcher === undefined ? [] : [fetcher.broken])]);
  }

  /** Why some of its partitions do not go on by themselves. */
  stuck(): string | undefined {
    const reasons = [...this.unreadable.values(), ...hung(this.worked, this.holding.around.limits.handlerMsMax)];
    return reasons.length === 0 ? undefined : reasons.join('; ');
  }

  /** Resolves when nothing is in hand any more, after `end` or `abandon`. */
  gone(): Promise<unknown> {
    return Promise.all(this.worked.map(({ worker }) => worker.gone()));
  }

  /** Finishes what is in hand and stores the positions, while the others still wait. */
  async end(): Promise<void> {
    this.watching.abort();
    this.fetcher?.stop();
    const { drainMsMax } = this.holding.around.limits;
    if (!(await inTime(drainMsMax, Promise.all(this.worked.map(({ worker }) => worker.stop()))))) this.abandonWorkers();
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
    for (const { worker } of this.worked) worker.abandon();
  }

  private async takeAll(): Promise<void> {
    const { link, membership, member, around } = this.holding;
    const dead = membership.places.map((place) => this.deadPlace(place));
    await link.learn([...member.topics, ...new Set(dead.map(({ topic }) => topic))]);
    const places = [...membership.places, ...dead];
    const [committed, oldest, next] = await Promise.all([link.committed(member.group, places), link.ends(places, 'oldest'), link.ends(places, 'next')]);
    const starts = new Map(places.map((place) => [placeName(place), this.startOf(place, { committed, oldest, next })] as const));
    for (const place of membership.places) {
      await this.take(place, starts, next);
      // The membership was lost meanwhile: what was begun since would work beside its successor.
      if (this.watching.signal.aborted) return this.abandonWorkers();
    }
    this.fetcher = new Fetcher(link, this.sources, around.limits);
    const tell = (message: string): void => around.report({ kind: 'stalled', severity: 'error', group: member.group, message });
    void tellHung(this.worked, around.limits.handlerMsMax, { signal: this.watching.signal, tell });
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
    // Beyond the end, the log was cut or the topic made anew: a repeat has no effect, a message stepped over is lost. Stored at once: what comes would soon hide it.
    this.committer.note(place, first);
    return first;
  }

  private async take(place: Place, starts: Offsets, ends: Offsets): Promise<void> {
    const { link, member, around, append } = this.holding;
    const dead = this.deadPlace(place);
    const [from, to] = [starts.get(placeName(dead)) ?? 0n, ends.get(placeName(dead)) ?? 0n];
    const moved = (next: bigint): void => this.committer.note(dead, next);
    const box = await this.boxOf({ link, append, group: member.group, source: place, place: dead, moved }, { from, to });
    if (box === undefined || this.watching.signal.aborted) return;
    if (box.count === 0 && from < to) moved(to);
    const letters = (): number => this.boxes.reduce((sum, { count }) => sum + count, 0);
    const first = starts.get(placeName(place)) ?? 0n;
    const note = (next: bigint): void => this.committer.note(place, next);
    const worker = new PartitionWorker({ place, member, box, letters, crash: around.crash ?? neverCrash, from: first, atOnceMax: around.limits.handledAtOnceMax, moved: note });
    worker.onRoom = () => this.fetcher?.roomAgain();
    this.boxes.push(box);
    this.worked.push({ place, worker });
    this.read({ ...place, next: first }, { open: () => this.hasRoom(worker), take: ({ records }) => worker.push(records) });
    this.read({ ...dead, next: to }, { open: () => true, take: ({ records }) => worker.noticed(records) });
  }

  /** Without its letters a partition cannot be read: nobody knows what has to follow them. It alone stands still. */
  private async boxOf(box: Parameters<typeof DeadLetterBox.open>[0], range: Parameters<typeof DeadLetterBox.open>[1]): Promise<DeadLetterBox | undefined> {
    try {
      return await DeadLetterBox.open(box, range);
    } catch (error) {
      if (!isUndecodable(error)) throw error;
      this.stopReading({ ...box.place, next: range.from }, error);
      return undefined;
    }
  }

  private read(from: Place & { next: bigint }, { open, take }: Pick<Source, 'open' | 'take'>): void {
    const name = placeName(from);
    const source: Source = { ...from, take, open: () => !this.unreadable.has(name) && open(), unreadable: (error) => this.stopReading(source, error) };
    this.sources.set(name, source);
  }

  private stopReading(source: Place & { readonly next: bigint }, error: unknown): void {
    const { around, member } = this.holding;
    const why = `${placeName(source)} cannot be read from ${source.next} on: ${error instanceof Error ? error.message : String(error)}`;
    this.unreadable.set(placeName(source), why);
    around.report({ kind: 'partition-stopped', severity: 'error', group: member.group, message: why, error });
  }

  private hasRoom({ waiting }: PartitionWorker): boolean {
    const { aheadRecordsMax, aheadBytesMax } = this.holding.around.limits;
    return waiting.records < aheadRecordsMax && waiting.bytes < aheadBytesMax;
  }
}
