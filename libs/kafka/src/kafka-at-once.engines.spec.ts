import { afterAll, afterEach, expect, test } from '@jest/globals';
import { PermanentFailure, type Delivery } from '@program-ledger/messaging';
import { collecting, keys, messageOf, numbers, until } from './testing/messages.js';
import { onKafka } from './testing/on-kafka.js';
import { describeOn, realKafka, stopped } from './testing/real-kafka.js';

const started = await realKafka('which messages of a partition are with the handler at once');
afterAll(() => stopped(started));

describeOn(started, 'messages of one partition of Kafka', ({ brokers }) => {
  const { declared, connect, closed } = onKafka({ brokers, name: 'at-once', partitions: 1 });
  afterEach(closed);

  const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  /** Holds the messages of one key until it is opened. */
  const gate = (key: string) => {
    const received = collecting();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const handle = async (delivery: Delivery): Promise<void> => {
      if (delivery.message.key === key) await opened;
      await received.handle(delivery);
    };
    return { received, handle, open: () => open() };
  };

  test('wait for an earlier one of their key, not for one of another', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    const { received, handle, open } = gate('a');
    const subscription = await broker.subscribe({ group, topics: [topic], handle });
    await broker.publish(['a', 'b', 'c', 'b'].map((key, index) => ({ topic, message: messageOf(key, index === 3 ? 1 : 0) })));
    await until(() => received.firstsOf('b').length === 2 && received.firstsOf('c').length === 1, 'the others');
    await broker.publish(['a', 'd'].map((key) => ({ topic, message: messageOf(key, 1) })));
    await wait(300);
    // The next of the held key holds back those behind it; nothing is committed past the first.
    expect([received.firstsOf('a'), received.firstsOf('d'), await subscription.lag()]).toEqual([[], [], 6]);
    open();
    await until(() => received.all.length === 6, 'all');
    expect(['a', 'b'].map((key) => received.firstsOf(key))).toEqual([[0, 1], [0, 1]]);
    await until(async () => (await subscription.lag()) === 0, 'their positions');
  });

  test('are never more than the limit says', async () => {
    const { topic, group } = await declared();
    const broker = await connect({ limits: { handledAtOnceMax: 3 } });
    let [inHand, most, handled] = [0, 0, 0];
    const handle = async (): Promise<void> => {
      most = Math.max(most, (inHand += 1));
      await wait(20);
      inHand -= 1;
      handled += 1;
    };
    await broker.subscribe({ group, topics: [topic], handle });
    await broker.publish(numbers(30).map((index) => ({ topic, message: messageOf(`key-${index}`, 0) })));
    await until(() => handled === 30, 'all');
    expect(most).toBe(3);
  });

  test('come again after a crash when they were handled past one that was not', async () => {
    const { topic, group } = await declared();
    const [publisher, first] = [await connect(), await connect()];
    const held = gate('a');
    await first.subscribe({ group, topics: [topic], handle: held.handle });
    await publisher.publish(['a', 'b', 'c'].map((key) => ({ topic, message: messageOf(key, 0) })));
    await until(() => held.received.all.length === 2, 'those behind it');
    await wait(300);
    await first.abandon();
    const again = collecting();
    await (await connect()).subscribe({ group, topics: [topic], handle: again.handle });
    await until(() => again.all.length === 3, 'all of them');
    expect(again.all.map(({ message }) => message.key)).toEqual(['a', 'b', 'c']);
  });

  test('are not begun while one has to be tried again: what is away for it, is for others', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    const received = collecting();
    let [attempts, isAway] = [0, true];
    const handle = async (delivery: Delivery): Promise<void> => {
      if (delivery.message.key === 'a' && isAway) {
        attempts += 1;
        throw new Error('the database is away');
      }
      await received.handle(delivery);
    };
    await broker.subscribe({ group, topics: [topic], handle });
    await broker.publish([{ topic, message: messageOf('a', 0) }]);
    await until(() => attempts > 2, 'some attempts');
    await broker.publish([{ topic, message: messageOf('b', 0) }]);
    await wait(500);
    expect(received.all).toEqual([]);
    isAway = false;
    await until(() => received.all.length === 2, 'both');
  });

  test('that fail for good beside each other are parked each, with what follows their keys, and redriven in order', async () => {
    const { topic, group } = await declared();
    const broker = await connect();
    const received = collecting();
    let isPoisoned = true;
    const handle = async (delivery: Delivery): Promise<void> => {
      await wait(5);
      if (isPoisoned && delivery.message.key !== 'd') throw new PermanentFailure('poisoned', 'not yet');
      await received.handle(delivery);
    };
    await broker.subscribe({ group, topics: [topic], handle });
    const asked = ['a', 'b', 'c', 'd'];
    for (const sequence of numbers(5)) await broker.publish(asked.map((key) => ({ topic, message: messageOf(key, sequence) })));
    await until(async () => (await broker.count(group)) === 15 && received.firstsOf('d').length === 5, 'the letters');
    isPoisoned = false;
    for (const key of ['a', 'b', 'c']) expect(await broker.redrive(group, key)).toBe(5);
    await until(async () => (await broker.count(group)) === 0, 'none');
    for (const key of asked) expect(received.firstsOf(key)).toEqual(numbers(5));
  });

  test('keep the order of their keys under load, a member that dies and one that comes', async () => {
    const { topic, group } = await declared();
    const [publisher, dies] = [await connect(), await connect()];
    const received = collecting();
    const handle = async (delivery: Delivery): Promise<void> => {
      await wait(Number(delivery.offset % 7n));
      await received.handle(delivery);
    };
    await dies.subscribe({ group, topics: [topic], handle });
    for (const sequence of numbers(60)) {
      await publisher.publish(keys.map((key) => ({ topic, message: messageOf(key, sequence) })));
      if (sequence === 30) {
        await dies.abandon();
        await (await connect()).subscribe({ group, topics: [topic], handle });
      }
    }
    await until(() => keys.every((key) => received.firstsOf(key).length === 60), 'everything');
    for (const key of keys) expect(received.firstsOf(key)).toEqual(numbers(60));
  });
});
