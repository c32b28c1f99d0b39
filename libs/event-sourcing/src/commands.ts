import { isRejection, type Aggregate, type DomainEvent, type EventDefinition, type EventDefinitions, type Rejection } from './aggregate.js';
import { decodeEvent, encodeEvent, type StoredEvent } from './event-codec.js';
import type { CommandRegister } from './command-register.js';
import { EventStoreUnavailable, type AppendResult, type EventStore, type Position, type ProposedEvent } from './event-store.js';
import { commandMarkOf, FoldedStreams, type CommandMarks, type Folded } from './folded-streams.js';
import { streamOf, uuidFrom } from './identifiers.js';
import { Repeats, type Repeatable, type Repeating } from './repeats.js';

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
  /** How it may come again where its stream does not show it. */
  readonly repeating?: Repeating;
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

type Environment = {
  readonly now: () => string;
  /** Without it only a command's own stream tells whether it came before. */
  readonly register?: CommandRegister;
  readonly pause?: (milliseconds: number) => Promise<void>;
  readonly random?: () => number;
};

type Asked<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string> = Repeatable & {
  readonly aggregate: Aggregate<State, Command, Event, Code>;
  readonly id: string;
  readonly command: Command;
  readonly context: CommandContext;
};

/** The only writer of events: folds a stream, decides, appends what was decided at the revision it decided on. */
export class Commands {
  private readonly foldedStreams = new FoldedStreams();
  private readonly turns = new Map<string, Promise<void>>();
  private readonly repeats: Repeats;

  constructor(
    private readonly store: EventStore,
    private readonly environment: Environment,
  ) {
    this.repeats = new Repeats(store, environment.register);
  }

