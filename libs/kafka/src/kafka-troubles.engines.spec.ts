import { afterAll, afterEach, expect, test } from '@jest/globals';
import { BrokerUnavailable, partitionOf, PermanentFailure, type Delivery } from '@program-ledger/messaging';
import kafkajs from 'kafkajs';
import type { Append } from './dead-letter-box.js';
import { openKafka } from './kafka-broker.js';
import { Kafka, logLevel, type Message } from './kafkajs.js';
import { letterContent } from './letters.js';
import { Link } from './link.js';
import { GroupMember } from './member.js';
import { kafkaLimits, topicLimits, type KafkaTrouble } from './options.js';
import { collecting, keys, messageOf, numbers, until } from './testing/messages.js';
import { onKafka } from './testing/on-kafka.js';
import { describeOn, impatient, realKafka, stopped } from './testing/real-kafka.js';
import { declareTopics, topicConfigs } from './topics.js';

const started = await realKafka('what a group does when one of its messages, handlers or members is not as it should be');
afterAll(() => stopped(started));

describeOn(started, 'a group on Kafka, with trouble of its own', (kafka) => {
  const { brokers } = kafka;
  const members: GroupMember[] = [];
  const troubles: KafkaTrouble[] = [];
  const report = (trouble: KafkaTrouble): void => void troubles.push(trouble);
  const client = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });

  const { declared, connect, closed } = onKafka({ brokers, name: 'troubled', partitions: 1, report });
  const around = (limits: Partial<typeof kafkaLimits | Record<string, number>> = {}) => ({ brokers, clientId: 'troubled', report, limits: { ...kafkaLimits, ...impatient, ...limits } });
  /** As any client of Kafka writes, with what no message of ours has. */
  const written = async (topic: string, messages: Message[], compression = 0): Promise<void> => {
    const producer = client.producer({ createPartitioner: () => ({ message }) => message.partition ?? 0 });
    await producer.connect();
    await producer.send({ topic, messages, compression });
    await producer.disconnect();
  };
  /** kafkajs writes Snappy when it is told how, and forgets it again: readers of ours cannot. */
  const writtenInSnappy = async (topic: string, messages: Message[]): Promise<void> => {
    const { CompressionCodecs, CompressionTypes } = kafkajs;
    const unknown = CompressionCodecs[CompressionTypes.Snappy];
    CompressionCodecs[CompressionTypes.Snappy] = () => ({ compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(inSnappy(buffer)), decompress: (buffer: Buffer) => Promise.resolve(buffer) });
    await written(topic, messages, CompressionTypes.Snappy).finally(() => (CompressionCodecs[CompressionTypes.Snappy] = unknown));
  };
  const joined = (options: ConstructorParameters<typeof GroupMember>[0]): GroupMember => {
    const member = new GroupMember(options);
    members.push(member);
    return member;
  };
  const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  /** One key of each partition. */
  const keyIn = (partition: number): string => numbers(100).map((index) => `key-${index}`).find((key) => partitionOf(key, 4) === partition) ?? '';

  afterEach(async () => {
    await closed();
    for (const member of members.splice(0)) member.abandon();
    troubles.length = 0;
  });

  test('a message that failed for good is not tried again because its letter could not be written', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    let [attempts, refusals] = [0, 2];
    const other = collecting();
    const letters: Parameters<Append>[0][number][] = [];
    const append: Append = (entries) => (refusals-- > 0 ? Promise.reject(new BrokerUnavailable('no')) : Promise.resolve(void letters.push(...entries)));
    const handle = (delivery: Delivery): Promise<void> => {
      if (delivery.message.key === 'b') return other.handle(delivery);
      attempts += 1;
      if (attempts === 1) throw new PermanentFailure('poisoned', 'once');
      return Promise.resolve();
    };
    const member = joined({ options: { group, topics: [topic], handle }, around: around(), append });
    await broker.publish([messageOf('a', 0), messageOf('b', 0)].map((message) => ({ topic, message })));
    await until(() => other.all.length === 1 && letters.length > 0, 'the letter, and the message behind it');
    await member.stop();
    expect([attempts, letters.map(({ headers }) => headers['dead_cause'])]).toEqual([1, ['poisoned']]);
  });

  test('a message whose letter could not be written is handled after all when those before it of its key are redriven meanwhile', async () => {
    const { topic, group, dead } = await declared();
    const broker = await connect();
    const received = collecting();
    let [isPoisoned, refusals] = [true, 0];
    const append: Append = async (entries) => {
      if (entries.some(({ value, headers }) => value !== null && headers['dead_cause'] === 'followed-its-key') && (refusals += 1) > 0) throw new BrokerUnavailable('no');
      await written(dead, entries.map(({ key, value, headers }) => ({ key, value, headers }) as Message));
    };
    const handle = (delivery: Delivery): Promise<void> => (isPoisoned ? Promise.reject(new PermanentFailure('poisoned', 'not yet')) : received.handle(delivery));
    const member = joined({ options: { group, topics: [topic], handle }, around: around(), append });
    await broker.publish(numbers(2).map((sequence) => ({ topic, message: messageOf('a', sequence) })));
    await until(() => refusals > 0, 'the second to be refused');
    isPoisoned = false;
    expect(await broker.redrive(group, 'a')).toBe(1);
    await until(() => received.all.length === 2, 'both');
    expect(received.firstsOf('a')).toEqual([0, 1]);
    await member.stop();
  });

  test('a message that could not be parked behind its key waits while the letters of the key are redriven, and is handled then', async () => {
    const { topic, group, dead } = await declared();
    const broker = await connect();
    const received = collecting();
    let [isPoisoned, refusals, letters] = [true, 0, 0];
    const append: Append = async (entries) => {
      // The third message is refused until the redrive is under way: there would be room for it in the middle of that.
      const isThird = entries.some(({ value, headers }) => value !== null && headers['dead_cause'] === 'followed-its-key') && letters === 2;
      if (isThird && received.all.length === 0) {
        refusals += 1;
        throw new BrokerUnavailable('no');
      }
      if (entries.some(({ value }) => value !== null)) letters += 1;
      await written(dead, entries.map(({ key, value, headers }) => ({ key, value, headers }) as Message));
    };
    const handle = async (delivery: Delivery): Promise<void> => {
      if (isPoisoned) throw new PermanentFailure('poisoned', 'not yet');
      await received.handle(delivery);
      await wait(2_000);
    };
    const member = joined({ options: { group, topics: [topic], handle }, around: around(), append });
    await broker.publish(numbers(3).map((sequence) => ({ topic, message: messageOf('a', sequence) })));
    await until(() => refusals > 0, 'the third to be refused');
    isPoisoned = false;
    expect(await broker.redrive(group, 'a')).toBe(2);
    await until(() => received.all.length === 3, 'all three');
    await member.stop();
    expect([received.firstsOf('a'), await broker.count(group)]).toEqual([[0, 1, 2], 0]);
  });

  test('a handler that never answers makes its group say that it is stopped, while other partitions go on; one that is tried again does not', async () => {
    const { topic, group } = await declared(4);
    const broker = await connect({ limits: { handlerMsMax: 600 } });
    let release: () => void = () => undefined;
    const received = collecting();
    const handle = async (delivery: Delivery): Promise<void> => {
      if (delivery.message.key === keyIn(0)) await new Promise<void>((resolve) => (release = resolve));
      if (delivery.message.key === keyIn(1)) throw new Error('not yet');
      await received.handle(delivery);
    };
    const subscription = await broker.subscribe({ group, topics: [topic], handle });
    await broker.publish([1, 2].map((partition) => ({ topic, message: messageOf(keyIn(partition), 0) })));
    await until(() => received.firstsOf(keyIn(2)).length === 1, 'the partition without trouble');
    await wait(1_500);
    expect(subscription.stopped()).toBeUndefined();
    await broker.publish([0, 2].map((partition) => ({ topic, message: messageOf(keyIn(partition), 1) })));
    await until(() => subscription.stopped() !== undefined && received.firstsOf(keyIn(2)).length === 2, 'it to be noticed');
    expect(subscription.stopped()).toBe(`the handler has not answered for 600 ms: ${topic}/0 at 0`);
    await until(() => troubles.some(({ kind }) => kind === 'stalled'), 'it to be told');
    release();
    await until(() => subscription.stopped() === undefined, 'it to be forgotten');
  });

  test('what others write compressed is read like anything else, since the broker takes compression off', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    const received = collecting();
    await writtenInSnappy(topic, [{ key: 'foreign', value: 'x'.repeat(10_000) }]);
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(async () => received.all.length === 1 && (await broker.count(group)) > 0, 'the letter, and the message behind it');
    expect((await broker.list(group)).map(({ key, cause }) => [key, cause.code])).toEqual([['foreign', 'unreadable-message']]);
  });

  test('a batch that cannot be taken apart stops its partition alone, aloud, after what lies before it', async () => {
    const { topic, group } = await declared(4, (name) => ({ ...topicConfigs(name), 'compression.type': 'producer' }));
    const broker = await connect();
    const received = collecting();
    await broker.publish(numbers(4).map((partition) => ({ topic, message: messageOf(keyIn(partition), 0) })));
    await writtenInSnappy(topic, [{ partition: 1, key: 'foreign', value: 'x'.repeat(10_000) }]);
    await broker.publish(numbers(4).map((partition) => ({ topic, message: messageOf(keyIn(partition), 1) })));
    const subscription = await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(() => received.all.length === 7 && subscription.stopped() !== undefined, 'all but what lies behind it');
    await wait(500);
    expect(numbers(4).map((partition) => received.firstsOf(keyIn(partition)))).toEqual([[0, 1], [0], [0, 1], [0, 1]]);
    expect(subscription.stopped()).toContain(`${topic}/1 cannot be read from 1 on: Snappy`);
    expect(troubles).toContainEqual(expect.objectContaining({ kind: 'partition-stopped' }));
  });

  test('a partition whose letters cannot be taken apart stands still alone, aloud', async () => {
    const { topic, group, dead } = await declared(4, (name) => ({ ...topicConfigs(name), 'compression.type': 'producer' }));
    const broker = await connect();
    const received = collecting();
    await writtenInSnappy(dead, [{ partition: 1, key: 'foreign', value: 'x'.repeat(10_000) }]);
    await broker.publish(numbers(4).map((partition) => ({ topic, message: messageOf(keyIn(partition), 0) })));
    const subscription = await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(() => received.all.length === 3, 'the other partitions');
    expect(subscription.stopped()).toContain(`${dead}/1 cannot be read from 0 on: Snappy`);
    expect(troubles).toContainEqual(expect.objectContaining({ kind: 'partition-stopped' }));
    expect(received.firstsOf(keyIn(1))).toEqual([]);
  });

  test('the largest record that a topic takes has room among the dead letters', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    const received = collecting();
    await written(topic, [{ key: 'large', value: 'x'.repeat(topicLimits.recordBytesMax - 100) }]);
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(async () => received.all.length === 1 && (await broker.count(group)) > 0, 'the letter, and the message behind it');
    expect(await broker.count(group)).toBe(1);
  });

  test('a letter that is refused disturbs nothing that is published meanwhile', async () => {
    const { topic, group, dead } = await declared(1, (name) => ({ ...topicConfigs(name), ...(name.endsWith('.dlt') ? { 'max.message.bytes': '1000' } : {}) }));
    const broker = await connect();
    await written(topic, [{ key: 'large', value: 'x'.repeat(10_000) }]);
    await broker.subscribe({ group, topics: [topic], handle: () => Promise.resolve() });
    await until(() => troubles.some(({ kind }) => kind === 'publisher-replaced'), `${dead} to refuse it`);
    for (const sequence of numbers(100)) await broker.publish([{ topic, message: messageOf('a', sequence) }]);
    expect(await broker.count(group)).toBe(0);
    await broker.abandon();
  });

  test('a member whose joining was interrupted joins again as the same one: nobody waits for a ghost', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    const received = collecting();
    const patient = around({ sessionMs: 25_000, rebalanceMs: 25_000 });
    let interruptions = 1;
    const interrupted = async (): Promise<Link> => {
      const link = await Link.open(patient);
      const coordinator = link.coordinator.bind(link);
      link.coordinator = async (name) => {
        const raw = await coordinator(name);
        const syncGroup: typeof raw.syncGroup = (request) => (interruptions-- > 0 ? Promise.reject(Object.assign(new Error('again'), { type: 'REBALANCE_IN_PROGRESS' })) : raw.syncGroup(request));
        return Object.assign(Object.create(raw) as typeof raw, { syncGroup });
      };
      return link;
    };
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    const member = joined({ options: { group, topics: [topic], handle: received.handle }, around: patient, append: () => Promise.resolve(), open: interrupted });
    await until(() => received.all.length === 1, 'the message', 8_000);
    await member.stop();
  });

  test('a member that is stopped while it joins leaves: nobody waits for it', async () => {
    const { topic, group } = await declared(4);
    const limits = { sessionMs: 25_000, rebalanceMs: 25_000, drainMsMax: 20_000 };
    const [one, other] = [await connect({ limits }), await connect({ limits })];
    let release: (() => void) | undefined;
    const received = collecting();
    const handle = async (delivery: Delivery): Promise<void> => {
      if (delivery.message.sequence === '0') await new Promise<void>((resolve) => (release = resolve));
      await received.handle(delivery);
    };
    await one.subscribe({ group, topics: [topic], handle });
    await one.publish([{ topic, message: messageOf(keyIn(0), 0) }]);
    await until(() => release !== undefined, 'the message in hand');
    const joining = await other.subscribe({ group, topics: [topic], handle });
    const admin = client.admin();
    await admin.connect();
    const members = async (): Promise<number> => (await admin.describeGroups([group])).groups[0]?.members.length ?? 0;
    await until(async () => (await members()) === 2, 'it to join');
    expect(received.all).toEqual([]);
    await joining.stop();
    await until(async () => (await members()) === 1, 'it to have left', 5_000);
    await admin.disconnect();
    release?.();
    await one.publish(numbers(4).map((partition) => ({ topic, message: messageOf(keyIn(partition), 1) })));
    await until(() => received.all.length === 5, 'all partitions', 10_000);
  });

  test('a member that stops before the group has named it connects to nobody, and one that has to leave waits no longer than for a request', async () => {
    const { topic, group } = await declared();
    const stoppedIn = async (request: 'joinGroup' | 'syncGroup'): Promise<number> => {
      let [opened, isAsked] = [0, false];
      const unanswered = new Promise<never>(() => undefined);
      const open = async (): Promise<Link> => {
        if ((opened += 1) > 1) return unanswered;
        const link = await Link.open(around());
        const coordinator = link.coordinator.bind(link);
        link.coordinator = async (name) => {
          isAsked = request === 'joinGroup';
          if (isAsked) return unanswered;
          const syncGroup = (): Promise<never> => ((isAsked = true), unanswered);
          return Object.assign(Object.create(await coordinator(name)) as Awaited<ReturnType<Link['coordinator']>>, { syncGroup });
        };
        return link;
      };
      const member = joined({ options: { group, topics: [topic], handle: () => Promise.resolve() }, around: around({ requestMsMax: 1_000 }), append: () => Promise.resolve(), open });
      await until(() => isAsked, 'it to join');
      const sinceMs = performance.now();
      await member.stop();
      expect(performance.now() - sinceMs).toBeLessThan(6_000);
      return opened;
    };
    expect([await stoppedIn('joinGroup'), await stoppedIn('syncGroup')]).toEqual([1, 2]);
  });

  test('who hangs is waited for once, not before each attempt to connect again', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    let [isHeld, attempts] = [false, 0];
    const links: Link[] = [];
    const handle = (): Promise<void> => ((isHeld = true), new Promise(() => undefined));
    const open = async (): Promise<Link> => {
      if ((attempts += 1) > 1) throw new BrokerUnavailable('away');
      links.push(await Link.open(around()));
      return links[0]!;
    };
    joined({ options: { group, topics: [topic], handle }, around: around({ drainMsMax: 4_000 }), append: () => Promise.resolve(), open });
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    await until(() => isHeld, 'the message');
    links[0]?.destroy();
    await until(() => attempts === 2, 'a first attempt, after it was waited for', 15_000);
    await until(() => attempts >= 5, 'three more without a wait', 8_000);
  });

  test('after a lost connection the message in hand is not handed out a second time while it is still in hand', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    let [inHand, most, handed] = [0, 0, 0];
    const links: Link[] = [];
    const handle = async (): Promise<void> => {
      most = Math.max(most, (inHand += 1));
      handed += 1;
      await wait(3_000);
      inHand -= 1;
    };
    const opened = async (): Promise<Link> => (links.push(await Link.open(around())), links.at(-1)!);
    const member = joined({ options: { group, topics: [topic], handle }, around: around(), append: () => Promise.resolve(), open: opened });
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    await until(() => handed === 1, 'the message');
    links[0]?.destroy();
    await until(() => handed === 2, 'the message again');
    await member.stop();
    expect(most).toBe(1);
  });

  test('a letter that is redriven is not handed out a second time while it is in hand, when its member fails as it takes up its partitions', async () => {
    const { topic, group, dead } = await declared(4);
    const broker = await connect();
    const subscription = await broker.subscribe({ group, topics: [topic], handle: () => Promise.reject(new PermanentFailure('poisoned', 'not yet')) });
    await broker.publish([{ topic, message: messageOf(keyIn(0), 0) }]);
    await until(async () => (await broker.count(group)) === 1, 'the letter');
    await subscription.stop();
    expect(await broker.redrive(group, keyIn(0))).toBe(1);
    let [inHand, most, opened] = [0, 0, 0];
    const handle = async (): Promise<void> => {
      most = Math.max(most, (inHand += 1));
      await wait(3_000);
      inHand -= 1;
    };
    const open = async (): Promise<Link> => {
      const link = await Link.open(around());
      const read = link.read.bind(link);
      if ((opened += 1) === 1) link.read = async (place, ...more) => (place.partition === 3 ? until(() => inHand === 1, 'the letter').then(() => Promise.reject(new BrokerUnavailable('away'))) : read(place, ...more));
      return link;
    };
    const append: Append = (entries) => written(dead, entries.map(({ key, value, headers }) => ({ key, value, headers, partition: 0 }) as Message));
    const member = joined({ options: { group, topics: [topic], handle }, around: around(), append, open });
    await until(async () => opened === 2 && (await broker.count(group)) === 0, 'it to be settled');
    await member.stop();
    expect(most).toBe(1);
  });

  test('letters without a key, or with one that is no text, are found in whatever partition they lie', async () => {
    const { topic, group } = await declared(4);
    const broker = await connect();
    const odd = Buffer.from([255, 254]);
    await written(topic, [{ partition: 1, key: null, value: '1' }, { partition: 3, key: null, value: '3' }, { partition: 2, key: odd, value: '2' }]);
    await broker.subscribe({ group, topics: [topic], handle: () => Promise.resolve() });
    await until(async () => (await broker.list(group)).length === 3, 'the letters');
    expect([await broker.redrive(group, ''), await broker.redrive(group, odd.toString('utf8'))]).toEqual([2, 1]);
    await until(async () => (await broker.list(group)).every(({ redriving }) => !redriving), 'an answer');
    expect(await broker.count(group)).toBe(3);
  });

  test('a letter that a former owner wrote too late parks no key, whoever owns its partition next', async () => {
    const { topic, group, dead } = await declared();
    const [one, other] = [await connect(), await connect()];
    const received = collecting();
    await one.publish([{ topic, message: messageOf('a', 0) }]);
    await one.subscribe({ group, topics: [topic], handle: received.handle });
    await until(() => received.all.length === 1, 'the message');
    const late = letterContent({ key: Buffer.from('a'), value: Buffer.from('{}'), headers: {}, offset: '0' }, { group, topic, partition: 0 }, { code: 'late', message: 'too late' });
    await written(dead, [late as Message]);
    await until(async () => (await other.count(group)) === 0 && (await endOf(dead)) === 2n, 'the owner to say that it is none');
    await one.abandon();
    await other.subscribe({ group, topics: [topic], handle: received.handle });
    await other.publish([{ topic, message: messageOf('a', 1) }]);
    await until(() => received.firstsOf('a').length === 2, 'the next message of its key');
    expect(await other.list(group)).toEqual([]);
  });

  test('a letter of a message that is still to come waits for what becomes of it', async () => {
    const { topic, group, dead } = await declared();
    const broker = await connect();
    const received = collecting();
    await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    await until(() => received.all.length === 1, 'it to have joined');
    await written(dead, [letterContent({ key: Buffer.from('a'), value: Buffer.from('{}'), headers: {}, offset: '1' }, { group, topic, partition: 0 }, { code: 'late', message: 'too early' }) as Message]);
    await wait(500);
    expect(await broker.count(group)).toBe(1);
    await broker.publish([{ topic, message: messageOf('a', 1) }]);
    await until(async () => received.all.length === 2 && (await broker.count(group)) === 0, 'it to be handled and the letter to be none');
  });

  test('a group that stands beyond the end of a log that was cut begins with the oldest message, and steps over none that comes', async () => {
    const { topic, group } = await declared(4);
    const broker = await connect();
    await broker.publish([2, 3].map((partition) => ({ topic, message: messageOf(keyIn(partition), 0) })));
    const admin = client.admin();
    await admin.connect();
    await admin.setOffsets({ groupId: group, topic, partitions: [1, 2].map((partition) => ({ partition, offset: '7' })) });
    await admin.disconnect();
    const received = collecting();
    const subscription = await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(async () => received.all.length === 2 && (await subscription.lag()) === 0, 'what there is');
    await subscription.stop();
    expect(troubles.filter(({ kind }) => kind === 'offset-reset').map(({ message }) => message)).toEqual(
      [[1, 0], [2, 1]].map(([partition, end]) => `${group} stood at 7 of ${topic}/${partition}, which holds 0 to ${end}: it goes on at 0`),
    );
    await broker.publish([1, 2].flatMap((partition) => numbers(10).slice(1).map((sequence) => ({ topic, message: messageOf(keyIn(partition), sequence) }))));
    await broker.subscribe({ group, topics: [topic], handle: received.handle });
    await until(() => [1, 2].every((partition) => received.firstsOf(keyIn(partition)).at(-1) === 9), 'the youngest');
    expect([1, 2].map((partition) => received.firstsOf(keyIn(partition)))).toEqual([numbers(10).slice(1), numbers(10)]);
  });

  test('a call does not overtake one before it that has still to ask how many partitions a topic has', async () => {
    const [unknown, known] = [await declared(), await declared()];
    const broker = await connect();
    await broker.publish([{ topic: known.topic, message: messageOf('a', 0) }]);
    const first = broker.publish([unknown, known].map(({ topic }) => ({ topic, message: messageOf('a', 1) })));
    await Promise.all([first, broker.publish([{ topic: known.topic, message: messageOf('a', 2) }])]);
    const order: string[] = [];
    await broker.subscribe({ group: known.group, topics: [known.topic], handle: ({ message }) => Promise.resolve(void order.push(message.sequence)) });
    await until(() => order.length === 3, 'all');
    expect(order).toEqual(['0', '1', '2']);
  });

  test('a publish to a topic whose partitions nobody tells is given up in time, and holds up none behind it for longer', async () => {
    const known = await declared();
    const broker = await connect({ limits: { publishMsMax: 1_000, requestMsMax: 8_000, askMsMax: 8_000 } });
    await broker.publish([{ topic: known.topic, message: messageOf('a', 0) }]);
    const sinceMs = performance.now();
    kafka.pause();
    const calls = await Promise.allSettled([`${known.topic}-unknown`, known.topic].map((topic) => broker.publish([{ topic, message: messageOf('a', 1) }])));
    const tookMs = performance.now() - sinceMs;
    kafka.resume();
    expect(calls.map((call) => call.status === 'rejected' && call.reason instanceof BrokerUnavailable)).toEqual([true, true]);
    expect(tookMs).toBeLessThan(6_000);
  });

  test('limits that cannot hold together are refused when it is opened', async () => {
    await expect(openKafka({ brokers, clientId: 'troubled', limits: { drainMsMax: 30_000, rebalanceMs: 30_000 } })).rejects.toThrow('drainMsMax 30000 must be below rebalanceMs 30000');
    await expect(openKafka({ brokers, clientId: 'troubled', limits: { heartbeatMs: 10_000, sessionMs: 10_000 } })).rejects.toThrow('heartbeatMs 10000 must be below sessionMs 10000');
  });

  const configsOf = async (topic: string): Promise<Readonly<Record<string, string>>> => {
    const admin = client.admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({ resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }], includeSynonyms: false });
    await admin.disconnect();
    return Object.fromEntries(resources.flatMap(({ configEntries }) => configEntries.map(({ configName, configValue }) => [configName, configValue])));
  };

  test('a topic that was declared before is brought up to what is declared now, and keeps what the operator has set besides', async () => {
    const before = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1', 'segment.ms': '86400000', 'compression.type': 'producer' };
    const { topic, dead } = await declared(1, () => before);
    const topics = [topic, dead].map((name) => ({ name, partitions: 1 }));
    await declareTopics({ brokers }, topics);
    for (const name of [topic, dead]) {
      await until(async () => (await configsOf(name))['compression.type'] === 'uncompressed', 'the broker to have heard');
      expect(await configsOf(name)).toMatchObject({ ...topicConfigs(name), 'segment.ms': '86400000' });
    }
    await declareTopics({ brokers }, topics);
  });

  test('a topic that does not keep its messages is refused, with what to do, and nothing is changed', async () => {
    const { topic, dead } = await declared(1, (name) => ({ ...topicConfigs(name), ...(name.endsWith('.dlt') ? {} : { 'retention.ms': '604800000' }), 'compression.type': 'producer' }));
    const topics = [topic, dead, `${topic}-more`].map((name) => ({ name, partitions: 1 }));
    await expect(declareTopics({ brokers }, topics)).rejects.toThrow(
      new Error(`topic ${topic} has retention.ms 604800000, and -1 is declared: messages may be gone already. See to them, then kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config retention.ms=-1`),
    );
    expect((await configsOf(dead))['compression.type']).toBe('producer');
    await expect((await connect()).publish([{ topic: `${topic}-more`, message: messageOf('a', 0) }])).rejects.toThrow('is not declared');
  });

  const endOf = async (topic: string): Promise<bigint> => {
    const link = await Link.open(around());
    await link.learn([topic]);
    const [end = 0n] = (await link.ends([{ topic, partition: 0 }], 'next')).values();
    await link.close();
    return end;
  };
});

/** Snappy's frame around one block, which is one literal. */
const inSnappy = (content: Buffer): Buffer => {
  const size = content.length;
  const block = Buffer.concat([Buffer.from([(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14, 61 << 2, (size - 1) & 0xff, (size - 1) >> 8]), content]);
  const header = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(block.length);
  return Buffer.concat([header, length, block]);
};

test('keys of these tests lie in several partitions', () => expect(new Set(keys.map((key) => partitionOf(key, 4))).size).toBeGreaterThan(1));
