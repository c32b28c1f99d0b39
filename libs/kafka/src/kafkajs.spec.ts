import { describe, expect, test } from '@jest/globals';
import { partitionOf } from '@program-ledger/messaging';
import { createRequire } from 'node:module';
import { assigner, dealtOut, decodePlaces, decodeTopics, encodePlaces, encodeTopics } from './assignment.js';
import { retries } from './client.js';
import { UnsupportedBroker } from './failures.js';
import { inside, Partitioners } from './kafkajs.js';
import { calmed, type RequestQueue, type RequestQueuePrototype } from './request-queue.js';
import { Sockets } from './sockets.js';
import { assertSpoken } from './spoken.js';

const required = createRequire(import.meta.url);

/* The faults of kafkajs that can be shown without a broker. */

describe('the queue of requests of a connection (#1704, #1751)', () => {
  const logger = { debug: () => undefined, warn: () => undefined };
  const Queue = required('kafkajs/src/network/requestQueue/index.js') as { new (options: object): RequestQueue & { destroy(): void; throttledUntil: number }; readonly prototype: RequestQueuePrototype };
  const idle = (): RequestQueue & { destroy(): void; throttledUntil: number } => new Queue({ logger, maxInFlightRequests: null, requestTimeout: 1_000, enforceRequestTimeout: false, clientId: 'a', broker: 'b' });
  /** As kafkajs 2.2.4 has it. */
  const original = function (this: RequestQueue): void {
    if (!this.throttleCheckTimeoutId) this.throttleCheckTimeoutId = setTimeout(() => ((this.throttleCheckTimeoutId = null), this.checkPendingRequests()), this.throttledUntil - Date.now());
  };
  const roundsOf = async (queue: RequestQueue & { destroy(): void }): Promise<number> => {
    let rounds = 0;
    const check = queue.checkPendingRequests.bind(queue);
    queue.checkPendingRequests = () => (rounds++, check());
    queue.checkPendingRequests();
    await new Promise((resolve) => setTimeout(resolve, 200));
    queue.destroy();
    return rounds;
  };

  test('spins without the repair, and rests with it', async () => {
    const spinning = Object.assign(idle(), { scheduleCheckPendingRequests: original });
    expect(await roundsOf(spinning)).toBeGreaterThan(20);
    expect(await roundsOf(idle())).toBe(1);
  });

  test('still wakes what waits for a throttle to end', async () => {
    const queue = idle();
    const sent: string[] = [];
    queue.throttledUntil = Date.now() + 50;
    (queue as unknown as { push(request: object): void }).push({ entry: { correlationId: 1, createdAt: Date.now() }, expectResponse: true, sendRequest: () => sent.push('sent') });
    expect(sent).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    queue.destroy();
    expect(sent).toEqual(['sent']);
  });

  test('refuses an inside that it does not know', () => {
    expect(() => calmed({} as RequestQueuePrototype)).toThrow('its inside has changed');
  });
});

describe('what kafkajs speaks', () => {
  const offered = (change: Readonly<Record<number, { minVersion: number; maxVersion: number }>> = {}) =>
    ({ ...Object.fromEntries(Object.values(inside.spoken).map(({ apiKey }) => [apiKey, { minVersion: 0, maxVersion: 99 }])), ...change });

  test('is enough for a broker that offers it', () => expect(() => assertSpoken(offered())).not.toThrow());

  test('is said not to be when the oldest that a broker offers is newer', () => {
    const fetch = inside.spoken['Fetch']?.apiKey ?? -1;
    expect(() => assertSpoken(offered({ [fetch]: { minVersion: 12, maxVersion: 17 } }))).toThrow(UnsupportedBroker);
    expect(() => assertSpoken(offered({ [fetch]: { minVersion: 12, maxVersion: 17 } }))).toThrow('Fetch is offered from version 12 on, kafkajs speaks up to 11');
    expect(() => assertSpoken({})).toThrow('Produce is not offered');
  });
});

test('keys go to the partitions that kafkajs and Java choose (N13)', () => {
  const choose = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({ partitionId, leader: 1, partitionErrorCode: 0, replicas: [], isr: [] }));
  for (let index = 0; index < 500; index += 1) {
    const key = index % 2 === 0 ? `stream-${index}` : `신청-${'가'.repeat(index % 5)}${index}`;
    expect(partitionOf(key, 7)).toBe(choose({ topic: 'topic', partitionMetadata, message: { key, value: null } }));
  }
});

test('every default of retrying is stated, since NODE_ENV changes them (N9)', () => {
  expect(Object.keys(retries).sort()).toEqual(Object.keys(required('kafkajs/src/retry/defaults.js') as object).sort());
});

test('a client that was given up never connects again', () => {
  const sockets = new Sockets();
  sockets.destroy();
  expect(() => sockets.factory({ host: '127.0.0.1', port: 1, ssl: undefined as never, onConnect: () => undefined })).toThrow('given up');
});

describe('partitions are dealt out', () => {
  const places = ['a', 'b'].flatMap((topic) => [0, 1, 2, 3].map((partition) => ({ topic, partition })));

  test('each to one member that reads its topic, evenly', () => {
    const dealt = dealtOut([{ memberId: 'two', topics: ['a', 'b'] }, { memberId: 'one', topics: ['a', 'b'] }, { memberId: 'three', topics: ['b'] }], places);
    expect([...dealt.values()].flat().length).toBe(8);
    expect(new Set([...dealt.values()].flat().map(({ topic, partition }) => `${topic}${partition}`)).size).toBe(8);
    expect(dealt.get('three')?.every(({ topic }) => topic === 'b')).toBe(true);
    expect([...dealt.values()].map(({ length }) => length).sort()).toEqual([2, 3, 3]);
  });

  test('and written as every Kafka client writes it', () => {
    expect(decodePlaces(encodePlaces(places))).toEqual(places);
    expect(decodePlaces(Buffer.alloc(0))).toEqual([]);
    expect(decodeTopics(encodeTopics(['a', 'b']))).toEqual(['a', 'b']);
    expect(assigner).toBe('program-ledger-in-turn');
  });
});
