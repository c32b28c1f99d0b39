import { expect } from '@jest/globals';
import { isRejection, type Aggregate, type DomainEvent } from '../aggregate.js';
import { canonicalJson, type JsonObject } from '../canonical-json.js';

/**
 * `given(...history).when(command).then(...events) | .rejects(code, details?) | .staysQuiet()` for one aggregate.
 * Every event of the history and of the outcome is parsed by its schema after a trip through JSON, so an event that could not be
 * stored or read back fails here.
 */
export const specify = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
  aggregate: Aggregate<State, Command, Event, Code>,
) => ({
  given: (...history: readonly Event[]) => {
    const state = history.map((event) => stored(aggregate, event)).reduce(aggregate.evolve, aggregate.initial);
    return {
      state,
      when: (command: Command) => {
        const outcome = aggregate.decide(command, state);
        return {
          then: (...events: readonly Event[]) => {
            expect(outcome).toEqual(events);
            expect(isRejection(outcome) ? outcome : outcome.map((event) => stored(aggregate, event))).toEqual(events);
          },
          rejects: (code: Code, details?: JsonObject) =>
            expect(outcome).toEqual(details === undefined ? expect.objectContaining({ rejected: code }) : { rejected: code, details }),
          staysQuiet: () => expect(outcome).toEqual([]),
          outcome,
        };
      },
    };
  },
});

const stored = <Event extends DomainEvent>(
  aggregate: { readonly events: { readonly [T in Event['type']]: { readonly schema: { parse: (data: unknown) => unknown } } } },
  event: Event,
): Event => aggregate.events[event.type as Event['type']].schema.parse(JSON.parse(canonicalJson(event))) as Event;
