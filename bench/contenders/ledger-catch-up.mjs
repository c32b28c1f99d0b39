// Ours: a subscription from the beginning until it has caught up; data and metadata parsed, as every consumer does.
import { createEventStoreSchema, PostgresEventStore } from '../../libs/postgres-event-store/dist/index.js';
import { randomUUID } from 'node:crypto';
import { eventsPerStream, newEvent } from '../events.mjs';

export const open = async ({ url }) => {
  await createEventStoreSchema(url);
  const store = await PostgresEventStore.open({ url });
  const proposed = (index) => {
    const { type, data, metadata } = newEvent(index);
    return { id: randomUUID(), type, data: JSON.stringify(data), metadata: JSON.stringify(metadata), recordedAt: metadata.recordedAt };
  };
  return {
    fill: async ({ events }) => {
      const streams = Array.from({ length: events / eventsPerStream }, () => `grant-${randomUUID()}`);
      const writers = Array.from({ length: 16 }, async () => {
        for (let stream = streams.pop(); stream !== undefined; stream = streams.pop())
          await store.append(
            stream,
            'none',
            Array.from({ length: eventsPerStream }, (_, index) => proposed(index)),
          );
      });
      await Promise.all(writers);
    },
    catchUp: async () => {
      const began = performance.now();
      let read = 0;
      for await (const message of store.subscribe({ after: 0n, signal: new AbortController().signal })) {
        if (message.kind === 'caught-up') break;
        if (message.kind !== 'events') continue;
        for (const { data, metadata } of message.events) if (JSON.parse(data).at === JSON.parse(metadata).effectiveAt) read += 1;
      }
      return { read, perSecond: (read * 1000) / (performance.now() - began) };
    },
    close: () => store.close(),
  };
};
