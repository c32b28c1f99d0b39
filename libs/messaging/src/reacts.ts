import type { Aggregate, DomainEvent, EventDefinition, StoredEvent } from '@program-ledger/event-sourcing';
import type { z } from 'zod';
import type { Message } from './message.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- aggregates of any state, command and event stand side by side in a list
type AnyAggregate = Aggregate<any, any, any, any>;

/** A command that follows from a message or an event, for one aggregate; who asks and under which id is the executor's to say. */
export type Issue = { readonly aggregate: AnyAggregate; readonly id: string; readonly command: { readonly type: string } };

export const issue = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
  aggregate: Aggregate<State, Command, Event, Code>,
  id: string,
  command: Command,
): Issue => ({ aggregate, id, command });

/** A row: a foreign public event to own commands. Pure, so that a redelivery issues the same. */
export type Reaction = {
  readonly kind: 'reaction';
  /** kebab-case, unique in its service and kept for ever: part of the command ids. */
  readonly name: string;
  readonly type: string;
  readonly schema: z.ZodType;
  react(data: unknown, message: Message): readonly Issue[];
};

/** A row: a foreign public event to a write in the service's own database, once a message. */
export type Effect = {
  readonly kind: 'effect';
  readonly name: string;
  readonly type: string;
  readonly schema: z.ZodType;
  apply(data: unknown, message: Message, transaction: unknown): Promise<void>;
};

/** A row: an own private event to own commands, for policies and processes. */
export type Follow = {
  readonly kind: 'follow';
  readonly name: string;
  readonly category: string;
  readonly type: string;
  readonly events: Readonly<Record<string, EventDefinition>>;
  react(stored: StoredEvent): readonly Issue[];
};

/** Data of a message is parsed by `schema`, which must be the contract's; fields that it does not know are tolerated. */
export const reaction = <Data>(name: string, type: string, schema: z.ZodType<Data>, react: (data: Data, message: Message) => readonly Issue[]): Reaction => ({
  kind: 'reaction',
  name,
  type,
  schema,
  react,
});

/** `Transaction` is what the service's `Inbox` hands over: TypeORM's `EntityManager` in `read-models`. */
export const effect = <Data, Transaction>(
  name: string,
  type: string,
  schema: z.ZodType<Data>,
  apply: (data: Data, message: Message, transaction: Transaction) => Promise<void>,
): Effect => ({ kind: 'effect', name, type, schema, apply });

/** The event is one of the aggregate's; the commands may go to any aggregate of the same service. */
export const follow = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string, const T extends Event['type']>(
  name: string,
  aggregate: Aggregate<State, Command, Event, Code>,
  type: T,
  react: (stored: StoredEvent<Extract<Event, { type: T }>>) => readonly Issue[],
): Follow => ({ kind: 'follow', name, category: aggregate.category, type, events: aggregate.events, react });

/** Those of the declared topics that carry what the rows react to: all topics of the services whose events they name. */
export const topicsFor = (rows: readonly (Reaction | Effect)[], declared: readonly string[]): readonly string[] => {
  const sources = new Set(rows.map(({ type }) => serviceOf(type)));
  return declared.filter((topic) => sources.has(serviceOf(topic)) && !isDeadLetterTopic(topic) && !isFollowsTopic(topic));
};

const serviceOf = (dotted: string): string => dotted.slice(0, dotted.indexOf('.'));

/** Where the messages of `topic` go that `group` cannot take. */
export const deadLetterTopicOf = (topic: string, group: string): string => `${topic}.${group}.dlt`;
export const isDeadLetterTopic = (topic: string): boolean => topic.endsWith('.dlt');

/** A service's topic of its own, which only points at events of the log that its follows wait for. */
export const followsTopicOf = (service: string): string => `${service}.follows`;
export const isFollowsTopic = (topic: string): boolean => topic.endsWith('.follows');
