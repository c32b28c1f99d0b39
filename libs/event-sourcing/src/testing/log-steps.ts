import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EventStoreUnavailable,
  type Appended,
  type AppendResult,
  type EventStore,
  type ExpectedRevision,
  type ProposedEvent,
  type ReadAllOptions,
  type RecordedEvent,
  type SubscriptionMessage,
} from '../event-store.js';

/* The steps that the contract is told in: write, read, follow, and a model to compare with. */

export const event = (fields: Partial<ProposedEvent> = {}): ProposedEvent => ({
  id: randomUUID(),
  type: 'noted',
  data: '{"at":"2025-10-31T00:00:00.000Z"}',
  metadata: '{}',
  recordedAt: '2025-10-31T00:00:00.000Z',
  ...fields,
});

export const streamIn = (category: string): string => `${category}-${randomUUID()}`;

export const categoryAndStream = (): readonly [string, string] => {
  const category = `followed${randomUUID().replaceAll('-', '')}`;
  return [category, streamIn(category)];
};

export const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

export const pages = async (reading: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[][]> => {
  const read: RecordedEvent[][] = [];
  for await (const page of reading) read.push([...page]);
  return read;
};

export const all = async (reading: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => (await pages(reading)).flat();

export const appended = (result: AppendResult): Appended => {
  if (result.status === 'conflict') throw new Error(`conflict at ${result.actual}`);
  return result;
};

export const fill = async (store: EventStore, stream: string, count: number, atOnce = 1): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let done = 0; done < count; done += atOnce) {
    const events = Array.from({ length: atOnce }, () => event());
    await store.append(stream, 'any', events);
    ids.push(...idsOf(events));
  }
  return ids;
};

/** Appends as a command does: at the revision it knows, again at the actual one after a conflict. */
export const appendInTurn = async (store: EventStore, stream: string, events: readonly ProposedEvent[]): Promise<void> => {
  let expected: ExpectedRevision = 'none';
  for (;;) {
    const result = await store.append(stream, expected, events);
    if (result.status !== 'conflict') return;
    expected = result.actual;
  }
};

/** Sends the same again while the outcome is unknown, as every writer must. */
export const appendInsisting = async (store: EventStore, stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): Promise<Appended> => {
  for (;;) {
    try {
      return appended(await store.append(stream, expected, events));
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      await sleep(20);
    }
  }
};

export const expectAscending = (events: readonly RecordedEvent[]): void => {
  for (let index = 1; index < events.length; index += 1) expect(events[index]!.position > events[index - 1]!.position).toBe(true);
};

/** The port's words as a few lines over an array. */
export const modelled = (model: number[], expected: ExpectedRevision, numbers: readonly number[]): Omit<Appended, 'position'> | AppendResult => {
  const actual = model.length === 0 ? 'none' : model.length - 1;
  const first = model.indexOf(numbers[0]!);
  if (first !== -1 && numbers.every((number, index) => model[first + index] === number)) return { status: 'repeated', revision: first + numbers.length - 1 };
  const allowed = expected === 'any' || (expected === 'exists' ? actual !== 'none' : expected === actual);
  if (!allowed || numbers.some((number) => model.includes(number))) return { status: 'conflict', expected, actual };
  model.push(...numbers);
  return { status: 'appended', revision: model.length - 1 };
};

/** Given back however its case ends: an adapter may refuse a second log while one is open. */
export const disposable = <Made extends { dispose(): Promise<void> }>(made: Made): Made & AsyncDisposable => ({
  ...made,
  [Symbol.asyncDispose]: () => made.dispose(),
});

type Follower = { readonly messages: SubscriptionMessage[]; readonly events: RecordedEvent[] };

/** A subscriber that notes what it gets; `paceMs` is how long it takes over a message. */
export const follow = (store: EventStore, options: ReadAllOptions, paceMs = 0) => {
  const abort = new AbortController();
  const seen: Follower = { messages: [], events: [] };
  const ended = (async () => {
    for await (const message of store.subscribe({ ...options, signal: abort.signal })) {
      if (message.kind === 'events') seen.events.push(...message.events);
      seen.messages.push(message);
      if (paceMs > 0) await sleep(paceMs);
    }
  })();
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
  };
  // Longer than a store takes to notice that its subscription was lost, shorter than a case may take.
  const until = async (reached: (follower: Follower) => boolean): Promise<void> => {
    const giveUpAt = Date.now() + 45_000;
    while (!reached(seen)) {
      if (Date.now() > giveUpAt) throw new Error(`waited in vain: ${seen.events.length} events, last message ${seen.messages.at(-1)?.kind}`);
      await sleep(2);
    }
  };
  return { ...seen, until, stop, [Symbol.asyncDispose]: stop };
};
