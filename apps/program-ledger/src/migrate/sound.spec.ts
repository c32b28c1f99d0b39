import { describe, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { fillLog } from '../testing/sample-log.js';
import { eventsOf } from './events.js';
import { sound } from './sound.js';

const logOf = async (mode: 'rehearsal' | 'production' = 'rehearsal'): Promise<readonly RecordedEvent[]> => {
  const store = new InMemoryEventStore();
  await fillLog(store, 20, mode);
  const events: RecordedEvent[] = [];
  for await (const event of eventsOf(store)) events.push(event);
  return events;
};

const passed = async (events: readonly RecordedEvent[], mode: 'rehearsal' | 'production' = 'rehearsal'): Promise<number> => {
  let count = 0;
  for await (const _ of sound((async function* () { yield* events; })(), mode)) count += 1;
  return count;
};

describe('a source', () => {
  test('that a platform has written passes, as what it is', async () => {
    const log = await logOf();
    expect(await passed(log)).toBe(log.length);
    expect(await passed(await logOf('production'), 'production')).toBe(log.length);
  });

  test('of the other kind is refused, in both directions', async () => {
    await expect(passed(await logOf('production'))).rejects.toThrow('say so with --production');
    await expect(passed(await logOf(), 'production')).rejects.toThrow('of a rehearsal, and --production was said');
  });

  test('that does not begin with its instance is refused', async () => {
    await expect(passed((await logOf()).slice(1))).rejects.toThrow('does not begin by saying what instance it is');
  });

  test('with a gap in a stream is refused', async () => {
    const log = await logOf();
    await expect(passed(log.filter(({ revision }) => revision !== 1))).rejects.toThrow('has a gap');
  });

  test('with a stream of nobody is refused', async () => {
    const [first, second, ...rest] = await logOf();
    await expect(passed([first!, { ...second!, stream: 'foreign-1' }, ...rest])).rejects.toThrow('a category that no service of this version owns');
  });

  test('whose data were changed, or never digested, is refused', async () => {
    const log = await logOf();
    const at = (change: Partial<RecordedEvent>) => passed(log.map((event, index) => (index === 5 ? { ...event, ...change } : event)));
    await expect(at({ data: '{}' })).rejects.toThrow('not those that were digested');
    await expect(at({ metadata: '{}' })).rejects.toThrow('not those that were digested');
    await expect(at({ metadata: 'none' })).rejects.toThrow('not those that were digested');
  });
});