  /** The state of one aggregate with all its events, as of a position when one is given; always read from the log. */
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
        const stored = decodeEvent<Event>(definitionsOf(aggregate), recorded);
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
   * Commands to one stream take turns, so that those of one process never conflict with each other.
   */
  async handle<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    aggregate: Aggregate<State, Command, Event, Code>,
    id: string,
    command: Command,
    context: CommandContext,
  ): Promise<Handled<Event, Code>> {
    const asked = { aggregate, id, stream: streamOf(aggregate.category, id), command, context };
    return this.inTurn(asked.stream, async () => this.repeats.remembered(asked, await this.settled(asked)));
  }

  private async settled<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    asked: Asked<State, Command, Event, Code>,
  ): Promise<Handled<Event, Code>> {
    const { aggregate, stream, context } = asked;
    let folded = this.foldedStreams.get(aggregate, stream);
    for (let attempt = 0; ; attempt += 1) {
      // The first look is a guess: good enough to append on, since the log checks the revision, but not to refuse on.
      const outcome = await this.attempt(asked, folded);
      if (outcome.status === 'conflict' && context.expectedRevision === undefined && attempt < commandLimits.conflictRetriesMax) await this.pause(attempt);
      else if (attempt > 0 || outcome.status === 'decided' || outcome.status === 'repeated') return outcome;
      folded = await this.refreshed(aggregate, stream);
    }
  }

  private async attempt<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    asked: Asked<State, Command, Event, Code>,
    { state, revision, commands }: Folded<State>,
  ): Promise<Handled<Event, Code>> {
    const { aggregate, stream, command, context } = asked;
    asked.revision = revision;
    const earlier = await this.earlierAnswer(asked, commands);
    if (earlier !== undefined) return earlier;
    if (context.expectedRevision !== undefined && context.expectedRevision !== revision)
      return { status: 'conflict', stream, expected: context.expectedRevision, actual: revision };
    const decided = aggregate.decide(command, state);
    if (isRejection(decided)) return { status: 'rejected', stream, rejection: decided };
    if (decided.length === 0) return { status: 'quiet', stream, revision };
    const { proposed, after } = this.propose(asked, state, decided);
    const standing = await this.repeats.standing(asked);
    if (standing !== 'free') return { status: standing, stream, revision };
    const result = await this.appendSurely(asked, revision, proposed);
    if (result.status === 'conflict') return { status: 'conflict', stream, expected: lastOf(revision), actual: result.actual };
    // The log knew these ids, though we did not: it may be another command under a reused key, which only the stream can tell.
    if (result.status === 'repeated') return (await this.earlierAnswer(asked)) ?? unseen(asked);
    this.foldedStreams.put(aggregate, stream, { state: after, revision: result.revision, commands: commands.add(commandMarkOf(context.commandId)) });
    return { status: 'decided', stream, revision: result.revision, position: result.position, events: decided };
  }

  /** What the command decided when it was first handled; undefined when it was not. */
  private async earlierAnswer<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    { aggregate, id, stream, context }: Asked<State, Command, Event, Code>,
    known?: CommandMarks,
  ): Promise<Handled<Event, Code> | undefined> {
    if (known?.has(commandMarkOf(context.commandId)) === false) return undefined;
    const { history } = await this.load(aggregate, id);
    const earlier = history.filter(({ metadata }) => metadata.commandId === context.commandId);
    const last = earlier.at(-1);
    if (last === undefined) return undefined;
    if (last.metadata.commandDigest !== context.commandDigest) return { status: 'key-reused', stream };
    return { status: 'repeated', stream, revision: last.revision, position: last.position, events: earlier.map(({ event }) => event) };
  }

  /** What this process knows of a stream, brought up to the log's end. */
  private async refreshed<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    aggregate: Aggregate<State, Command, Event, Code>,
    stream: string,
  ): Promise<Folded<State>> {
    const { commands, ...known } = this.foldedStreams.get(aggregate, stream);
    let { state, revision } = known;
    for await (const page of this.store.read(stream, { from: revision === 'none' ? 0 : revision + 1 })) {
      for (const recorded of page) {
        const { event, metadata } = decodeEvent<Event>(definitionsOf(aggregate), recorded);
        state = aggregate.evolve(state, event);
        revision = recorded.revision;
        commands.add(commandMarkOf(metadata.commandId));
      }
    }
    const folded = { state, revision, commands };
    this.foldedStreams.put(aggregate, stream, folded);
    return folded;
  }

  /** The events as they will be stored, read back once: what could not be read later is never appended. */
  private propose<State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
    { aggregate, stream, context }: Asked<State, Command, Event, Code>,
    before: State,
    decided: readonly Event[],
  ): { readonly proposed: readonly ProposedEvent[]; readonly after: State } {
    const { expectedRevision: _, repeating: __, ...metadata } = context;
    const recordedAt = this.environment.now();
    const definitions = definitionsOf(aggregate);
    let after = before;
    const proposed = decided.map((event, index) => {
      const definition = definitions[event.type];
      if (definition === undefined) throw new Error(`no definition of event ${event.type}`);
      const encoded = encodeEvent(event, definition, uuidFrom(context.commandId, stream, String(index)), { ...metadata, recordedAt });
      after = aggregate.evolve(after, decodeEvent<Event>(definitions, { ...encoded, stream, revision: index, position: 0n }).event);
      return encoded;
    });
    return { proposed, after };
  }

  private async appendSurely(asked: Repeatable, expected: number | 'none', events: readonly ProposedEvent[]): Promise<AppendResult> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.store.append(asked.stream, expected, events);
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable) || attempt >= commandLimits.unavailableRetriesMax) throw error;
        await this.pause(attempt + 3);
        if (!(await this.repeats.isStillFree(asked))) throw error;
      }
    }
  }

  private async inTurn<Answer>(stream: string, work: () => Promise<Answer>): Promise<Answer> {
    const answer = (this.turns.get(stream) ?? Promise.resolve()).then(work);
    const turn = answer.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(stream, turn);
    try {
      return await answer;
    } finally {
      if (this.turns.get(stream) === turn) this.turns.delete(stream);
    }
  }

  /** Full jitter: 0 to 2^attempt milliseconds, at most 500. */
  private pause(attempt: number): Promise<void> {
    const { pause = defaultPause, random = Math.random } = this.environment;
    return pause(random() * Math.min(500, 2 ** attempt));
  }
}

const lastOf = (revision: number | 'none'): number => (revision === 'none' ? -1 : revision);

const unseen = ({ stream, context }: Repeatable): never => {
  throw new Error(`the log knows command ${context.commandId}, but ${stream} does not show it`);
};

const defaultPause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** By any event type, not only the aggregate's own: what is read back may be of a type that is unknown here. */
const definitionsOf = <Event extends DomainEvent>(aggregate: { readonly events: EventDefinitions<Event> }): Readonly<Record<string, EventDefinition<Event>>> =>
  aggregate.events as Readonly<Record<string, EventDefinition<Event>>>;
