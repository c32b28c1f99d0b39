import {
  decodeEvent,
  type Commands,
  type EventDefinition,
  type EventStore,
  type JsonObject,
  type RecordedEvent,
  type StoredEvent,
} from '@program-ledger/event-sourcing';
import { z } from 'zod';
import type { Outgoing } from './message.js';
import { PermanentFailure, type Consumer, type ConsumerOptions, type Delivery, type Subscription } from './ports.js';
import { followsTopicOf, type Follow } from './reacts.js';
import { runRelay, type Relay } from './relay.js';
import { purely, runIssues } from './running.js';

export type Following = Omit<Relay, 'name' | 'prefixes' | 'map' | 'report'> & {
  readonly service: string;
  readonly follows: readonly Follow[];
  readonly commands: Commands;
  readonly consumer: Consumer;
  /** Told of the group's subscription: for lag. */
  readonly subscribed?: (subscription: Subscription) => void;
  readonly report?: NonNullable<Relay['report']> & NonNullable<ConsumerOptions['report']>;
};

/**
 * Runs the policies of a service over its own events until the signal aborts. They ride the same rails as reactions: a relay of its own puts
 * a pointer to each event that a row waits for on `<service>.follows`, whose group of the same name reads the event from the log and
 * issues the commands. So order by stream, pauses, dead letters, redriving and lag are the broker's; no private event leaves the log.
 */
export const runFollows = async (following: Following): Promise<void> => {
  const { service, follows, consumer, report, subscribed } = following;
  if (follows.length === 0) return;
  const subscription = await consumer.subscribe({
    group: followsTopicOf(service),
    topics: [followsTopicOf(service)],
    handle: followed(following),
    ...(report === undefined ? {} : { report }),
  });
  subscribed?.(subscription);
  const prefixes = [...new Set(follows.map(({ category }) => `${category}-`))];
  await runRelay({ ...following, name: followsTopicOf(service), prefixes, map: pointing(service, follows) });
  await subscription.stop();
};

const pointer = z.object({ stream: z.string(), revision: z.int().nonnegative() });

const pointing =
  (service: string, follows: readonly Follow[]) =>
  (recorded: RecordedEvent): Outgoing | null => {
    if (!follows.some((row) => isFor(row, recorded))) return null;
    const { id, stream, revision } = recorded;
    const data: JsonObject = { stream, revision } satisfies z.infer<typeof pointer>;
    const sequence = String(revision);
    const envelope = {
      id,
      type: `${service}.followed.v1`,
      source: `/program-ledger/${service}`,
      subject: stream,
      time: recorded.recordedAt,
      sequence,
      key: stream,
    };
    return { topic: followsTopicOf(service), message: { ...envelope, correlationid: id, causationid: id, actor: `service:${service}`, data } };
  };

const followed =
  ({ service, follows, store, commands, crash }: Following) =>
  async ({ message }: Delivery): Promise<void> => {
    const recorded = await pointedAt(store, pointer.parse(message.data));
    for (const row of follows.filter((each) => isFor(each, recorded))) {
      await crash?.('between-delivery-and-effect');
      await runFollow(row, recorded, { service, commands });
    }
  };

/** Issues the commands of one row, under ids that follow from the event. */
export const runFollow = async (
  row: Follow,
  recorded: RecordedEvent,
  { service, commands }: { readonly service: string; readonly commands: Commands },
): Promise<void> => {
  const stored = purely(row.name, () => decodeEvent(row.events as Readonly<Record<string, EventDefinition<StoredEvent['event']>>>, recorded));
  const { correlationId, actor, onBehalfOf, traceparent } = stored.metadata;
  const cause = { id: stored.id, correlationId, actor: onBehalfOf ?? actor, ...(traceparent === undefined ? {} : { traceparent }) };
  await runIssues(() => row.react(stored), { service, row: row.name, cause }, commands);
};

const isFor = ({ category, type }: Follow, recorded: RecordedEvent): boolean => recorded.type === type && recorded.stream.startsWith(`${category}-`);

const pointedAt = async (store: EventStore, { stream, revision }: z.infer<typeof pointer>): Promise<RecordedEvent> => {
  for await (const [recorded] of store.read(stream, { from: revision, pageSize: 1 })) if (recorded !== undefined) return recorded;
  throw new PermanentFailure('event-missing', `${stream}@${revision} is not in this log`);
};
