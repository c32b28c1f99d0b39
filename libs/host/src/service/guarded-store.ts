import {
  categoryOf,
  EventStore,
  type AppendResult,
  type ExpectedRevision,
  type Position,
  type ProposedEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '@program-ledger/event-sourcing';
import type { Metrics } from '../telemetry/metrics.js';

/** The log as one service may use it: it reads everything and writes its own categories; every append is measured. */
export class GuardedStore extends EventStore {
  constructor(
    private readonly store: EventStore,
    private readonly owner: { readonly service: string; readonly categories: ReadonlySet<string> },
    private readonly metrics: Metrics,
  ) {
    super();
  }

  /** @throws ForeignCategory when the stream is another service's: a mistake of the code, never of a request. */
  override async append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<AppendResult> {
    const category = categoryOf(stream);
    if (!this.owner.categories.has(category)) throw new ForeignCategory(this.owner.service, stream);
    const began = performance.now();
    const measured = (outcome: string): void => this.metrics.append({ category, outcome }, (performance.now() - began) / 1000);
    try {
      const result = await this.store.append(stream, expected, events);
      measured(result.status);
      return result;
    } catch (error) {
      measured('failed');
      throw error;
    }
  }

  override read(stream: string, options?: ReadStreamOptions): AsyncIterable<readonly RecordedEvent[]> {
    return this.store.read(stream, options);
  }

  override readAll(options: ReadAllOptions): AsyncIterable<readonly RecordedEvent[]> {
    return this.store.readAll(options);
  }

  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    return this.store.subscribe(options);
  }

  override head(): Promise<Position> {
    return this.store.head();
  }

  override positionAt(instant: string): Promise<Position> {
    return this.store.positionAt(instant);
  }

  /** The log belongs to the process, which closes it when its services have ended. */
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

export class ForeignCategory extends Error {
  override readonly name = 'ForeignCategory';
  constructor(service: string, stream: string) {
    super(`${service} may not write ${stream}: its category belongs to another service`);
  }
}
