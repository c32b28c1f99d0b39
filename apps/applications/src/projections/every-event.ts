import type { DomainEvent, EventDefinitions, StoredEvent } from '@program-ledger/event-sourcing';

type Fold<Row, Event extends DomainEvent> = (row: Row | undefined, stored: StoredEvent<Event>) => Row | null | undefined;

/** The same fold for every event of a stream: of rows that are the stream's own state, beside the columns that lists are filtered by. */
export const everyEvent = <Row, Event extends DomainEvent>(events: EventDefinitions<Event>, fold: Fold<Row, Event>): { readonly [T in Event['type']]: Fold<Row, Event> } =>
  // The keys of the definitions are the types of the events, all of them.
  Object.fromEntries(Object.keys(events).map((type) => [type, fold])) as { readonly [T in Event['type']]: Fold<Row, Event> };

/** A number in a key, so that keys are in the order of numbers. */
export const ordinal = (number: number): string => String(number).padStart(6, '0');
