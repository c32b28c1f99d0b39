import { serviceOfCategory } from '@program-ledger/contracts/audit-ledger';
import { categoryOf, instanceId, instance, streamOf, type InstanceMode, type RecordedEvent } from '@program-ledger/event-sourcing';
import { Refused } from '../refused.js';
import { isIntact, named } from './events.js';

/**
 * A log as it passes by, as long as it is one of ours from end to end: it begins by saying what instance it is, each stream counts on
 * from 0 without a gap, every category has an owner among the services, and the data are those that were digested.
 * @throws Refused at the first event that is otherwise.
 */
export async function* sound(events: AsyncIterable<RecordedEvent>, mode: InstanceMode): AsyncGenerator<RecordedEvent, undefined> {
  const lengths = new Map<string, number>();
  let first = true;
  for await (const event of events) {
    if (first) assertInstance(event, mode);
    first = false;
    const expected = lengths.get(event.stream) ?? 0;
    if (event.revision !== expected) throw new Refused(`The source has a gap: ${named(event)} comes where ${event.stream}@${expected} belongs.`);
    lengths.set(event.stream, expected + 1);
    if (serviceOfCategory[categoryOf(event.stream)] === undefined) throw new Refused(`The source holds ${named(event)}, a category that no service of this version owns.`);
    if (!isIntact(event)) throw new Refused(`The data of ${named(event)} in the source are not those that were digested when it was written: find out who changed them.`);
    yield event;
  }
}

const assertInstance = (event: RecordedEvent, mode: InstanceMode): void => {
  if (event.stream !== streamOf(instance.category, instanceId) || event.type !== 'instance-declared')
    throw new Refused(`The source does not begin by saying what instance it is, but with ${named(event)}: it is no log of program-ledger, or not from its beginning.`);
  const declared = (JSON.parse(event.data) as { readonly mode?: unknown }).mode;
  if (declared !== mode)
    throw new Refused(
      declared === 'production' ? 'The source is of production: say so with --production.' : 'The source is of a rehearsal, and --production was said: name the log that is meant.',
    );
};
