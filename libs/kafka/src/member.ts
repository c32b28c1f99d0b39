import { BrokerUnavailable, deadLetterTopicOf, jittered, pause, type ConsumerOptions } from '@program-ledger/messaging';
import type { Surroundings } from './client.js';
import type { Append } from './dead-letter-box.js';
import { inTime, within } from './failures.js';
import { Link } from './link.js';
import { leaveGroup, Membership, type Identity } from './membership.js';
import { Stalled } from './stalled.js';
import { Tenure } from './tenure.js';

type Member = { readonly options: ConsumerOptions; readonly around: Surroundings; readonly append: Append; readonly open?: (around: Surroundings) => Promise<Link> };

const restartPauseMsMax = 5_000;
const opened = (around: Surroundings): Promise<Link> => Link.open(around);

/**
 * A member of a group until it is stopped. Whatever goes wrong with the broker or the connection, everything of it is dropped and begun
 * anew, with jitter, for ever; what was in hand and not committed comes again.
 */
export class GroupMember {
  private readonly stopping = new AbortController();
  private readonly stop$: Promise<void>;
  private readonly identity: Identity = { memberId: '' };
  private link: Link | undefined;
  private tenure: Tenure | undefined;
  /** Handlers of a tenure that was dropped may still run. */
  private left: Promise<unknown> = Promise.resolve();
  private dead = false;
  private readonly ended: Promise<void>;

  constructor(private readonly member: Member) {
    this.stop$ = new Promise((resolve) => this.stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
    this.ended = this.run();
  }

  /** Waits for the messages in hand, commits, leaves the group. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  /** Why it will not go on by itself. */
  stuck(): string | undefined {
    return this.tenure?.stuck();
  }

  /** As if the process had died. */
  abandon(): void {
    this.dead = true;
    this.drop();
    this.stopping.abort();
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    for (let troubles = 0; !this.stopped; ) {
      try {
        await this.belong(() => (troubles = 0));
      } catch (error) {
        this.drop();
        if (this.stopped) return;
        this.report(error);
        await pause(jittered(troubles, restartPauseMsMax), this.stopping.signal);
        // What is in hand would meet its own repeat in this process; who hangs is waited for once, as long as when partitions change hands.
        if (!(await inTime(this.member.around.limits.drainMsMax, Promise.race([this.left, this.stop$])))) this.left = Promise.resolve();
        troubles += 1;
      }
    }
  }

  /** Joins, and joins again at every rebalance, on one connection. */
  private async belong(progressed: () => void): Promise<void> {
    const { options, around, append, open = opened } = this.member;
    const { group, topics } = options;
    const link = await open(around);
    this.link = link;
    if (this.dead) return this.drop();
    await link.learn([...topics, ...topics.map((topic) => deadLetterTopicOf(topic, group))]);
    while (!this.stopped) {
      const joining = Membership.join({ link, group, topics, limits: around.limits, identity: this.identity }, this.stopping.signal);
      joining.catch(() => undefined);
      // The broker may hold the answer back until the slowest member has come: who stops does not wait for that.
      const membership = await Promise.race([joining, this.stop$.then(() => undefined)]);
      if (membership === undefined) {
        if (!this.dead) await this.leave(link);
        break;
      }
      const tenure = (this.tenure = new Tenure({ link, membership, member: options, around, append }));
      await tenure.begin();
      progressed();
      await Promise.race([tenure.over(), this.stop$]);
      if (this.dead) return;
      await tenure.end();
      if (this.stopped) await membership.leave().catch(() => undefined);
    }
    this.link = undefined;
    await link.close();
  }

  /** Who is not known by name yet is waited for by nobody. */
  private async leave(link: Link): Promise<void> {
    link.destroy();
    if (this.identity.memberId === '') return;
    await within(this.member.around.limits.requestMsMax, 'leaving', this.leaveAnew()).catch(() => undefined);
  }

  private async leaveAnew(): Promise<void> {
    const { options, around, open = opened } = this.member;
    const link = await open(around);
    await leaveGroup(link, options.group, this.identity).finally(() => link.close());
  }

  private drop(): void {
    this.tenure?.abandon();
    this.left = this.tenure?.gone() ?? this.left;
    this.link?.destroy();
    this.tenure = undefined;
    this.link = undefined;
  }

  private report(error: unknown): void {
    const { options, around } = this.member;
    const message = `${options.group} begins anew: ${error instanceof Error ? error.message : String(error)}`;
    const kind = error instanceof Stalled ? 'stalled' : 'member-lost';
    around.report({ kind, severity: error instanceof BrokerUnavailable ? 'warning' : 'error', group: options.group, message, error });
  }
}
