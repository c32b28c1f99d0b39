import {
  InProcessBroker,
  type BrokerOptions,
  type Consumer,
  type ConsumerOptions,
  type DeadLetter,
  type DeadLetters,
  type Outgoing,
  type Publisher,
  type Subscription,
} from '@program-ledger/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import { GroupLeases } from './group-leases.js';
import { PostgresJournal, type PostgresJournalOptions } from './postgres-journal.js';
import { sharingLimits } from './sharing.js';

/** A subscription of this process, which works while the group is this process's. */
type Member = { readonly options: ConsumerOptions; working: Subscription | null; wanted: boolean };

/**
 * The in-process broker for several processes on one PostgreSQL: each publishes, and each group is worked for by one process at a time;
 * the others wait for it to go. So a service of two instances has one at work on each of its groups, and loses no order.
 */
export class SharedBroker implements Publisher, Consumer, DeadLetters {
  private readonly members = new Map<string, Member[]>();
  private readonly ending = new AbortController();
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  private telling = false;
  private told = false;
  private readonly rounds: Promise<void>;
  private readonly poll: NodeJS.Timeout;

  private constructor(
    private readonly journal: PostgresJournal,
    private readonly inner: InProcessBroker,
    private readonly leases: GroupLeases,
    events: { heard: () => void; lost: () => void },
  ) {
    events.heard = () => this.look();
    events.lost = () => void this.lost();
    this.poll = setInterval(() => this.look(), sharingLimits.pollEveryMs);
    this.poll.unref();
    this.rounds = this.takeGroups();
  }

  static async open({ url, ...options }: PostgresJournalOptions & Omit<BrokerOptions, 'journal'>): Promise<SharedBroker> {
    const journal = await PostgresJournal.open({ url, ...options, shared: true });
    const events = { heard: (): void => undefined, lost: (): void => undefined };
    const leases = new GroupLeases(url, { heard: () => events.heard(), lost: () => events.lost() });
    await leases.listen();
    return new SharedBroker(journal, await InProcessBroker.open({ journal, ...options }), leases, events);
  }

  async publish(outgoing: readonly Outgoing[]): Promise<void> {
    await this.inner.publish(outgoing);
    if (outgoing.length > 0) this.tell();
  }

  /** Begins at once when no other process works for the group. @throws UnknownTopic */
  async subscribe(options: ConsumerOptions): Promise<Subscription> {
    this.inner.assertSubscribable(options);
    const member: Member = { options, working: null, wanted: true };
    const { group } = options;
    this.members.set(group, [...(this.members.get(group) ?? []), member]);
    await this.take(group);
    return {
      stop: () => this.leave(member),
      lag: () => (member.working === null ? this.lagOf(options) : member.working.lag()),
      stopped: () => member.working?.stopped(),
    };
  }

  list(group?: string): Promise<readonly DeadLetter[]> {
    return this.inner.list(group);
  }

  count(group: string): Promise<number> {
    return this.inner.count(group);
  }

  async redrive(group: string, key: string): Promise<number> {
    const count = await this.inner.redrive(group, key);
    this.tell();
    return count;
  }

  /** Waits for the messages in hand. */
  async close(): Promise<void> {
    await this.end();
    await this.inner.close();
    await this.leases.close();
  }

  /** As kill -9 would leave it. */
  async abandon(): Promise<void> {
    await this.inner.abandon();
    await this.leases.close();
    await this.end();
    await this.journal.close();
  }

  private async end(): Promise<void> {
    this.ending.abort();
    clearInterval(this.poll);
    await this.rounds;
  }

  private async leave(member: Member): Promise<void> {
    const { group } = member.options;
    member.wanted = false;
    await member.working?.stop();
    member.working = null;
    const others = (this.members.get(group) ?? []).filter((each) => each !== member);
    this.members.set(group, others);
    if (others.length > 0) return;
    this.inner.forget(group);
    await this.leases.give(group);
  }

  /** Groups that another process worked for are asked for again and again. */
  private async takeGroups(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await sleep(sharingLimits.takeEveryMs, undefined, { signal }).catch(() => undefined);
      for (const group of this.members.keys()) if (!signal.aborted) await this.take(group).catch(() => undefined);
    }
  }

  private async take(group: string): Promise<void> {
    const idle = (this.members.get(group) ?? []).filter(({ working, wanted }) => working === null && wanted);
    const held = (this.members.get(group) ?? []).some(({ working }) => working !== null);
    if (idle.length === 0 || !(held || (await this.leases.take(group)))) return;
    this.inner.advanced(await this.journal.headsOf(this.topicsOf(idle)));
    for (const member of idle) member.working = await this.inner.subscribe(member.options);
  }

  /** The leases are gone: another process may be at work already, so what is in hand here is the last. */
  private async lost(): Promise<void> {
    for (const [group, members] of this.members) {
      await Promise.all(members.map(({ working }) => working?.stop()));
      for (const member of members) member.working = null;
      this.inner.forget(group);
    }
  }

  private look(): void {
    this.lookAgain = true;
    this.looking ??= this.lookAround().finally(() => (this.looking = undefined));
  }

  /** What others have appended to the topics that are worked on here, and the letters that they ask for. */
  private async lookAround(): Promise<void> {
    while (this.lookAgain && !this.ending.signal.aborted) {
      this.lookAgain = false;
      const working = [...this.members.values()].flat().filter(({ working: at }) => at !== null);
      if (working.length === 0) return;
      try {
        this.inner.advanced(await this.journal.headsOf(this.topicsOf(working)));
        for (const { group, key } of await this.journal.redriving([...new Set(working.map(({ options }) => options.group))])) await this.inner.redriveAsked(group, key);
      } catch {
        // The database is away: the next look finds it, and what is there then.
      }
    }
  }

  private tell(): void {
    this.told = true;
    if (!this.telling) void this.tellOthers();
  }

  private async tellOthers(): Promise<void> {
    this.telling = true;
    while (this.told && !this.ending.signal.aborted) {
      this.told = false;
      await this.leases.tell();
      await sleep(sharingLimits.tellEveryMs, undefined, { ref: false });
    }
    this.telling = false;
  }

  private topicsOf(members: readonly Member[]): readonly string[] {
    return [...new Set(members.flatMap(({ options }) => options.topics))];
  }

  /** While another process works for the group. */
  private async lagOf({ group, topics }: ConsumerOptions): Promise<number> {
    const positions = new Map((await this.journal.positions(group)).map(({ topic, partition, next }) => [`${topic}/${partition}`, next]));
    const heads = await this.journal.headsOf(topics);
    return heads.reduce((lag, { topic, partition, next }) => lag + Number(next - (positions.get(`${topic}/${partition}`) ?? 0n)), 0);
  }
}
