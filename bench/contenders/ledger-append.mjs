// Ours: the event store as `Commands` uses it, one event an append at the exact revision.
import { createEventStoreSchema, PostgresEventStore } from '../../libs/postgres-event-store/dist/index.js';
import { randomUUID } from 'node:crypto';
import { callersCalling } from '../callers.mjs';
import { newEvent, streams } from '../events.mjs';

export const open = async ({ url }) => {
  await createEventStoreSchema(url);
  const store = await PostgresEventStore.open({ url });
  const places = streams();
  const call = async (caller) => {
    const { stream, revision } = places.next(caller);
    const { type, data, metadata } = newEvent(revision);
    const event = { id: randomUUID(), type, data: JSON.stringify(data), metadata: JSON.stringify(metadata), recordedAt: metadata.recordedAt };
    const { status } = await store.append(stream, revision === 0 ? 'none' : revision - 1, [event]);
    if (status !== 'appended') throw new Error(`an append was answered with ${status}`);
  };
  return { append: (asked) => callersCalling({ ...asked, call }), close: () => store.close() };
};
