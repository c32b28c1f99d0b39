import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { setImmediate } from 'node:timers/promises';
import { AppendGate, appendGateLimits } from './append-gate.js';

const { unprovenMax, inFlightMax, bytesInFlightMax, waitMsMax } = appendGateLimits;

/** All are answered in the end. */
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Appends that are under way until they are answered by hand. */
const underWay = (gate: AppendGate) => {
  const answers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const append = (bytes: number): Promise<void> => gate.pass(bytes, () => new Promise((resolve, reject) => answers.push({ resolve, reject })));
  const start = (count: number, bytes: number) => Array.from({ length: count }, () => append(bytes));
  /** Through all turns that it takes. */
  const settled = async (): Promise<number> => {
    for (let turn = 0; turn < 60; turn += 1) await setImmediate();
    return answers.length;
  };
  ends.push(async () => {
    for (let told = 0; told < (await settled()); ) for (; told < answers.length; told += 1) answers[told]!.resolve();
  });
  return { answers, start, settled };
};

const proven = async () => {
  const gate = new AppendGate();
  const { answers, start, settled } = underWay(gate);
  void start(2, 1);
  answers[0]!.resolve();
  await settled();
  return { gate, answers, start, settled };
};

describe('the gate of the appends', () => {
  test('lets 128 of a usual size out at once when the connection has answered, and a dozen before', async () => {
    const { gate, answers, start, settled } = await proven();
    void start(128, 1_600);
    expect(await settled()).toBe(2 + 128);
    gate.doubt();
    void start(1, 1_600);
    answers[1]!.resolve();
    expect(await settled()).toBe(2 + 128);
    const young = underWay(new AppendGate());
    void young.start(128, 1_600);
    expect(await young.settled()).toBe(unprovenMax);
  });

  test('has no more in flight than the client survives losing, by number and by bytes', async () => {
    const many = await proven();
    void many.start(inFlightMax + 40, 1);
    expect((await many.settled()) - 1).toBe(inFlightMax);
    const large = await proven();
    void large.start(40, 300_000);
    expect((await large.settled()) - 1).toBe(unprovenMax);
    const medium = await proven();
    void medium.start(200, 20_000);
    expect((await medium.settled()) - 2).toBe(Math.floor((bytesInFlightMax - 1) / 20_000));
  });

  test('lets no more than a dozen out in one turn of the event loop', async () => {
    const { answers, start, settled } = await proven();
    const before = answers.length;
    void start(128, 1_600);
    expect(answers.length - before).toBe(unprovenMax);
    expect((await settled()) - before).toBe(128);
  });

  test('keeps the order in which they came, whatever their size', async () => {
    const { gate } = await proven();
    const order: number[] = [];
    const sizes = [300_000, 400_000, 100_000, 1, 300_000, 1];
    await Promise.all([...Array<number>(14).fill(1), ...sizes].map((bytes, index) => gate.pass(bytes, async () => void order.push(index))));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test('tells one that waits too long that it was not sent, and never sends it', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const { answers, start, settled } = underWay(new AppendGate());
      const appends = start(unprovenMax + 1, 1);
      const late = expect(appends.at(-1)).rejects.toThrow(EventStoreUnavailable);
      jest.advanceTimersByTime(waitMsMax);
      await late;
      for (const { resolve } of answers) resolve();
      expect(await settled()).toBe(unprovenMax);
    } finally {
      jest.useRealTimers();
    }
  });
});
