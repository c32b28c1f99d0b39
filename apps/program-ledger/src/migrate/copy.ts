import { eventStoreLimits, EventStoreUnavailable, type EventStore, type RecordedEvent } from '@program-ledger/event-sourcing';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refused } from '../refused.js';
import { differenceOf, eventsOf, named } from './events.js';

export const copyLimits = {
  /** How long a target that is away is asked again before the copy gives up, resumable. */
  awayMsMax: 60_000,
  pauseMsMax: 500,
} as const;

export type Copy = {
  /** The source, checked as it passes by. */
  readonly source: AsyncGenerator<RecordedEvent, undefined>;
  readonly target: EventStore;
  /** Reads and compares, writes nothing. */
  readonly dryRun: boolean;
  readonly progress: (events: number) => void;
  readonly awayMsMax?: number;
};

export type Copied = {
  /** Events that the target held already. */
  readonly found: number;
  readonly copied: number;
};

/**
 * Appends to the target, in the order of the log, what it lacks of the source. Where it goes on is read from the target itself: it must
 * hold the beginning of the source, event for event, and nothing else. One append at a time, at the exact revision, under the ids of
 * the source; so whatever became of the last one, sending it again is a repeat.
 * @throws Refused when the target holds anything else, or changes under the copy.
 */
export const copyLog = async (copy: Copy): Promise<Copied> => {
  const { source, target, dryRun, progress } = copy;
  let found = 0;
  for await (const there of eventsOf(target)) {
    const { value: here } = await source.next();
    if (here === undefined) throw new Refused(`The target holds more than the source, from ${named(there)} on: it is not a copy, or has been written to since.`);
    const difference = differenceOf(here, there);
    if (difference !== undefined)
      throw new Refused(`The target is not a copy of this source: event ${found + 1} is ${named(there)} there and ${named(here)} here; they differ in ${difference}. Name an empty log.`);
    progress((found += 1));
  }
  let copied = 0;
  for await (const run of runsOf(source)) {
    if (!dryRun) await appended(copy, run);
    copied += run.length;
    progress(found + copied);
  }
  return { found, copied };
};

/** Events that follow each other in one stream, as long as one append may be. Where they are cut follows from the source alone. */
async function* runsOf(events: AsyncIterable<RecordedEvent>): AsyncGenerator<readonly RecordedEvent[]> {
  let run: RecordedEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    const more = Buffer.byteLength(event.data) + Buffer.byteLength(event.metadata);
    const ends = run[0]?.stream !== event.stream || run.length >= eventStoreLimits.eventsPerAppendMax || bytes + more > eventStoreLimits.appendBytesMax;
    if (ends && run.length > 0) yield run;
    if (ends) [run, bytes] = [[], 0];
    run.push(event);
    bytes += more;
  }
  if (run.length > 0) yield run;
}

const appended = async ({ target, awayMsMax = copyLimits.awayMsMax }: Copy, run: readonly RecordedEvent[]): Promise<void> => {
  const [first, last] = [run[0]!, run.at(-1)!];
  const proposed = run.map(({ id, type, data, metadata, recordedAt }) => ({ id, type, data, metadata, recordedAt }));
  const until = Date.now() + awayMsMax;
  for (;;) {
    try {
      const result = await target.append(first.stream, first.revision === 0 ? 'none' : first.revision - 1, proposed);
      if (result.status !== 'conflict' && result.revision === last.revision) return;
      throw new Refused(`Somebody else writes to the target: ${named(first)} cannot be appended there. Stop whatever does, and begin with an empty log.`);
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      if (Date.now() > until) throw new Refused(`The target is away (${error.message}): run the same command again when it is back, and it goes on where it stopped.`, { cause: error });
      await sleep(Math.random() * copyLimits.pauseMsMax);
    }
  }
};
