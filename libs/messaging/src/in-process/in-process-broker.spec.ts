import { describe, expect, test } from '@jest/globals';
import { crashAt } from '../crash-points.js';
import { messagingLimits, type Message } from '../message.js';
import { PermanentFailure, type Delivery } from '../ports.js';
import { deadLetterTopicOf } from '../reacts.js';
import { at, until } from '../testing/counter.js';
import { messagingContract } from '../testing/messaging-contract.js';
import { MemoryJournal } from '../testing/memory-journal.js';
import { drawing, type Faults } from './faults.js';
import { InProcessBroker, type BrokerOptions } from './in-process-broker.js';
import { withDeadLetterTopics, type Topic } from './journal.js';

const onMemory = (faults?: Faults) => async (topics: readonly Topic[]) => {
  const journal = new MemoryJournal(topics);
  return {
    connect: async () => {
      const broker = await InProcessBroker.open({ journal, ...(faults === undefined ? {} : { faults }) });
      return { publisher: broker, consumer: broker, deadLetters: broker, crash: () => broker.abandon(), close: () => broker.close() };
    },
    end: () => journal.close(),
  };
};

messagingContract('in-process broker', onMemory());
messagingContract('in-process broker with faults', onMemory({ seed: 20_250_701, duplicateRate: 0.3, fallBackRate: 0.2, fallBackMax: 4, delayMsMax: 5 }));

const [topic, group] = ['counting.counter', 'reading'];
const journalOf = (): MemoryJournal => new MemoryJournal(withDeadLetterTopics([{ name: topic, partitions: 1 }], [{ group, topics: [topic] }]));

const messageOf = (sequence: number): Message => ({
  id: `message-${sequence}`,
  type: 'counting.counted.v1',
  source: '/program-ledger/counting',
  subject: 'counter-a',
  time: at,
  sequence: String(sequence),
  key: 'counter-a',
  correlationid: 'correlation',
  causationid: 'cause',
  actor: 'person-1',
  data: { by: 1 },
});

const world = async ({ journal = journalOf(), ...options }: Partial<Omit<BrokerOptions, 'journal'>> & { journal?: MemoryJournal } = {}) => {
  const broker = await InProcessBroker.open({ journal, ...options });
  const received: number[] = [];
  const publish = (...sequences: readonly number[]): Promise<void> => broker.publish(sequences.map((sequence) => ({ topic, message: messageOf(sequence) })));
  const subscribe = (handle: (delivery: Delivery) => Promise<void> = () => Promise.resolve()) =>
    broker.subscribe({
      group,
      topics: [topic],
      handle: async (delivery) => {
        received.push(Number(delivery.message.sequence));
        await handle(delivery);
      },
    });
  return { broker, journal, received, publish, subscribe };
};

const poisoned = (): Promise<never> => Promise.reject(new PermanentFailure('poisoned', `broken \0 ${'x'.repeat(2_000)}`));

describe('faults on purpose', () => {
  test('repeat messages and fall back, and never skip or reorder a first delivery', async () => {
    const { broker, received, publish, subscribe } = await world({ faults: { seed: 3, duplicateRate: 0.3, fallBackRate: 0.3, fallBackMax: 3 } });
    await subscribe();
    await publish(...Array.from({ length: 50 }, (_, sequence) => sequence));
    await until(() => received.includes(49));
    await broker.close();
    expect([...new Set(received)]).toEqual(Array.from({ length: 50 }, (_, sequence) => sequence));
    expect(received.some((sequence, index) => sequence === received[index - 1])).toBe(true);
    expect(received.some((sequence, index) => sequence < (received[index - 1] ?? 0))).toBe(true);
  });

  test('are the same for the same seed', () => {
    const draws = (seed: number) => Array.from({ length: 20 }, drawing({ seed, duplicateRate: 0.5, fallBackRate: 0.5, delayMsMax: 100 }));
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
  });
});

