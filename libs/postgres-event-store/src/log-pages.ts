import type { Position, RecordedEvent } from '@program-ledger/event-sourcing';
import type { Reader } from './reader.js';

/** Events that match among those up to `scannedTo`; there may be none. */
export type LogPage = { readonly events: readonly RecordedEvent[]; readonly scannedTo: Position };

export type LogPagesOptions = {
  readonly after: Position;
  readonly upTo: Position;
  readonly prefixes: readonly string[] | undefined;
  readonly pageSize: number;
};

/** Large enough that a round trip is spread thin, small enough to be held several times. */
export const pageSizeDefault = 500;

export const logPageLimits = {
  /** With prefixes few events of a window may match, so it spans this many times the page. */
  scanFactor: 4,
  /** UTF-16 units of a window; a heavier one is followed by one half as wide. */
  windowTextMax: 8_000_000,
} as const;

/**
 * The log in windows of positions, which are dense, so that a page costs what it spans and never more; the next window is on its way
 * while the consumer is at this one, and no further. `upTo` is at or before the head.
 */
export async function* logPages(reader: Reader, { after, upTo, prefixes, pageSize }: LogPagesOptions): AsyncGenerator<LogPage> {
  const widest = BigInt(prefixes === undefined ? pageSize : pageSize * logPageLimits.scanFactor);
  let width = widest;
  const fetch = (from: Position): Fetch | undefined => {
    if (from >= upTo) return undefined;
    const scannedTo = from + width < upTo ? from + width : upTo;
    const events = reader.window(from, scannedTo, prefixes);
    // Awaited below; until then a failure is not an unhandled rejection.
    events.catch(() => undefined);
    return { events, scannedTo };
  };
  let current = fetch(after);
  while (current !== undefined) {
    const events = await current.events;
    const text = events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    if (text > logPageLimits.windowTextMax) width = width > 1n ? width / 2n : 1n;
    else if (width < widest) width *= 2n;
    const next = fetch(current.scannedTo);
    yield* slices(events, current.scannedTo, pageSize);
    current = next;
  }
}

type Fetch = { readonly events: Promise<readonly RecordedEvent[]>; readonly scannedTo: Position };

/** A window as pages: each has scanned up to its last event, the last page to the end of the window. */
export const slices = (events: readonly RecordedEvent[], scannedTo: Position, pageSize: number): readonly LogPage[] => {
  const pages: LogPage[] = [];
  for (let start = 0; start < events.length; start += pageSize) {
    const page = events.slice(start, start + pageSize);
    pages.push({ events: page, scannedTo: start + pageSize < events.length ? page.at(-1)!.position : scannedTo });
  }
  return pages.length > 0 ? pages : [{ events: [], scannedTo }];
};
