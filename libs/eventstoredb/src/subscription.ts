import { EventStoreUnavailable, type Position, type RecordedEvent, type SubscribeOptions, type SubscriptionMessage } from '@program-ledger/event-sourcing';
import { setTimeout as sleep } from 'node:timers/promises';
import { pageSizeDefault, type LogPage, type LogReader } from './log-reader.js';
import type { Tail } from './tail.js';

/** What a subscription follows. */
export type FollowedLog = { readonly reader: LogReader; readonly tail: Tail };

export const subscriptionLimits = {
  /** Recent events that are looked through at once for those of a subscription. */
  scanMax: 2_000,
  /** One that lost the server tries again after a random part of this, for ever. */
  pauseMsMax: 1_000,
} as const;

/** The log after a position, until the signal aborts: each page waits until the consumer asks for it. */
export async function* subscription(log: FollowedLog, { after, signal, ...filter }: SubscribeOptions): AsyncGenerator<SubscriptionMessage> {
  let next = after;
  let told: Position | undefined;
  while (!signal.aborted) {
    const end = await log.tail.known(signal);
    if (signal.aborted) return;
    for await (const { events, scannedTo } of whileAvailable(newPages(log, { after: next, upTo: end, signal }, filter), signal)) {
      if (signal.aborted) return;
      next = scannedTo;
      if (events.length > 0) yield { kind: 'events', events };
      else if (next < log.tail.end!) yield { kind: 'checkpoint', position: next };
    }
    if (signal.aborted || next < log.tail.end!) continue;
    if (told !== next) yield { kind: 'caught-up', position: next };
    told = next;
    await log.tail.beyond(next, signal);
  }
}

type Filter = Pick<SubscribeOptions, 'prefixes' | 'pageSize'>;

/** Up to the end of the log as known: from the server while far behind, then from the tail that all share. */
async function* newPages(
  { reader, tail }: FollowedLog,
  range: { after: Position; upTo: Position; signal: AbortSignal },
  { prefixes, pageSize = pageSizeDefault }: Filter,
): AsyncGenerator<LogPage> {
  for (let next = range.after; next < range.upTo; ) {
    const recent = tail.after(next, subscriptionLimits.scanMax);
    const pages =
      recent === undefined
        ? reader.pages({ after: next, upTo: range.upTo, prefixes, pageSize, signal: range.signal })
        : slices(matching(recent, prefixes), recent.at(-1)!.position, pageSize);
    for await (const page of pages) {
      next = page.scannedTo;
      yield page;
    }
  }
}

const matching = (events: readonly RecordedEvent[], prefixes: readonly string[] | undefined): readonly RecordedEvent[] =>
  prefixes === undefined ? events : events.filter(({ stream }) => prefixes.some((prefix) => stream.startsWith(prefix)));

/** At least one page, so that it is known how far the log was looked through. */
function* slices(events: readonly RecordedEvent[], scannedTo: Position, pageSize: number): Generator<LogPage> {
  for (let start = 0; start + pageSize < events.length; start += pageSize) {
    const page = events.slice(start, start + pageSize);
    yield { events: page, scannedTo: page.at(-1)!.position };
  }
  const whole = Math.floor(Math.max(0, events.length - 1) / pageSize) * pageSize;
  yield { events: events.slice(whole), scannedTo };
}

/** Ends, after a pause, where the server stops answering: who asks again goes on from there. */
async function* whileAvailable(pages: AsyncIterable<LogPage>, signal: AbortSignal): AsyncGenerator<LogPage> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof EventStoreUnavailable)) throw error;
    await sleep(Math.random() * subscriptionLimits.pauseMsMax, undefined, { signal }).catch(() => undefined);
  }
}
