import { describe, expect, test } from '@jest/globals';
import { Commands, uuidFrom } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { runFollows } from './follows.js';
import { InProcessBroker } from './in-process/in-process-broker.js';
import { withDeadLetterTopics } from './in-process/journal.js';
import { follow, followsTopicOf, issue } from './reacts.js';
import { at, context, counter, until } from './testing/counter.js';
import { MemoryCheckpoints } from './testing/memory-checkpoints.js';
import { MemoryJournal } from './testing/memory-journal.js';

/** Whatever is counted is added to the sum of all. */
const addUp = follow('add-up', counter, 'counted', ({ stream, event }) =>
  stream === 'counter-sum' ? [] : [issue(counter, 'sum', { type: 'count', by: event.by, at: event.at })],
);

const topic = followsTopicOf('counting');
const journal = (): MemoryJournal => new MemoryJournal(withDeadLetterTopics([{ name: topic, partitions: 4 }], [{ group: topic, topics: [topic] }]));

const world = async () => {
  const store = new InMemoryEventStore();
  const commands = new Commands(store, { now: () => at });
  const faults = { seed: 7, duplicateRate: 0.5, fallBackRate: 0.3, delayMsMax: 2 };
  const broker = await InProcessBroker.open({ journal: journal(), faults });
  const stopping = new AbortController();
  const running = runFollows({
    service: 'counting',
    follows: [addUp],
    store,
    commands,
    publisher: broker,
    consumer: broker,
    checkpoints: new MemoryCheckpoints(),
    signal: stopping.signal,
  });
  return {
    commands,
    broker,
    count: (id: string, by: number, key: string) => commands.handle(counter, id, { type: 'count', by, at }, context(key)),
    sum: async () => (await commands.load(counter, 'sum')).state,
    end: async () => {
      stopping.abort();
      await running;
      await broker.close();
    },
  };
};

describe('what follows from own events', () => {
  test('is issued once for each event, however often it is delivered', async () => {
    const { count, sum, end, commands } = await world();
    for (let n = 0; n < 12; n += 1) await count(`c${n % 3}`, 1, `key-${n}`);
    await until(async () => (await sum()) === 12);
    const { history } = await commands.load(counter, 'sum');
    const [origin] = (await commands.load(counter, 'c0')).history;
    const first = history.find(({ metadata }) => metadata.causationId === origin?.id);
    expect(first?.metadata).toMatchObject({
      actor: 'service:counting',
      onBehalfOf: 'person-1',
      correlationId: 'for-key-0',
      commandId: uuidFrom(origin?.id ?? '', 'add-up', '0'),
    });
    expect(history).toHaveLength(12);
    await end();
  });

  test('a refusal is a dead letter of its stream, and is taken up again when redriven', async () => {
    const { broker, count, sum, end, commands } = await world();
    await count('c1', 60, 'key-1');
    await until(async () => (await sum()) === 60);
    await count('c2', 50, 'key-2');
    await until(async () => (await broker.list(topic)).length === 1);
    expect((await broker.list(topic))[0]).toMatchObject({ key: 'counter-c2', cause: { code: 'over-a-hundred' } });
    await count('sum', -30, 'key-3');
    expect(await broker.redrive(topic, 'counter-c2')).toBe(1);
    await until(async () => (await broker.list(topic)).length === 0);
    expect((await commands.load(counter, 'sum')).state).toBe(80);
    await end();
  });
});
