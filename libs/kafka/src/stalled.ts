import { pause } from '@program-ledger/messaging';
import type { Source } from './fetcher.js';
import { placeName, type Link } from './link.js';

/** Messages lay in a partition that has room, and none came. */
export class Stalled extends Error {
  override readonly name = 'Stalled';
}

/**
 * A consumer may hold a partition and not get its messages (kafkajs #1456), whatever the reason; from inside it looks idle. So the ends of
 * the partitions are asked for, apart from the reading. @throws Stalled; ends only with the signal.
 */
export const stalled = async (link: Pick<Link, 'ends'>, sources: ReadonlyMap<string, Source>, afterMs: number, signal: AbortSignal): Promise<void> => {
  const behindSince = new Map<string, { readonly next: bigint; readonly sinceMs: number }>();
  while (!signal.aborted) {
    await pause(afterMs / 3, signal);
    if (signal.aborted) break;
    const open = [...sources.values()].filter((source) => source.open());
    const ends = await link.ends(open, 'next');
    for (const source of open) {
      const name = placeName(source);
      const before = behindSince.get(name);
      if ((ends.get(name) ?? 0n) <= source.next) behindSince.delete(name);
      else if (before?.next !== source.next) behindSince.set(name, { next: source.next, sinceMs: Date.now() });
      else if (Date.now() - before.sinceMs >= afterMs) throw new Stalled(`${name} has messages from ${source.next} on, and none came for ${afterMs} ms`);
    }
  }
  return new Promise(() => undefined);
};
