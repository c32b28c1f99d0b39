import { categoryOf, idOf, type DomainEvent, type EventDefinition, type StoredEvent } from '@program-ledger/event-sourcing';
import type { ViewTable } from './view-table.js';

/** An aggregate as a view needs it: whose events, and how they are read. */
type Source = {
  readonly category: string;
  readonly events: { readonly [type: string]: EventDefinition };
  readonly evolve: (state: never, event: never) => unknown;
};

type EventOf<A> = A extends { readonly evolve: (state: never, event: infer Event extends DomainEvent) => unknown } ? Event : never;
type Named<Event extends DomainEvent, T extends string> = StoredEvent<Extract<Event, { type: T }>>;

type ViewDeclaration<Row extends object, Sources extends readonly Source[], Event extends DomainEvent = EventOf<Sources[number]>> = {
  /** kebab-case, unique in its service. */
  readonly name: string;
  readonly table: ViewTable<Row>;
  /** Raise it when the same events would now make other rows: the view is then rebuilt before its service goes on. */
  readonly version?: number;
  /** The first is the one that keys are of: a row's revision is that of its stream. */
  readonly aggregates: Sources;
  /** The rows that an event is about; by default the one whose key is the id of the event's stream. Pure. */
  readonly key?: (stored: StoredEvent<Event>) => string | readonly string[];
  /**
   * What each event makes of a row: another row, or `null` for none; the same values, or `undefined`, leave it as it is. Pure: no clock,
   * no chance, nothing from outside. An event that none of these names moves only the revision of its stream's own row.
   */
  readonly on: {
    readonly [T in Event['type']]?: (row: Row | undefined, stored: Named<Event, T>, key: string) => Row | null | undefined;
  };
};

/** A declared view: what the runner folds and what `Views` answers from. */
export type View<Row extends object = object> = {
  readonly name: string;
  readonly version: number;
  readonly table: ViewTable<Row>;
  /** Event definitions by category: the streams it reads. */
  readonly sources: ReadonlyMap<string, Readonly<Record<string, EventDefinition<DomainEvent>>>>;
  /** Category of the first aggregate: a row's revision is that of its stream here. */
  readonly category: string | undefined;
  handles(type: string): boolean;
  keysOf(stored: StoredEvent): readonly string[];
  fold(row: Row | undefined, stored: StoredEvent, key: string): Row | null | undefined;
};

/** Declares a view over events of the named aggregates, all of the same service. */
export const view = <Row extends object, const Sources extends readonly Source[]>(declaration: ViewDeclaration<Row, Sources>): View<Row> => {
  const { name, table, version = 1, aggregates } = declaration;
  // The compiler has paired each handler with its event; here they are looked up by type.
  const key = declaration.key as ((stored: StoredEvent) => string | readonly string[]) | undefined;
  const handlers = new Map(Object.entries(declaration.on) as [string, (row: Row | undefined, stored: StoredEvent, key: string) => Row | null | undefined][]);
  return {
    name,
    version,
    table,
    sources: new Map(aggregates.map(({ category, events }) => [category, events as Readonly<Record<string, EventDefinition<DomainEvent>>>])),
    category: aggregates[0]?.category,
    handles: (type) => handlers.has(type),
    keysOf: (stored) => (key === undefined ? [idOf(stored.stream)] : [...new Set([key(stored)].flat())]),
    fold: (row, stored, rowKey) => handlers.get(stored.event.type)?.(row, stored, rowKey),
  };
};

/** Prefixes of the streams that the views read. */
export const prefixesOf = (views: readonly View[]): readonly string[] => [
  ...new Set(views.flatMap(({ sources }) => [...sources.keys()].map((category) => `${category}-`))),
];

/** The view's definitions for a stream, or undefined when it does not read it. */
export const sourceOf = (each: View, stream: string): Readonly<Record<string, EventDefinition<DomainEvent>>> | undefined =>
  each.sources.get(categoryOf(stream));
