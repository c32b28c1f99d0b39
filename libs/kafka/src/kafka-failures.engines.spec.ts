import { afterAll, afterEach, expect, test } from '@jest/globals';
import { BrokerUnavailable, PermanentFailure, type Delivery } from '@program-ledger/messaging';
import { Kafka, logLevel } from './kafkajs.js';
import { Link } from './link.js';
import { GroupMember } from './member.js';
import { kafkaLimits, type KafkaTrouble } from './options.js';
import { collecting, keys, messageOf, numbers, persistently, until } from './testing/messages.js';
import { onKafka } from './testing/on-kafka.js';
import { describeOn, impatient, realKafka, stopped } from './testing/real-kafka.js';

const started = await realKafka('what Kafka and kafkajs do when things go wrong');
afterAll(() => stopped(started));

describeOn(started, 'Kafka, when things go wrong', (kafka) => {
  const { brokers } = kafka;
  const { declared, connect, closed } = onKafka({ brokers, name: 'failing', partitions: 4 });
  afterEach(async () => {
    kafka.resume();
    await closed();
  });

  test('loses nothing and keeps the order when the broker is killed and comes back', async () => {
    const { topic, group } = await declared();
    const [publisher, consumer] = [await connect({ limits: { publishMsMax: 2_000 } }), await connect()];
    const received = collecting();
    await consumer.subscribe({ group, topics: [topic], handle: received.handle });
    const publishing = (async () => {
      for (let sequence = 0; sequence < 400; sequence += 1) await persistently(() => publisher.publish(keys.map((key) => ({ topic, message: messageOf(key, sequence) }))));
    })();
    await until(() => received.all.length > 100, 'a first part');
    await kafka.kill();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await kafka.restart();
    await publishing;
    await until(() => keys.every((key) => received.firstsOf(key).length === 400), 'everything');
    for (const key of keys) expect(received.firstsOf(key)).toEqual(numbers(400));
  }, 120_000);

  test('a member that dies is replaced by another, which goes on in order', async () => {
    const { topic, group } = await declared();
    const [publisher, one, other] = [await connect(), await connect(), await connect()];
    const received = collecting();
    await one.subscribe({ group, topics: [topic], handle: received.handle });
    await other.subscribe({ group, topics: [topic], handle: received.handle });
    for (let sequence = 0; sequence < 50; sequence += 1) {
      await publisher.publish(keys.map((key) => ({ topic, message: messageOf(key, sequence) })));
      if (sequence === 25) await one.abandon();
    }
    await until(() => keys.every((key) => received.firstsOf(key).length === 50), 'everything');
    for (const key of keys) expect(received.firstsOf(key)).toEqual(numbers(50));
  });

  test('a partition changes hands between two messages, not in the middle of one', async () => {
    const { topic, group } = await declared();
    const publisher = await connect();
    const inHand = new Map<string, number>();
    const seen: string[] = [];
    let overlaps = 0;
    const handle = async ({ message }: Delivery): Promise<void> => {
      overlaps += inHand.get(message.key) ?? 0;
      inHand.set(message.key, (inHand.get(message.key) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      inHand.set(message.key, (inHand.get(message.key) ?? 1) - 1);
      seen.push(`${message.key}/${message.sequence}`);
    };
    await (await connect()).subscribe({ group, topics: [topic], handle });
    for (const sequence of numbers(8)) await publisher.publish(keys.map((key) => ({ topic, message: messageOf(key, sequence) })));
    await until(() => seen.length > 5, 'a beginning');
    await (await connect()).subscribe({ group, topics: [topic], handle });
    await until(() => new Set(seen).size === keys.length * 8, 'everything');
    expect(overlaps).toBe(0);
    expect(seen.length).toBe(keys.length * 8);
  });

  test('a handler that takes longer than the session keeps its partition (N7)', async () => {
    const { topic, group } = await declared(1);
    const broker = await connect();
    const received = collecting();
    await broker.subscribe({ group, topics: [topic], handle: async (delivery) => (await new Promise((resolve) => setTimeout(resolve, 5_000)), received.handle(delivery)) });
    await broker.publish([{ topic, message: messageOf('slow', 0) }]);
    await until(() => received.all.length > 0, 'the slow one');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(received.all.length).toBe(1);
  });

  test('a TypeError out of a handler is tried again like any other, and ends nothing (N1, N2)', async () => {
    const { topic, group } = await declared(1);
    const broker = await connect();
    const received = collecting();
    let failures = 7;
    await broker.subscribe({
      group,
      topics: [topic],
      handle: (delivery) => {
        if (failures > 0 && failures--) throw new TypeError('undefined is not a function');
        return received.handle(delivery);
      },
    });
    await broker.publish([0, 1].map((sequence) => ({ topic, message: messageOf('a', sequence) })));
    await until(() => received.firstsOf('a').length === 2, 'both');
    expect(received.firstsOf('a')).toEqual([0, 1]);
  });

  test('what is no message lies among the dead letters byte for byte, and the next one is handled (N5)', async () => {
    const { topic, group, dead } = await declared(1);
    const broker = await connect();
    const received = collecting();
    const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer({ createPartitioner: () => () => 0 });
    await producer.connect();
    const odd = [
      { key: Buffer.from([0, 255, 254]), value: Buffer.from([0, 1, 2, 128]), headers: { ce_specversion: Buffer.from([200]), twice: ['a', 'b'] } },
      { key: null, value: Buffer.from('{"a":1}') },
      { key: '{"json":"key"}', value: null },
    ];
    await producer.send({ topic, messages: odd });
    await producer.disconnect();
    await broker.publish([{ topic, message: messageOf('after', 0) }]);
    await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(async () => received.all.length === 1 && (await broker.list(group)).length === 3, 'the letters and the message');
    expect((await broker.list(group)).map(({ cause }) => cause.code)).toEqual(['unreadable-message', 'unreadable-message', 'unreadable-message']);
    const link = await Link.open(surroundings());
    await link.learn([dead]);
    const letters: { key: Buffer | null; value: Buffer | null; twice: unknown }[] = [];
    await link.read({ topic: dead, partition: 0 }, { from: 0n, to: 3n }, ({ key, value, headers }) => void letters.push({ key, value, twice: headers['twice'] }));
    await link.close();
    expect(letters.map(({ key }) => key)).toEqual([odd[0]?.key, null, Buffer.from('{"json":"key"}')]);
    expect(letters.map(({ value }) => value)).toEqual([odd[0]?.value, odd[1]?.value, null]);
    expect(letters[0]?.twice).toEqual([Buffer.from('a'), Buffer.from('b')]);
  });

  test('a key that failed stays with its letters when its partition changes hands, until any process redrives it', async () => {
    const { topic, group } = await declared();
    const [one, other, desk] = [await connect(), await connect(), await connect()];
    const poison = { bad: true };
    const received = collecting();
    const handle = (delivery: Delivery): Promise<void> => {
      if (poison.bad && delivery.message.key === 'a' && delivery.message.sequence === '1') throw new PermanentFailure('poisoned', 'never');
      return received.handle(delivery);
    };
    await one.subscribe({ group, topics: [topic], handle });
    await desk.publish([0, 1, 2].map((sequence) => ({ topic, message: messageOf('a', sequence) })));
    await until(async () => (await desk.list(group)).length === 2, 'the letters');
    await other.subscribe({ group, topics: [topic], handle });
    await one.abandon();
    await desk.publish([messageOf('a', 3), messageOf('b', 0)].map((message) => ({ topic, message })));
    await until(async () => (await desk.list(group)).length === 3 && received.firstsOf('b').length === 1, 'the follower');
    expect(received.firstsOf('a')).toEqual([0]);
    expect(await desk.redrive(group, 'a')).toBe(3);
    await until(async () => (await desk.list(group)).length === 1 || (await desk.list(group)).every(({ redriving }) => !redriving), 'an answer');
    expect((await desk.list(group)).length).toBe(3);
    poison.bad = false;
    expect(await desk.redrive(group, 'a')).toBe(3);
    await desk.publish([{ topic, message: messageOf('a', 4) }]);
    await until(() => received.firstsOf('a').length === 5, 'the whole key');
    expect(received.firstsOf('a')).toEqual(numbers(5));
    expect(await desk.list(group)).toEqual([]);
    expect(await desk.redrive(group, 'a')).toBe(0);
  });

  test('a send whose outcome is unknown says so in time, and the next batch is not taken for it', async () => {
    const { topic } = await declared(1);
    const broker = await connect({ limits: { publishMsMax: 1_500, requestMsMax: 300 } });
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    kafka.pause();
    const began = Date.now();
    await expect(broker.publish([{ topic, message: messageOf('a', 1) }])).rejects.toThrow(BrokerUnavailable);
    expect(Date.now() - began).toBeLessThan(3_000);
    // Begun while the broker still stands: what kafkajs would try again by itself and this one would then have the same numbers.
    const next = persistently(() => broker.publish([{ topic, message: messageOf('a', 2) }]));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    kafka.resume();
    await next;
    expect(await sequencesOn(topic)).toContain(2);
  });

  test('kafkajs alone, after such a send, drops the next batch without a word: why its producer is never used again', async () => {
    const { topic } = await declared(1);
    const client = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, requestTimeout: 300, retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 50 } });
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const send = (sequence: number): Promise<unknown> => producer.send({ topic, acks: -1, messages: [{ key: 'a', value: '{}', headers: { ce_sequence: String(sequence) } }] });
    await send(0);
    kafka.pause();
    await expect(send(1)).rejects.toThrow();
    kafka.resume();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await send(2);
    await producer.disconnect();
    expect(await sequencesOn(topic)).not.toContain(2);
  });

  test('begins anew when messages lie there and none comes (#1456)', async () => {
    const { topic, group } = await declared(1);
    const broker = await connect();
    const received = collecting();
    const troubles: KafkaTrouble[] = [];
    const around = { ...surroundings(), limits: { ...kafkaLimits, ...impatient, stalledMs: 1_500 }, report: (trouble: KafkaTrouble) => void troubles.push(trouble) };
    let links = 0;
    const openLink = async (): Promise<Link> => {
      const link = await Link.open(around);
      links += 1;
      if (links === 1) link.fetch = () => new Promise((resolve) => setTimeout(() => resolve([]), 50));
      return link;
    };
    const member = new GroupMember({ options: { group, topics: [topic], handle: received.handle }, around, append: () => Promise.resolve(), open: openLink });
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    await until(() => received.all.length === 1, 'the message');
    expect(troubles.map(({ kind }) => kind)).toContain('stalled');
    expect(links).toBe(2);
    await member.stop();
  });

  test('parts what is too much for one batch, and keeps the order of many calls at once', async () => {
    const { topic, group } = await declared(1);
    const broker = await connect();
    const large = 'x'.repeat(100_000);
    await Promise.all(numbers(60).map((sequence) => broker.publish([{ topic, message: { ...messageOf('a', sequence), data: { large } } }])));
    const received = collecting();
    await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(() => received.firstsOf('a').length === 60, 'all');
    expect(received.firstsOf('a')).toEqual(numbers(60));
  });

  const surroundings = () => ({ brokers, clientId: 'looking', limits: { ...kafkaLimits, ...impatient }, report: () => undefined });
  const sequencesOn = async (topic: string): Promise<readonly number[]> => {
    const link = await Link.open(surroundings());
    await link.learn([topic]);
    const [to = 0n] = (await link.ends([{ topic, partition: 0 }], 'next')).values();
    const found: number[] = [];
    await link.read({ topic, partition: 0 }, { from: 0n, to }, ({ headers }) => void found.push(Number(headers['ce_sequence']?.toString())));
    await link.close();
    return found;
  };
});
