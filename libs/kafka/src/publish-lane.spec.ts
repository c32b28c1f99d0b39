import { describe, expect, test } from '@jest/globals';
import { PublishLane } from './publish-lane.js';
import type { Entry } from './records.js';

const limits = { batchBytesPerPartitionMax: 100, batchBytesMax: 250, batchMessagesMax: 5, queuedMessagesMax: 12 };
const entry = (key: string, partition = 0, bytes = 10): Entry => ({ topic: 'topic', partition, key, value: '{}', headers: {}, bytes });
const keysOf = (sends: readonly (readonly Entry[])[]): readonly string[] => sends.map((batch) => batch.map(({ key }) => String(key)).join(''));

/** A lane whose sends are answered one by one. */
const laneOf = () => {
  const sends: (readonly Entry[])[] = [];
  const answers: { readonly done: () => void; readonly fail: (error: Error) => void }[] = [];
  const send = (entries: readonly Entry[]): Promise<void> => {
    sends.push(entries);
    return new Promise((resolve, reject) => answers.push({ done: resolve, fail: reject }));
  };
  return { lane: new PublishLane(send, limits), sends, answers };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is published while a send is in flight', () => {
  test('goes out together as the next one, in the order of the calls', async () => {
    const { lane, sends, answers } = laneOf();
    const all = ['a', 'b', 'c'].map((key) => lane.append([entry(key)]));
    expect(keysOf(sends)).toEqual(['a']);
    answers[0]?.done();
    await all[0];
    await turn();
    expect(keysOf(sends)).toEqual(['a', 'bc']);
    answers[1]?.done();
    await Promise.all(all);
  });

  test('is parted by messages, by bytes, and by bytes of one partition', async () => {
    const { lane, sends, answers } = laneOf();
    const whole = lane.append([...'abcdef'].map((key) => entry(key)));
    const wide = lane.append([entry('g', 1, 90), entry('h', 2, 90), entry('i', 3, 90)]);
    const deep = lane.append([entry('j', 0, 60), entry('k', 0, 60)]);
    for (let index = 0; index < 4; index += 1) {
      answers[index]?.done();
      await turn();
    }
    answers[4]?.done();
    await Promise.all([whole, wide, deep]);
    expect(keysOf(sends).join('|')).toBe('abcde|fgh|ij|k');
  });

  test('one that is alone over every limit is sent alone', async () => {
    const { lane, sends, answers } = laneOf();
    const sent = lane.append([entry('a', 0, 1_000), entry('b')]);
    answers[0]?.done();
    await turn();
    answers[1]?.done();
    await sent;
    expect(keysOf(sends)).toEqual(['a', 'b']);
  });

  test('fails with it, so that nothing overtakes what has to be sent again', async () => {
    const { lane, sends, answers } = laneOf();
    const [first, second] = [lane.append([entry('a')]), lane.append([entry('b')])];
    answers[0]?.fail(new Error('unknown'));
    await expect(first).rejects.toThrow('unknown');
    await expect(second).rejects.toThrow('unknown');
    const again = lane.append([entry('a')]);
    await turn();
    expect(keysOf(sends)).toEqual(['a', 'a']);
    answers[1]?.done();
    await again;
  });

  test('is refused beyond its limit', async () => {
    const { lane, answers } = laneOf();
    const kept = lane.append(Array.from({ length: 5 }, () => entry('a')));
    await expect(lane.append(Array.from({ length: 8 }, () => entry('b')))).rejects.toThrow('queuedMessagesMax');
    answers[0]?.done();
    await kept;
  });

  test('nothing is nothing', async () => {
    const { lane, sends } = laneOf();
    await lane.append([]);
    expect(sends).toEqual([]);
  });
});
