// Emmett's own batch read from the beginning to the end, without the pauses that its consumer makes after each batch.
import { dumbo } from '@event-driven-io/dumbo';
import { getPostgreSQLEventStore, readMessagesBatch } from '@event-driven-io/emmett-postgresql';
import { randomUUID } from 'node:crypto';
import { eventsPerStream, newEvent } from '../events.mjs';

const batchSize = 1_000;

export const open = async ({ url }) => {
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  const pool = dumbo({ connectionString: url });
  return {
    fill: async ({ events }) => {
      let left = events / eventsPerStream;
      const writers = Array.from({ length: 8 }, async () => {
        while (left-- > 0)
          await store.appendToStream(
            `grant-${randomUUID()}`,
            Array.from({ length: eventsPerStream }, (_, index) => newEvent(index)),
            { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' },
          );
      });
      await Promise.all(writers);
    },
    catchUp: async () => {
      const began = performance.now();
      let read = 0;
      for (let after = 0n, more = true; more; ) {
        const { messages, currentGlobalPosition, areMessagesLeft } = await readMessagesBatch(pool.execute, { after, batchSize });
        for (const { data, metadata } of messages) if (data.at === metadata.effectiveAt) read += 1;
        after = currentGlobalPosition;
        more = areMessagesLeft;
      }
      return { read, perSecond: (read * 1000) / (performance.now() - began) };
    },
    close: async () => {
      await pool.close();
      await store.close();
    },
  };
};
