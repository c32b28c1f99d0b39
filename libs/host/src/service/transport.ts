import { Catch, Controller, UseFilters, type ExceptionFilter, type Type } from '@nestjs/common';
import { BaseRpcContext, Ctx, EventPattern, Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { reacting, topicsFor, type Consumer, type ConsumerTrouble, type Delivery, type Effect, type Reacting, type Reaction, type Subscription } from '@program-ledger/messaging';
import { isObservable, lastValueFrom, throwError } from 'rxjs';
import type { Metrics } from '../telemetry/metrics.js';
import type { Tracing } from '../telemetry/tracing.js';

/** What a handler of Nest is told beside the message. */
export class DeliveryContext extends BaseRpcContext<[Delivery]> {
  get delivery(): Delivery {
    return this.getArgByIndex(0);
  }
}

/** What rides on the pattern of a row: the consumer group it belongs to, and the row. */
type RowExtras = { readonly group: string; readonly row: Reaction | Effect };

/** Hands the transport the error that was thrown, where Nest would make "Internal server error" of it. */
@Catch()
export class AsThrown implements ExceptionFilter {
  catch(error: unknown) {
    return throwError(() => error);
  }
}

/**
 * The rows of a service's `reacts` as real handlers of Nest, one `@EventPattern('<service>.<row>')` each, on a controller that is made
 * here: whatever transport carries the messages, the handlers stay.
 */
export const reactionsController = (running: Reacting): Type => {
  const controller = { [`${running.service}.reactions`]: class {} }[`${running.service}.reactions`]!;
  Controller()(controller);
  UseFilters(AsThrown)(controller);
  for (const row of running.rows) {
    const react = reacting({ ...running, rows: [row] });
    const value = ({ delivery }: DeliveryContext): Promise<void> => react(delivery);
    const descriptor = { value, writable: true, configurable: true };
    Object.defineProperty(controller.prototype, row.name, descriptor);
    Ctx()(controller.prototype as object, row.name, 0);
    EventPattern<string>(`${running.service}.${row.name}`, { group: running.service, row } satisfies RowExtras)(controller.prototype as object, row.name, descriptor);
  }
  return controller;
};

export type Faring = { readonly lagMessages: number; readonly stopped?: string };

/** Messages that a group has before it, and why it does not go on by itself. */
export const faring = async (subscription: Subscription): Promise<Faring> => {
  const stopped = subscription.stopped();
  return { lagMessages: await subscription.lag(), ...(stopped === undefined ? {} : { stopped }) };
};

export type TransportOptions = {
  readonly consumer: Consumer;
  /** Every topic that is declared; a group takes those of the services whose events its rows name. */
  readonly topics: readonly string[];
  readonly tracing: Tracing;
  readonly metrics: Metrics;
  readonly report: (trouble: ConsumerTrouble) => void;
};

/**
 * Nest's transport over the `Consumer` port: one group a service. The base class swallows what a handler throws; here a delivery
 * counts as handled only when every row of its type has resolved, and what one throws reaches the consumer as it was thrown.
 */
export class LedgerTransport extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private readonly subscriptions = new Map<string, Subscription>();

  constructor(private readonly options: TransportOptions) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.subscribeAll().then(() => callback(), callback);
  }

  /** Waits for the messages in hand. */
  async close(): Promise<void> {
    await Promise.all([...this.subscriptions.values()].map((subscription) => subscription.stop()));
    this.subscriptions.clear();
  }

  /** How each group fares. */
  groups(): Promise<readonly ({ readonly group: string } & Faring)[]> {
    return Promise.all([...this.subscriptions].map(async ([group, subscription]) => ({ group, ...(await faring(subscription)) })));
  }

  on(): never {
    throw new Error('the transport has no events of its own');
  }

  unwrap<T>(): T {
    return this.options.consumer as T;
  }

  private async subscribeAll(): Promise<void> {
    const { consumer, topics, report } = this.options;
    const groups = new Set(this.rows().map(({ group }) => group));
    for (const group of groups) {
      const rows = this.rows().flatMap((row) => (row.group === group ? [row.row] : []));
      const wanted = topicsFor(rows, topics);
      this.subscriptions.set(group, await consumer.subscribe({ group, topics: wanted, handle: (delivery) => this.deliver(group, delivery), report }));
    }
  }

  private rows(): readonly (RowExtras & { readonly handler: MessageHandler })[] {
    return [...this.messageHandlers.values()].map((handler) => ({ ...(handler.extras as RowExtras), handler }));
  }

  private async deliver(group: string, delivery: Delivery): Promise<void> {
    const { message } = delivery;
    const rows = this.rows().filter((row) => row.group === group && row.row.type === message.type);
    if (rows.length === 0) return;
    const { tracing, metrics } = this.options;
    const traced = tracing.begin({ name: `${group} ${message.type}`, kind: 'consumer', parent: message.traceparent, attributes: { 'messaging.consumer.group.name': group, 'messaging.message.id': message.id } });
    const began = performance.now();
    const context = new DeliveryContext([{ ...delivery, message: { ...message, traceparent: traced.traceparent } }]);
    try {
      for (const { handler } of rows) await settled(handler(context.delivery.message, context));
      metrics.reaction({ group, outcome: 'done' }, (performance.now() - began) / 1000);
      traced.end();
    } catch (error) {
      metrics.reaction({ group, outcome: 'failed' }, (performance.now() - began) / 1000);
      traced.end({ error });
      throw error;
    }
  }
}

const settled = async (result: unknown): Promise<void> => {
  const answer: unknown = await result;
  if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
};
