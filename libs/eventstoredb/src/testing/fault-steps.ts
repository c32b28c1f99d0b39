import { afterEach } from '@jest/globals';
import type { ProposedEvent, RecordedEvent, SubscriptionMessage } from '@program-ledger/event-sourcing';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDb } from '../index.js';
import { startDouble, type Double } from './double.js';

/* The steps that the faults are told in. What a test leaves open is closed after it. */

export const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export const opened = async (): Promise<{ readonly double: Double; readonly store: EventStoreDb }> => {
  const double = await startDouble();
  ends.push(() => double.close());
  const store = await EventStoreDb.open({ url: double.url, prefix: 'faults' });
  ends.push(() => store.close());
  return { double, store };
};

export const event = (fields: Partial<ProposedEvent> = {}): ProposedEvent => ({
  id: randomUUID(),
  type: 'noted',
  data: '{"n":1}',
  metadata: '{}',
  recordedAt: '2025-10-31T00:00:00.000Z',
  ...fields,
});

export const stream = (): string => `noted-${randomUUID()}`;

export const all = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
};

export async function* eventsIn(messages: AsyncIterable<SubscriptionMessage>): AsyncGenerator<readonly RecordedEvent[]> {
  for await (const message of messages) if (message.kind === 'events') yield message.events;
}

export const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id);

export const until = async (reached: () => boolean): Promise<void> => {
  for (const giveUpAt = Date.now() + 40_000; !reached(); await sleep(2)) if (Date.now() > giveUpAt) throw new Error('waited in vain');
};

export const followed = (store: EventStoreDb, prefixes?: readonly string[]) => {
  const abort = new AbortController();
  const [messages, events]: [SubscriptionMessage[], RecordedEvent[]] = [[], []];
  const done = (async () => {
    for await (const message of store.subscribe({ after: 0n, signal: abort.signal, ...(prefixes === undefined ? {} : { prefixes }) })) {
      messages.push(message);
      if (message.kind === 'events') events.push(...message.events);
    }
  })();
  ends.push(async () => {
    abort.abort();
    await done;
  });
  return { messages, events };
};
