import { pause } from '@program-ledger/messaging';
import type { Source } from './fetcher.js';
import { placeName, type Link, type Place } from './link.js';
import type { InHand } from './hand.js';

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
      else if (before?.next !== source.next) behindSince.set(name, { next: source.next, sinceMs: performance.now() });
      else if (performance.now() - before.sinceMs >= afterMs) throw new Stalled(`${name} has messages from ${source.next} on, and none came for ${afterMs} ms`);
    }
  }
  return new Promise(() => undefined);
};

export type Worked = { readonly place: Place; readonly worker: { readonly inHand: InHand | undefined } };

/** Why a partition does not move on although nothing failed: its handler has not answered for `afterMs`. Nobody else may take the message: it may still be handled. */
export const hung = (worked: readonly Worked[], afterMs: number): readonly string[] =>
  worked.flatMap(({ place, worker: { inHand } }) =>
    inHand === undefined || performance.now() - inHand.sinceMs < afterMs ? [] : [`the handler has not answered for ${afterMs} ms: ${placeName(place)} at ${inHand.offset}`],
  );

/** Tells of each handler that hangs, once. */
export const tellHung = async (worked: readonly Worked[], afterMs: number, { signal, tell }: { readonly signal: AbortSignal; readonly tell: (why: string) => void }): Promise<void> => {
  const told = new Set<string>();
  while (!signal.aborted) {
    await pause(afterMs / 3, signal);
    for (const why of signal.aborted ? [] : hung(worked, afterMs)) {
      if (!told.has(why)) tell(why);
      told.add(why);
    }
  }
};
