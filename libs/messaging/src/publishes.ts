import {
  categoryOf,
  decodeEvent,
  idOf,
  type Aggregate,
  type DomainEvent,
  type EventDefinition,
  type JsonObject,
  type RecordedEvent,
  type StoredEvent,
} from '@program-ledger/event-sourcing';
import type { z } from 'zod';
import type { Message, Outgoing } from './message.js';

type PublicEvent = { readonly type: string };
type EventContext = { /** Id of the aggregate. */ readonly id: string; readonly stream: string; readonly revision: number };

/** What becomes of each private event: a public one, or `null` for what stays home. A missing row does not compile. */
export type Publishes<Event extends DomainEvent, Public extends PublicEvent> = {
  readonly [T in Event['type']]: ((event: Extract<Event, { type: T }>, context: EventContext) => Public | null) | null;
};

/** One aggregate's rows, as `publishing` takes them. */
export type PublishedAggregate<Public extends PublicEvent> = {
  readonly category: string;
  readonly publish: (recorded: RecordedEvent) => { readonly stored: StoredEvent; readonly event: Public } | null;
};

/** The rows of one aggregate: total over its events. Written inside `publishing(…)`, so that each row is checked against the contract. */
export const publishes = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string, const Public extends PublicEvent>(
  aggregate: Aggregate<State, Command, Event, Code>,
  table: Publishes<Event, Public>,
): PublishedAggregate<Public> => {
  const definitions: Readonly<Record<string, EventDefinition>> = aggregate.events;
  const rows: Readonly<Record<string, Row<Public> | null>> = table;
  return {
    category: aggregate.category,
    publish: (recorded) => {
      const row = Object.hasOwn(rows, recorded.type) ? rows[recorded.type] : undefined;
      if (row === undefined) throw new Error(`no row of ${aggregate.category} for ${recorded.type}`);
      if (row === null) return null;
      const stored = decodeEvent(definitions as Readonly<Record<string, EventDefinition<DomainEvent>>>, recorded);
      const { stream, revision } = recorded;
      const event = row(stored.event, { id: idOf(stream), stream, revision });
      return event === null ? null : { stored, event };
    },
  };
};

// Of a method, so that a row may take its own event only: the type of the recorded one has chosen the row.
type Row<Public> = { method(event: DomainEvent, context: EventContext): Public | null }['method'];

type Schemas = { readonly [type: string]: z.ZodType };
type PublicEventOf<S extends Schemas> = { [T in keyof S & string]: { readonly type: T } & Frozen<z.input<S[T]>> }[keyof S & string];

/** Deeply readonly: rows may hand on what a private event holds. */
type Frozen<T> = { readonly [K in keyof T]: Frozen<T[K]> };

/** The relay's map of one service, with the topics it fills and the prefixes of the streams it reads. */
export type Publishing = ((recorded: RecordedEvent) => Outgoing | null) & {
  readonly service: string;
  readonly topics: readonly string[];
  readonly prefixes: readonly string[];
};

/**
 * Maps private events to messages by the tables of all aggregates of a service. What leaves is what the contract's schema made of it.
 * @throws UnpublishableEvent from the map when an event does not fit its contract: the relay then stops before it.
 */
export const publishing = <const S extends Schemas>(service: string, schemas: S, aggregates: readonly PublishedAggregate<PublicEventOf<S>>[]): Publishing => {
  const byCategory = new Map(aggregates.map((aggregate) => [aggregate.category, aggregate]));
  const map = (recorded: RecordedEvent): Outgoing | null => {
    const category = categoryOf(recorded.stream);
    const published = byCategory.get(category)?.publish(recorded) ?? null;
    if (published === null) return null;
    const { type, ...fields } = published.event;
    const parsed = Object.hasOwn(schemas, type) ? schemas[type]?.safeParse(fields) : undefined;
    if (parsed?.success !== true) throw new UnpublishableEvent(recorded, type, parsed?.error.message ?? 'the contract has no such event');
    return { topic: topicOf(service, category), message: messageOf(service, type, published.stored, parsed.data as JsonObject) };
  };
  return Object.assign(map, {
    service,
    topics: [...byCategory.keys()].map((category) => topicOf(service, category)),
    prefixes: [...byCategory.keys()].map((category) => `${category}-`),
  });
};

/** Topic of one kind of stream: `<service>.<category in kebab-case>`. */
export const topicOf = (service: string, category: string): string => `${service}.${category.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The envelope of a public event: everything but type and data comes from the stored one. */
export const messageOf = (service: string, type: string, { id, stream, revision, metadata }: StoredEvent, data: JsonObject): Message => ({
  id,
  type,
  source: `/program-ledger/${service}`,
  subject: stream,
  time: metadata.recordedAt,
  sequence: String(revision),
  key: stream,
  correlationid: metadata.correlationId,
  causationid: metadata.causationId,
  actor: metadata.actor,
  ...(metadata.onBehalfOf === undefined ? {} : { onbehalfof: metadata.onBehalfOf }),
  ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
  data,
});

export class UnpublishableEvent extends Error {
  override readonly name = 'UnpublishableEvent';
  constructor(recorded: RecordedEvent, type: string, reason: string) {
    super(`${recorded.type} at ${recorded.stream}@${recorded.revision} cannot leave as ${type}: ${reason}`);
  }
}
