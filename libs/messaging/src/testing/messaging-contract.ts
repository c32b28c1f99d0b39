import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Commands, streamOf, uuidFrom, type JsonObject } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { withDeadLetterTopics, type Topic } from '../in-process/journal.js';
import { partitionOf } from '../in-process/partitioning.js';
import { messagingLimits, type Message } from '../message.js';
import { MessageTooLarge, PermanentFailure, UnknownTopic, issue, publishes, publishing, reacting, reaction, replay } from '../index.js';
import type { Consumer, DeadLetters, Delivery, Publisher } from '../ports.js';
import { at, context, contract, counter, until } from './counter.js';
import { MemoryInbox } from './memory-checkpoints.js';

/** One process that is connected to the broker under test. */
export type MessagingConnection = {
  readonly publisher: Publisher;
  readonly consumer: Consumer;
  readonly deadLetters: DeadLetters;
  /** As kill -9 would: nothing is committed any more. */
  readonly crash: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A broker with the given topics and no others. */
export type MessagingHarness = { readonly connect: () => Promise<MessagingConnection>; readonly end: () => Promise<void> };

/**
 * What every broker does. Deliveries may be repeated at any time; the suite asks only for what at-least-once, in order by key, gives.
 * `patienceMs` is how long a broker may take to deliver.
 */
export const messagingContract = (name: string, make: (topics: readonly Topic[]) => Promise<MessagingHarness>, { patienceMs = 10_000 } = {}): void => {
  describe(`messaging contract: ${name}`, () => {
    let topic = '';
    let group = '';
    let copy = '';
    let harness: MessagingHarness;
    let open: MessagingConnection[] = [];
    let run = 0;

    const connect = async (): Promise<MessagingConnection> => {
      const connection = await harness.connect();
      open.push(connection);
      return connection;
    };
    const crash = async (connection: MessagingConnection): Promise<void> => {
      open = open.filter((each) => each !== connection);
      await connection.crash();
    };
    const eventually = (holds: () => boolean | Promise<boolean>, what: string): Promise<void> => until(holds, { what, patienceMs });

    beforeEach(async () => {
      run += 1;
      const unique = `${process.pid.toString(36)}${Date.now().toString(36)}${run}`;
      topic = `counting.tally-${unique}`;
      copy = `counting.tally-copy-${unique}`;
      group = `reading-${unique}`;
      const groups = [group, `${group}-too`].map((each) => ({ group: each, topics: [topic, copy] }));
      harness = await make(
        withDeadLetterTopics(
          [
            { name: topic, partitions: 4 },
            { name: copy, partitions: 4 },
          ],
          groups,
        ),
      );
    });
    afterEach(async () => {
      await Promise.all(open.map((connection) => connection.close()));
      open = [];
      await harness.end();
    });

    test('hands over what was published, as it was, sharing nothing with the sender', async () => {
      const { publisher, consumer } = await connect();
      const received = collecting();
      await consumer.subscribe({ group, topics: [topic], handle: received.handle });
      const sent = { ...messageOf('tally-a', 0), onbehalfof: 'person-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
      await publisher.publish([{ topic, message: sent }]);
      await eventually(() => received.all.length > 0, 'the message');
      expect(received.all[0]).toMatchObject({ topic, attempt: 1, partition: partitionOf('tally-a', 4), message: sent });
      expect(received.all[0]?.message.data).not.toBe(sent.data);
    });

    test('keeps the order of each key', async () => {
      const { publisher, consumer } = await connect();
      const received = collecting();
      await consumer.subscribe({ group, topics: [topic], handle: received.handle });
      const keys = Array.from({ length: 20 }, (_, index) => `tally-${index}`);
      for (let sequence = 0; sequence < 10; sequence += 1) await publisher.publish(keys.map((key) => ({ topic, message: messageOf(key, sequence) })));
      await eventually(() => received.ids().size === 200, 'all messages');
      for (const key of keys) expect(received.firstsOf(key)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test('hands every message to every group', async () => {
      const { publisher, consumer } = await connect();
      const [one, other] = [collecting(), collecting()];
      await consumer.subscribe({ group, topics: [topic], handle: one.handle });
      await consumer.subscribe({ group: `${group}-too`, topics: [topic], handle: other.handle });
      await publisher.publish(series('tally-a', 5).map((message) => ({ topic, message })));
      await eventually(() => one.ids().size === 5 && other.ids().size === 5, 'both groups');
    });

    test('gives a new group the oldest message first', async () => {
      const { publisher, consumer } = await connect();
      await publisher.publish(series('tally-a', 5).map((message) => ({ topic, message })));
      const received = collecting();
      await consumer.subscribe({ group, topics: [topic], handle: received.handle });
      await eventually(() => received.ids().size === 5, 'what was there before');
      expect(received.firstsOf('tally-a')).toEqual([0, 1, 2, 3, 4]);
    });

    test('makes no topic by itself', async () => {
      const { publisher, consumer } = await connect();
      await expect(publisher.publish([{ topic: `${topic}-none`, message: messageOf('tally-a', 0) }])).rejects.toThrow(UnknownTopic);
      await expect(consumer.subscribe({ group, topics: [`${topic}-none`], handle: collecting().handle })).rejects.toThrow(UnknownTopic);
      await expect(consumer.subscribe({ group: `${group}-undeclared`, topics: [topic], handle: collecting().handle })).rejects.toThrow(UnknownTopic);
    });

    test('refuses a message over the limit before anything is sent, and takes the largest', async () => {
      const { publisher, consumer } = await connect();
      const received = collecting();
      await consumer.subscribe({ group, topics: [topic], handle: received.handle });
      const large = (bytes: number): Message => ({ ...messageOf('tally-a', 1), data: { text: 'x'.repeat(bytes) } });
      const tooLarge = [messageOf('tally-a', 0), large(messagingLimits.messageBytesMax)].map((message) => ({ topic, message }));
      await expect(publisher.publish(tooLarge)).rejects.toThrow(MessageTooLarge);
      await publisher.publish([{ topic, message: large(messagingLimits.messageBytesMax - 1_000) }]);
      await eventually(() => received.all.length > 0, 'the largest message');
      expect([...received.ids()]).toEqual([messageOf('tally-a', 1).id]);
    });

    test('hands out again what was not committed when the process died', async () => {
      const first = await connect();
      const seen = collecting();
      await first.consumer.subscribe({
        group,
        topics: [topic],
        handle: async (delivery) => {
          await seen.handle(delivery);
          if (delivery.message.sequence === '2') await new Promise(() => undefined);
        },
      });
      await first.publisher.publish(series('tally-a', 5).map((message) => ({ topic, message })));
      await eventually(() => seen.ids().size === 3, 'the third message');
      // Long enough for every broker under test to store positions several times: one that is stored before its message was handled is seen.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await crash(first);
      const before = seen.all.length;
      await (await connect()).consumer.subscribe({ group, topics: [topic], handle: seen.handle });
      await eventually(() => ['2', '3', '4'].every((sequence) => seen.all.slice(before).some(({ message }) => message.sequence === sequence)), 'the rest');
      expect(seen.firstsOf('tally-a')).toEqual([0, 1, 2, 3, 4]);
    });

    test('goes on, after a stop, behind what was handled', async () => {
      const { publisher, consumer } = await connect();
      const [before, after] = [collecting(), collecting()];
      const subscription = await consumer.subscribe({ group, topics: [topic], handle: before.handle });
      await publisher.publish(series('tally-a', 20).map((message) => ({ topic, message })));
      await eventually(async () => before.ids().size === 20 && (await subscription.lag()) === 0, 'the first ones');
      await subscription.stop();
      await publisher.publish([{ topic, message: messageOf('tally-a', 20) }]);
      await consumer.subscribe({ group, topics: [topic], handle: after.handle });
      await eventually(() => after.ids().has(messageOf('tally-a', 20).id), 'the new one');
      expect(after.firstsOf('tally-a').length).toBeLessThan(20);
    });

    test('parks a poisoned key while the rest goes on, and takes up the key again, in order, when it is redriven', async () => {
      const { publisher, consumer, deadLetters } = await connect();
      const received = collecting();
      const poison = { bad: true };
      await consumer.subscribe({ group, topics: [topic], handle: failingOn('tally-a', '1', poison, received) });
      await publisher.publish([...series('tally-a', 4), ...series('tally-b', 4)].map((message) => ({ topic, message })));
      await eventually(
        async () => (await deadLetters.list(group)).length === 3 && received.firstsOf('tally-b').length === 4,
        'three letters and the other key',
      );
      expect(received.firstsOf('tally-a')).toEqual([0]);
      expect([await deadLetters.count(group), await deadLetters.count(`${group}-too`)]).toEqual([3, 0]);
      const letters = await deadLetters.list(group);
      expect(letters.map(({ key, headers }) => [key, headers['ce_sequence']])).toEqual([
        ['tally-a', '1'],
        ['tally-a', '2'],
        ['tally-a', '3'],
      ]);
      expect(letters.map(({ cause }) => cause.code)).toEqual(['poisoned', 'followed-its-key', 'followed-its-key']);
      expect(await deadLetters.list(`${group}-too`)).toEqual([]);
      poison.bad = false;
      expect(await deadLetters.redrive(group, 'tally-a')).toBe(3);
      await eventually(async () => (await deadLetters.list(group)).length === 0, 'no letter');
      expect(await deadLetters.count(group)).toBe(0);
      await publisher.publish([{ topic, message: messageOf('tally-a', 4) }]);
      await eventually(() => received.firstsOf('tally-a').length === 5, 'the whole key');
      expect(received.firstsOf('tally-a')).toEqual([0, 1, 2, 3, 4]);
    });

    test('keeps a letter that fails again, and those behind it', async () => {
      const { publisher, consumer, deadLetters } = await connect();
      const received = collecting();
      const poison = { bad: true, attempts: 0 };
      await consumer.subscribe({ group, topics: [topic], handle: failingOn('tally-a', '0', poison, received) });
      await publisher.publish(series('tally-a', 2).map((message) => ({ topic, message })));
      await eventually(async () => (await deadLetters.list(group)).length === 2, 'two letters');
      const attempts = poison.attempts;
      await deadLetters.redrive(group, 'tally-a');
      await eventually(async () => poison.attempts > attempts && (await deadLetters.list(group)).every(({ redriving }) => !redriving), 'another attempt');
      expect((await deadLetters.list(group)).length).toBe(2);
      expect(received.firstsOf('tally-a')).toEqual([]);
    });

    test('remembers a parked key over a crash', async () => {
      const first = await connect();
      const poison = { bad: true };
      await first.consumer.subscribe({ group, topics: [topic], handle: failingOn('tally-a', '0', poison, collecting()) });
      await first.publisher.publish([{ topic, message: messageOf('tally-a', 0) }]);
      await eventually(async () => (await first.deadLetters.list(group)).length === 1, 'a letter');
      await crash(first);
      const { publisher, consumer, deadLetters } = await connect();
      const received = collecting();
      await publisher.publish([messageOf('tally-a', 1), messageOf('tally-b', 0)].map((message) => ({ topic, message })));
      await consumer.subscribe({ group, topics: [topic], handle: received.handle });
      await eventually(async () => (await deadLetters.list(group)).length === 2 && received.firstsOf('tally-b').length === 1, 'the follower');
      await deadLetters.redrive(group, 'tally-a');
      await eventually(() => received.firstsOf('tally-a').length === 2, 'both');
      expect(received.firstsOf('tally-a')).toEqual([0, 1]);
    });

    test('waits and tries again on a passing failure, in order, while other partitions go on', async () => {
      const { publisher, consumer, deadLetters } = await connect();
      const received = collecting();
      const troubles: string[] = [];
      let failuresLeft = 3;
      const elsewhere = ['tally-b', 'tally-c', 'tally-d', 'tally-e'].find((key) => partitionOf(key, 4) !== partitionOf('tally-a', 4)) ?? '';
      await consumer.subscribe({
        group,
        topics: [topic],
        report: ({ kind }) => troubles.push(kind),
        handle: async (delivery) => {
          if (delivery.message.key === 'tally-a' && failuresLeft > 0) {
            if (received.firstsOf(elsewhere).length === 3) failuresLeft -= 1;
            throw new Error('the database is away');
          }
          await received.handle(delivery);
        },
      });
      await publisher.publish([...series('tally-a', 3), ...series(elsewhere, 3)].map((message) => ({ topic, message })));
      await eventually(() => received.ids().size === 6, 'all');
      expect(received.firstsOf('tally-a')).toEqual([0, 1, 2]);
      expect(received.all.find(({ message }) => message.key === 'tally-a')?.attempt).toBeGreaterThan(1);
      expect(troubles).toContain('retrying');
      expect(await deadLetters.list(group)).toEqual([]);
    });

    test('lets two members of a group share the partitions, and each take over from the other', async () => {
      const { publisher, consumer } = await connect();
      const [one, other] = [collecting(), collecting()];
      const first = await consumer.subscribe({ group, topics: [topic], handle: one.handle });
      await consumer.subscribe({ group, topics: [topic], handle: other.handle });
      const keys = Array.from({ length: 16 }, (_, index) => `tally-${index}`);
      const publishTo = (sequence: number): Promise<void> => publisher.publish(keys.map((key) => ({ topic, message: messageOf(key, sequence) })));
      let sequence = 0;
      await eventually(async () => {
        await publishTo(sequence++);
        return one.ids().size > 0 && other.ids().size > 0;
      }, 'both to have some');
      await first.stop();
      const before = one.all.length;
      await publishTo(sequence);
      await eventually(() => new Set([...one.ids(), ...other.ids()]).size === keys.length * (sequence + 1), 'everything');
      expect(one.all.length).toBe(before);
      expect(other.all.filter(({ message }) => message.sequence === String(sequence)).length).toBeGreaterThanOrEqual(keys.length);
    });

    test('is decided once, however often it is delivered', async () => {
      const { publisher, consumer } = await connect();
      const store = new InMemoryEventStore();
      const commands = new Commands(store, { now: () => at });
      const rows = [
        reaction('count-on', 'counting.counted.v1', contract['counting.counted.v1'], ({ by }) => [issue(counter, 'total', { type: 'count', by, at })]),
      ];
      const handle = reacting({ service: 'counting', rows, commands, inbox: new MemoryInbox() });
      await consumer.subscribe({ group, topics: [topic], handle });
      const outgoing = series('tally-a', 10).map((message) => ({ topic, message }));
      await publisher.publish(outgoing);
      await publisher.publish(outgoing);
      await publisher.publish(outgoing.slice(5));
      await eventually(async () => (await commands.load(counter, 'total')).state === 10, 'ten');
      await publisher.publish([{ topic, message: messageOf('tally-a', 10) }]);
      await eventually(async () => (await commands.load(counter, 'total')).state === 11, 'eleven');
      expect((await commands.load(counter, 'total')).history.length).toBe(11);
    });

    test('tells how far a group is behind', async () => {
      const { publisher, consumer } = await connect();
      const gate = gated();
      const subscription = await consumer.subscribe({ group, topics: [topic], handle: gate.handle });
      await publisher.publish(series('tally-a', 7).map((message) => ({ topic, message })));
      await eventually(async () => (await subscription.lag()) === 7, 'a lag of seven');
      gate.open();
      await eventually(async () => (await subscription.lag()) === 0, 'no lag');
    });

    test('replays a part of the log to a topic of its own', async () => {
      const { publisher, consumer } = await connect();
      const store = new InMemoryEventStore();
      const commands = new Commands(store, { now: () => at });
      for (let by = 1; by <= 4; by += 1) await commands.handle(counter, 'total', { type: 'count', by, at }, context(`command-${by}`));
      const second = (await commands.load(counter, 'total')).history[1]?.position ?? 0n;
      const map = publishing('counting', contract, [
        publishes(counter, { counted: ({ by, at: when }) => ({ type: 'counting.counted.v1', by, at: when }), noted: null }),
      ]);
      const received = collecting();
      await consumer.subscribe({ group, topics: [copy], handle: received.handle });
      expect(await replay({ store, prefixes: map.prefixes, map, publisher, after: second, topic: copy })).toBe(2);
      await eventually(() => received.ids().size === 2, 'the replay');
      expect(received.firstsOf(streamOf('counter', 'total'))).toEqual([2, 3]);
    });
  });
};

const messageOf = (key: string, sequence: number, data: JsonObject = { by: 1, at }): Message => ({
  id: uuidFrom(key, String(sequence)),
  type: 'counting.counted.v1',
  source: '/program-ledger/counting',
  subject: key,
  time: at,
  sequence: String(sequence),
  key,
  correlationid: 'correlation-1',
  causationid: 'command-1',
  actor: 'person-1',
  data,
});

const series = (key: string, count: number): readonly Message[] => Array.from({ length: count }, (_, sequence) => messageOf(key, sequence));

/** Remembers what it is handed. */
const collecting = () => {
  const all: Delivery[] = [];
  return {
    all,
    handle: (delivery: Delivery): Promise<void> => Promise.resolve(void all.push(delivery)),
    ids: (): ReadonlySet<string> => new Set(all.map(({ message }) => message.id)),
    /** Sequences of a key in the order of their first delivery. */
    firstsOf: (key: string): readonly number[] => [...new Set(all.filter(({ message }) => message.key === key).map(({ message }) => Number(message.sequence)))],
  };
};

const failingOn =
  (key: string, sequence: string, poison: { readonly bad: boolean; attempts?: number }, received: ReturnType<typeof collecting>) =>
  async (delivery: Delivery): Promise<void> => {
    if (poison.bad && delivery.message.key === key && delivery.message.sequence === sequence) {
      poison.attempts = (poison.attempts ?? 0) + 1;
      throw new PermanentFailure('poisoned', 'it can never be handled');
    }
    await received.handle(delivery);
  };

/** Holds everything back until it is opened. */
const gated = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { handle: (): Promise<void> => opened, open: () => open() };
};