describe('the in-process broker', () => {
  test('killed between effect and offset, hands the message out again', async () => {
    const dead = new Promise<void>(() => undefined);
    let died = false;
    const first = await world({ crash: crashAt('between-effect-and-offset', 2, () => ((died = true), dead)) });
    await first.subscribe();
    await first.publish(0, 1, 2);
    await until(() => died);
    await first.broker.abandon();
    const second = await world({ journal: first.journal });
    await second.subscribe();
    await until(() => second.received.length === 2);
    await second.broker.close();
    expect([first.received, second.received]).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('writes on the dead-letter topic what failed, where and why', async () => {
    const { broker, journal, publish, subscribe } = await world();
    await subscribe(poisoned);
    await publish(0);
    await until(async () => (await broker.list()).length === 1);
    const [record] = await journal.read({ topic: deadLetterTopicOf(topic, group), partition: 0, next: 0n }, 10);
    expect(record).toMatchObject({ key: 'counter-a', value: '{"by":1}' });
    expect(record?.headers).toMatchObject({
      ce_id: 'message-0',
      dead_group: group,
      dead_topic: topic,
      dead_partition: '0',
      dead_offset: '0',
      dead_cause: 'poisoned',
    });
    expect(record?.headers['dead_message']).not.toContain('\0');
    expect(record?.headers['dead_message']?.length).toBeLessThanOrEqual(messagingLimits.causeLengthMax);
    await broker.close();
  });

  test('hands dead letters to whoever watches their topic, also when it has fewer partitions', async () => {
    const dead = deadLetterTopicOf(topic, group);
    const declared = [
      { name: topic, partitions: 4 },
      { name: dead, partitions: 1 },
      { name: deadLetterTopicOf(dead, 'watching'), partitions: 1 },
    ];
    const { broker, publish, subscribe } = await world({ journal: new MemoryJournal(declared) });
    const watched: Delivery[] = [];
    await broker.subscribe({ group: 'watching', topics: [dead], handle: (delivery) => Promise.resolve(void watched.push(delivery)) });
    await subscribe(poisoned);
    await publish(0, 1);
    await until(() => watched.length === 2);
    expect(watched.map(({ message, partition, offset }) => [message, partition, offset])).toEqual([
      [messageOf(0), 0, 0n],
      [messageOf(1), 0, 1n],
    ]);
    await broker.close();
  });

  test('parks a record that is no message', async () => {
    const journal = journalOf();
    await journal.append([{ topic, partition: 0, key: 'counter-a', headers: {}, value: 'noise' }]);
    const { broker, received, publish, subscribe } = await world({ journal });
    await subscribe();
    await publish(1);
    await until(async () => (await broker.list(group)).length === 2);
    expect((await broker.list(group)).map(({ cause }) => cause.code)).toEqual(['unreadable-message', 'followed-its-key']);
    expect(received).toEqual([]);
    await broker.close();
  });

  test('takes no more after it has closed', async () => {
    const { broker, publish, subscribe } = await world();
    await broker.close();
    await expect(publish(0)).rejects.toThrow('closed');
    await expect(subscribe()).rejects.toThrow('closed');
  });

  test('takes no more members and no larger batches than their limits', async () => {
    const { broker, publish, subscribe } = await world();
    for (let member = 0; member < messagingLimits.membersPerGroupMax; member += 1) await subscribe();
    await expect(subscribe()).rejects.toThrow('membersPerGroupMax');
    await expect(publish(...Array.from({ length: messagingLimits.messagesPerPublishMax + 1 }, (_, sequence) => sequence))).rejects.toThrow(
      'messagesPerPublishMax',
    );
    await broker.close();
  });

  test('does not try a message again that failed for good, because its letter could not be stored', async () => {
    const journal = journalOf();
    const park = journal.park.bind(journal);
    let refusals = 2;
    journal.park = (letter, entry) => (refusals-- > 0 ? Promise.reject(new Error('no')) : park(letter, entry));
    const { broker, received, publish, subscribe } = await world({ journal });
    await subscribe(({ message: { sequence } }) => (sequence === '0' && received.length === 1 ? poisoned() : Promise.resolve()));
    await publish(0);
    await until(async () => (await broker.count(group)) === 1, { patienceMs: 5_000 });
    expect(received).toEqual([0]);
    await broker.close();
  });

  test('says that a group is stopped whose handler never answers, and not while a failure is tried again', async () => {
    const { broker, received, publish, subscribe } = await world({ handlerMsMax: 200 });
    let [failures, release] = [4, (): void => undefined];
    const subscription = await subscribe(() => (failures-- > 0 ? Promise.reject(new Error('not yet')) : new Promise((resolve) => (release = resolve))));
    await publish(0);
    while (received.length < 5) {
      expect(subscription.stopped()).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => subscription.stopped() !== undefined, { patienceMs: 5_000 });
    expect(subscription.stopped()).toBe(`the handler has not answered for 200 ms: ${topic}/0`);
    release();
    await until(() => subscription.stopped() === undefined, { patienceMs: 5_000 });
    await broker.close();
  });

  test('stands still rather than park more letters than its limit', async () => {
    const { broker, publish } = await world();
    const troubles: unknown[] = [];
    await broker.subscribe({ group, topics: [topic], handle: poisoned, report: ({ kind, error }) => kind === 'retrying' && troubles.push(error) });
    for (let from = 0; from <= messagingLimits.deadLettersPerGroupMax; from += 1_000)
      await publish(...Array.from({ length: 1_000 }, (_, index) => from + index));
    await until(() => troubles.length > 0, { patienceMs: 30_000 });
    expect(troubles[0]).toMatchObject({ message: expect.stringContaining('deadLettersPerGroupMax') });
    expect(await broker.list(group)).toHaveLength(messagingLimits.deadLettersListedMax);
    await broker.close();
  });
});
