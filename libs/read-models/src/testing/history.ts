import { encodeEvent, streamOf, uuidFrom, type Aggregate, type DomainEvent, type EventDefinition, type EventStore } from '@program-ledger/event-sourcing';

/** An event of one aggregate instance, as a history tells it. */
export type Occurrence = { readonly category: string; readonly definition: EventDefinition; readonly id: string; readonly event: DomainEvent };

/** `on(grant, grantId, { type: 'grant-reserved', … })`. */
export const on = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
  aggregate: Aggregate<State, Command, Event, Code>,
  id: string,
  event: Event,
): Occurrence => {
  const definition: EventDefinition | undefined = (aggregate.events as Readonly<Record<string, EventDefinition>>)[event.type];
  if (definition === undefined) throw new TypeError(`no ${event.type} in ${aggregate.category}`);
  return { category: aggregate.category, definition, id, event };
};

/** Records a history in a log, one append an event, a second of the machine's time apart. Answers the last position. */
export const record = async (store: EventStore, history: readonly Occurrence[]): Promise<bigint> => {
  const before = Number(await store.head());
  let position = BigInt(before);
  for (const [index, { category, definition, id, event }] of history.entries()) {
    const recordedAt = new Date(Date.UTC(2026, 0, 1) + (before + index) * 1_000).toISOString();
    const commandId = uuidFrom('history', String(before + index));
    const metadata = { recordedAt, commandId, commandDigest: commandId, correlationId: commandId, causationId: commandId, actor: 'tester' };
    const result = await store.append(streamOf(category, id), 'any', [encodeEvent(event, definition, commandId, metadata)]);
    if (result.status !== 'appended') throw new Error(`the history was not appended: ${result.status}`);
    position = result.position;
  }
  return position;
};
