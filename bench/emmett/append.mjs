// Emmett's PostgreSQL store as its documentation has it, one event an append at the expected version.
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { callersCalling } from '../callers.mjs';
import { newEvent, streams } from '../events.mjs';

export const open = async ({ url }) => {
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  const places = streams();
  const call = async (caller) => {
    const { stream, revision } = places.next(caller);
    await store.appendToStream(stream, [newEvent(revision)], { expectedStreamVersion: revision === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(revision) });
  };
  return { append: (asked) => callersCalling({ ...asked, call }), close: () => store.close() };
};
