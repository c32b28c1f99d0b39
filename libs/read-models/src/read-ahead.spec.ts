import { expect, test } from '@jest/globals';
import { readAhead } from './read-ahead.js';

/** Yields each after its pause. */
async function* after(...pauses: readonly number[]): AsyncGenerator<number> {
  for (const milliseconds of pauses) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    yield milliseconds;
  }
}

const all = async <T>(source: AsyncIterable<T>): Promise<readonly T[]> => {
  const got: T[] = [];
  for await (const each of source) got.push(each);
  return got;
};

test('hands out everything in order, whoever asks for idle or not', async () => {
  expect(await all(readAhead(after(0, 1, 2)))).toEqual([0, 1, 2]);
  expect(await all(readAhead(after(0, 1, 2), 5_000))).toEqual([0, 1, 2]);
});

test('says idle once for each thing that is long in coming, however long', async () => expect(await all(readAhead(after(0, 120, 0, 130), 10))).toEqual([0, 'idle', 120, 0, 'idle', 130]));

test('asks for the next while one is worked on', async () => {
  const asked: number[] = [];
  async function* source(): AsyncGenerator<number> {
    for (const each of [1, 2, 3]) {
      asked.push(each);
      yield await Promise.resolve(each);
    }
  }
  for await (const each of readAhead(source())) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.at(-1)).toBe(Math.min(3, Number(each) + 1));
  }
});

test('what fails while something else is worked on is thrown when it is its turn', async () => {
  async function* source(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    throw new Error('the log is gone');
  }
  const got: unknown[] = [];
  const reading = async (): Promise<void> => {
    for await (const each of readAhead(source(), 10)) {
      got.push(each);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  await expect(reading()).rejects.toThrow('the log is gone');
  expect(got).toEqual([1]);
});
