// A program for the tests: appends as fast as it can from several callers, to streams of its own and to one that all share, and says
// each acknowledged append on a line. It is killed in the middle, or told to stop.
import { EventStoreUnavailable, uuidFrom } from '@program-ledger/event-sourcing';
import { PostgresEventStore } from '@program-ledger/postgres-event-store';

const [url, writer, callers, shared] = process.argv.slice(2);
const store = await PostgresEventStore.open({ url });
let stopped = false;
process.stdin.once('data', () => (stopped = true));
process.stdout.write('"ready"\n');

const event = (id) => ({ id, type: 'noted', data: `{"writer":"${writer}"}`, metadata: '{}', recordedAt: new Date().toISOString() });

/** As a command does: the same ids until the outcome is known, at the revision that the log last named. */
const append = async (stream, expected, events) => {
  for (;;) {
    try {
      const result = await store.append(stream, expected, events);
      if (result.status !== 'conflict') return result;
      expected = result.actual;
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

await Promise.all(
  Array.from({ length: Number(callers) }, async (_, caller) => {
    const own = `written-${uuidFrom(writer, String(caller))}`;
    let expected = 'none';
    for (let round = 0; !stopped; round += 1) {
      const toShared = round % 8 === 7;
      const stream = toShared ? shared : own;
      const ids = Array.from({ length: 1 + (round % 3) }, (_, index) => uuidFrom(writer, String(caller), String(round), String(index)));
      const { revision, position } = await append(stream, toShared ? 'none' : expected, ids.map(event));
      if (!toShared) expected = revision;
      process.stdout.write(`${JSON.stringify({ stream, ids, revision, position: String(position) })}\n`);
    }
  }),
);
await store.close();
process.exit(0);
