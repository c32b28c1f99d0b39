import { beginning, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { Refused } from '../refused.js';
import { differenceOf, LogDigest, named } from './events.js';

export type Verified = {
  readonly events: number;
  /** Of both logs, each digested by itself. */
  readonly digest: string;
  /** Where the last event was, and where it is. */
  readonly ends: readonly [Position, Position];
};

/**
 * Reads both logs from the beginning and compares them event by event, to the end of both.
 * @throws Refused at the first event that is missing, different, out of order or too much.
 */
export const verifyCopy = async (source: AsyncIterable<RecordedEvent>, target: AsyncGenerator<RecordedEvent, undefined>, progress: (events: number) => void): Promise<Verified> => {
  const [here, there] = [new LogDigest(), new LogDigest()];
  let ends: readonly [Position, Position] = [beginning, beginning];
  for await (const event of source) {
    const { value: copy } = await target.next();
    if (copy === undefined) throw new Refused(`The copy lacks ${named(event)} and what follows.`);
    const difference = differenceOf(event, copy);
    if (difference !== undefined) throw new Refused(`The copy of ${named(event)} is not the event: ${difference} differs (there it is ${named(copy)}).`);
    if (copy.position <= ends[1]) throw new Refused(`The copy of ${named(event)} is not behind the event before it.`);
    here.add(event);
    there.add(copy);
    ends = [event.position, copy.position];
    progress(here.events);
  }
  const { value: more } = await target.next();
  if (more !== undefined) throw new Refused(`The target holds ${named(more)}, which the source does not.`);
  if (here.digest !== there.digest) throw new Refused(`The digests of the logs differ: ${here.digest} and ${there.digest}.`);
  return { events: here.events, digest: here.digest, ends };
};
