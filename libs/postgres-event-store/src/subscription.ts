import { EventStoreUnavailable, type Position, type RecordedEvent, type SubscribeOptions, type SubscriptionMessage } from '@program-ledger/event-sourcing';
import { setTimeout as sleep } from 'node:timers/promises';
import { logPages, pageSizeDefault, slices, type LogPage } from './log-pages.js';
import type { Reader } from './reader.js';
import type { Tail } from './tail.js';

/** What a subscription follows. */
export type Followed = { readonly reader: Reader; readonly tail: Tail; readonly isClosed: () => boolean };

export const subscriptionLimits = {
  /** A subscription that finds nothing of its own says where it is after this many events at most. */
  scanMax: 2_000,
  /** One that lost the database tries again after a random part of this, for ever. */
  pauseMsMax: 500,
} as const;

/** The log after a position, for ever: each page waits until the consumer asks for it. */
export async function* subscription(log: Followed, { after, signal, ...filter }: SubscribeOptions): AsyncGenerator<SubscriptionMessage> {
  const ended = (): boolean => log.isClosed() || signal.aborted;
  let next = after;
  let told: Position | undefined;
  while (!ended()) {
    for await (const { events, scannedTo } of whileAvailable(newPages(log, next, filter), signal)) {
      if (ended()) return;
      next = scannedTo;
      if (events.length > 0) yield { kind: 'events', events };
      else if (next < log.tail.end!) yield { kind: 'checkpoint', position: next };
    }
    if (ended() || log.tail.end === undefined || next < log.tail.end) continue;
    if (told !== next) yield { kind: 'caught-up', position: next };
    told = next;
    await log.tail.beyond(next, signal);
  }
}

/** Up to the end of the log as known when it is reached: from the database while far behind, then from the tail that all share. */
async function* newPages({ reader, tail }: Followed, after: Position, { prefixes, pageSize = pageSizeDefault }: Filter): AsyncGenerator<LogPage> {
  if (tail.end === undefined) await tail.refresh();
  for (let next = after; next < tail.end!; ) {
    const recent = tail.after(next, subscriptionLimits.scanMax);
    const pages =
      recent === undefined
        ? logPages(reader, { after: next, upTo: tail.end!, prefixes, pageSize })
        : slices(matching(recent, prefixes), recent.at(-1)!.position, pageSize);
    for await (const page of pages) {
      next = page.scannedTo;
      yield page;
    }
  }
}

type Filter = Pick<SubscribeOptions, 'prefixes' | 'pageSize'>;

const matching = (events: readonly RecordedEvent[], prefixes: readonly string[] | undefined): readonly RecordedEvent[] =>
  prefixes === undefined ? events : events.filter(({ stream }) => prefixes.some((prefix) => stream.startsWith(prefix)));

/** Ends, after a pause, where the database stops answering: who asks again goes on from there. */
async function* whileAvailable(pages: AsyncIterable<LogPage>, signal: AbortSignal): AsyncGenerator<LogPage> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof EventStoreUnavailable)) throw error;
    await sleep(Math.random() * subscriptionLimits.pauseMsMax, undefined, { signal }).catch(() => undefined);
  }
}
