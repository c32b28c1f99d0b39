import { pause } from '@program-ledger/messaging';
import { assigner, dealtOut, decodePlaces, decodeTopics, encodePlaces, encodeTopics } from './assignment.js';
import { typeOf } from './failures.js';
import { joinGroup, type RawBroker } from './kafkajs.js';
import { byTopic, type Link, type Place, type PlaceOffset } from './link.js';
import type { KafkaLimits } from './options.js';

/** The name that the broker gave a member, kept over rebalances and failed joins: nobody then waits for a member that is gone. */
export type Identity = { memberId: string };

export type Joining = {
  readonly link: Link;
  readonly group: string;
  readonly topics: readonly string[];
  readonly limits: KafkaLimits;
  readonly identity: Identity;
};

/** The broker asks every member to join again. */
export const isRebalance = (error: unknown): boolean => typeOf(error) === 'REBALANCE_IN_PROGRESS';
const startsOver = ['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP'];
const joinPauseMs = 50;

/** One member of a group, between two rebalances: what it was given, and the right to say so. */
export class Membership {
  private constructor(
    private readonly joining: Joining,
    private readonly coordinator: RawBroker,
    private readonly named: { readonly memberId: string; readonly generationId: number },
    readonly places: readonly Place[],
  ) {}

  get memberId(): string {
    return this.named.memberId;
  }

  /** Waits for the other members, as long as the broker does. */
  static async join(joining: Joining, signal: AbortSignal): Promise<Membership | undefined> {
    while (!signal.aborted) {
      try {
        return await Membership.joinOnce(joining);
      } catch (error) {
        if (!startsOver.includes(typeOf(error))) throw error;
        if (typeOf(error) === 'UNKNOWN_MEMBER_ID') joining.identity.memberId = '';
        await pause(joinPauseMs, signal);
      }
    }
    return undefined;
  }

  private static async joinOnce({ identity, ...joining }: Joining): Promise<Membership> {
    const { link, group: groupId, topics, limits } = joining;
    const coordinator = await link.coordinator(groupId);
    const request = {
      groupId,
      sessionTimeout: limits.sessionMs,
      rebalanceTimeout: limits.rebalanceMs,
      memberId: identity.memberId,
      groupProtocols: [{ name: assigner, metadata: encodeTopics(topics) }],
    };
    const { generationId, leaderId, memberId, members } = await joinGroup(coordinator, request, (given) => (identity.memberId = given));
    const groupAssignment = leaderId === memberId ? await assigned(link, members) : [];
    const { memberAssignment } = await coordinator.syncGroup({ groupId, generationId, memberId, groupAssignment });
    return new Membership({ ...joining, identity }, coordinator, { memberId, generationId }, decodePlaces(memberAssignment));
  }

  async heartbeat(): Promise<void> {
    await this.coordinator.heartbeat({ groupId: this.joining.group, groupGenerationId: this.named.generationId, memberId: this.memberId });
  }

  /** The next offset that the group wants of each partition. */
  async commit(offsets: readonly PlaceOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    const topics = byTopic(offsets, ({ partition, offset }) => ({ partition, offset: String(offset), metadata: null }));
    await this.coordinator.offsetCommit({ groupId: this.joining.group, groupGenerationId: this.named.generationId, memberId: this.memberId, topics });
  }

  /** The others need not wait until it is missed. */
  async leave(): Promise<void> {
    await this.coordinator.leaveGroup({ groupId: this.joining.group, memberId: this.memberId });
  }
}

/** Of a member that is still joining; on another connection, since a broker answers one request of a connection after the other. */
export const leaveGroup = async (link: Pick<Link, 'coordinator'>, group: string, { memberId }: Identity): Promise<void> => {
  await (await link.coordinator(group)).leaveGroup({ groupId: group, memberId });
};

const assigned = async (link: Link, members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]) => {
  const subscribed = members.map(({ memberId, memberMetadata }) => ({ memberId, topics: decodeTopics(memberMetadata) }));
  const topics = [...new Set(subscribed.flatMap((member) => member.topics))];
  await link.learn(topics);
  return [...dealtOut(subscribed, link.placesOf(topics))].map(([memberId, places]) => ({ memberId, memberAssignment: encodePlaces(places) }));
};
