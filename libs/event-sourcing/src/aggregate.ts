import type { z } from 'zod';
import type { JsonObject } from './canonical-json.js';

/** What a decider produces: a past-tense type and, in every event, the programme time `at` (ISO 8601 instant). */
export type DomainEvent = { readonly type: string; readonly at: string };

/** A refusal is a value. `code` completes "refused because it …"; details are its parameters. */
export type Rejection<Code extends string = string> = { readonly rejected: Code; readonly details: JsonObject };

export const reject = <const Code extends string>(code: Code, details: JsonObject = {}): Rejection<Code> => ({ rejected: code, details });

export const isRejection = (outcome: object): outcome is Rejection => 'rejected' in outcome;

/**
 * How one event type is stored. `schema` parses the current version, `type` field included; `upcasts[n]` turns the raw data of
 * version n into version n + 1. Stored bytes never change: upcasting happens on reading.
 */
export type EventDefinition<Event = unknown> = {
  readonly version: number;
  readonly schema: z.ZodType<Event>;
  readonly upcasts?: Readonly<Record<number, (data: JsonObject) => JsonObject>>;
};

export type EventDefinitions<Event extends DomainEvent> = {
  readonly [T in Event['type']]: EventDefinition<Extract<Event, { type: T }>>;
};

/** One kind of stream: its pure rules and the schemas of its events. */
export type Aggregate<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string> = {
  /** Stream category: a camelCase noun without hyphen. */
  readonly category: string;
  readonly events: EventDefinitions<Event>;
  readonly initial: State;
  readonly evolve: (state: State, event: Event) => State;
  readonly decide: (command: Command, state: State) => readonly Event[] | Rejection<Code>;
};
