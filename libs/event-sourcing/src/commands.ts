import { isRejection, type Aggregate, type DomainEvent, type EventDefinition, type Rejection } from './aggregate.js';
import { decodeEvent, encodeEvent, type EventMetadata, type StoredEvent } from './event-codec.js';
import { EventStoreUnavailable, type AppendResult, type EventStore, type Position, type ProposedEvent } from './event-store.js';
import { streamOf, uuidFrom } from './identifiers.js';

/** Who asks, why, and by which request. Made at the rim: the domain makes no ids and reads no clock. */
export type CommandContext = {
  readonly commandId: string;
  readonly commandDigest: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly role?: string;
  readonly traceparent?: string;
  readonly rulebookDigest?: string;
  /** From `If-Match`: the revision the asker saw. A mismatch is answered, never retried. */
  readonly expectedRevision?: number;
};

export type Handled<Event extends DomainEvent, Code extends string> =
  | {
      readonly status: 'decided' | 'repeated';
      readonly stream: string;
      readonly revision: number;
      readonly position: Position;
      readonly events: readonly Event[];
    }
  | { readonly status: 'quiet'; readonly stream: string; readonly revision: number | 'none' }
  | { readonly status: 'rejected'; readonly stream: string; readonly rejection: Rejection<Code> }
  | { readonly status: 'key-reused'; readonly stream: string }
  | { readonly status: 'conflict'; readonly stream: string; readonly expected: number; readonly actual: number | 'none' };

export type Loaded<State, Event extends DomainEvent> = {
  readonly state: State;
  readonly stream: string;
  readonly revision: number | 'none';
  readonly position: Position;
  readonly history: readonly StoredEvent<Event>[];
};

export const commandLimits = { conflictRetriesMax: 8, unavailableRetriesMax: 5 } as const;

type Environment = { readonly now: () => string; readonly pause?: (milliseconds: number) => Promise<void>; readonly random?: () => number };

/** The only writer of events: reads a stream, folds it, decides, appends what was decided at the revision it decided on. */
export class Commands {
  constructor(
    private readonly store: EventStore,
    private readonly environment: Environment,
  ) {}

  /** The state of one aggregate, as of a position when one is given. */
  async load<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    aggregate: Aggregate<State, Command, Event, Code>,
    id: string,
    asOf?: Position,
  ): Promise<Loaded<State, Event>> {
    const stream = streamOf(aggregate.category, id);
    const history: StoredEvent<Event>[] = [];
    let state = aggregate.initial;
    for await (const page of this.store.read(stream, asOf === undefined ? {} : { upTo: asOf })) {
      for (const recorded of page) {
        const stored = decodeEvent<Event>(aggregate.events as Readonly<Record<string, EventDefinition<Event>>>, recorded);
        history.push(stored);
        state = aggregate.evolve(state, stored.event);
      }
    }
    const last = history.at(-1);
    return { state, stream, revision: last?.revision ?? 'none', position: last?.position ?? 0n, history };
  }

  /**
   * Decides one command. A command id met in the stream answers with what it decided then; a conflict is decided afresh, a bounded
   * number of times, unless the asker named the revision; after an unknown outcome the same ids go to the same revision again.
   */
  async handle<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    aggregate: Aggregate<State, Command, Event, Code>,
    id: string,
    command: Command,
    context: CommandContext,
  ): Promise<Handled<Event, Code>> {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.attempt(aggregate, id, command, context);
      if (outcome.status !== 'conflict' || context.expectedRevision !== undefined || attempt >= commandLimits.conflictRetriesMax) return outcome;
      await this.pause(attempt);
    }
  }

  private async attempt<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    aggregate: Aggregate<State, Command, Event, Code>,
    id: string,
    command: Command,
    context: CommandContext,
  ): Promise<Handled<Event, Code>> {
    const loaded = await this.load(aggregate, id);
    const { stream, revision } = loaded;
    const earlier = loaded.history.filter((stored) => stored.metadata.commandId === context.commandId);
    if (earlier.length > 0) return repeated(stream, earlier, context.commandDigest);
    if (context.expectedRevision !== undefined && context.expectedRevision !== revision)
      return { status: 'conflict', stream, expected: context.expectedRevision, actual: revision };
    const decided = aggregate.decide(command, loaded.state);
    if (isRejection(decided)) return { status: 'rejected', stream, rejection: decided };
    if (decided.length === 0) return { status: 'quiet', stream, revision };
    const result = await this.appendSurely(stream, revision, this.propose(aggregate, stream, decided, context));
    if (result.status === 'conflict') return { status: 'conflict', stream, expected: revision === 'none' ? -1 : revision, actual: result.actual };
    return { status: result.status === 'appended' ? 'decided' : 'repeated', stream, revision: result.revision, position: result.position, events: decided };
  }

  private propose<Event extends DomainEvent>(
    aggregate: { readonly events: Readonly<Record<string, EventDefinition>> },
    stream: string,
    decided: readonly Event[],
    context: CommandContext,
  ): readonly ProposedEvent[] {
    const { expectedRevision: _, ...metadata } = context;
    const recordedAt = this.environment.now();
    return decided.map((event, index) => {
      const definition = aggregate.events[event.type];
      if (definition === undefined) throw new Error(`no definition of event ${event.type}`);
      return encodeEvent(event, definition, uuidFrom(context.commandId, stream, String(index)), { ...(metadata satisfies Partial<EventMetadata>), recordedAt });
    });
  }

  private async appendSurely(stream: string, expected: number | 'none', events: readonly ProposedEvent[]): Promise<AppendResult> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.store.append(stream, expected, events);
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable) || attempt >= commandLimits.unavailableRetriesMax) throw error;
        await this.pause(attempt + 3);
      }
    }
  }

  /** Full jitter: 0 to 2^attempt milliseconds, at most 500. */
  private pause(attempt: number): Promise<void> {
    const { pause = defaultPause, random = Math.random } = this.environment;
    return pause(random() * Math.min(500, 2 ** attempt));
  }
}

const defaultPause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const repeated = <Event extends DomainEvent>(stream: string, earlier: readonly StoredEvent<Event>[], digest: string): Handled<Event, never> => {
  const last = earlier.at(-1)!;
  if (last.metadata.commandDigest !== digest) return { status: 'key-reused', stream };
  return { status: 'repeated', stream, revision: last.revision, position: last.position, events: earlier.map((stored) => stored.event) };
};
