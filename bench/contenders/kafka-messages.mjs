// What both sides publish: messages as the relay makes them, some 200 bytes of data and eleven attributes.
import { randomUUID } from 'node:crypto';
import { newEvent } from '../events.mjs';

export const keys = Array.from({ length: 64 }, () => `grant-${randomUUID()}`);
export const batchSize = 200;

export const batchOf = (first) =>
  Array.from({ length: batchSize }, (_, index) => {
    const { data, metadata } = newEvent(first + index);
    const key = keys[(first + index) % keys.length];
    const { correlationId: correlationid, causationId: causationid, actor, traceparent, recordedAt: time } = metadata;
    return { id: metadata.commandId, type: 'bench.gpu-hours-recorded.v1', source: '/program-ledger/bench', subject: key, time, sequence: String(first + index), key, correlationid, causationid, actor, traceparent, data };
  });

/** So many publishers, each sending its next batch when the last is durable. */
export const publishing = (send) => async ({ publishers, milliseconds }) => {
  const began = performance.now();
  const end = began + milliseconds;
  let sent = 0;
  const publisher = async () => {
    while (performance.now() < end) {
      await send(batchOf(sent));
      sent += batchSize;
    }
  };
  await Promise.all(Array.from({ length: publishers }, publisher));
  return { perSecond: (sent * 1000) / (performance.now() - began) };
};
