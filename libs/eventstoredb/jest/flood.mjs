// A program for the tests: many appends at once, each sent again until it is stored, while the connection is cut, or the server stands still.
// It ends with 0 only if nothing escaped that would have ended it.
import { EventStoreUnavailable, uuidFrom } from '@program-ledger/event-sourcing';
import { EventStoreDb } from '@program-ledger/eventstoredb';

const [url, writers, bytes] = process.argv.slice(2);
const store = await EventStoreDb.open({ url, prefix: 'flood' });
process.stdout.write('ready\n');

const event = (id) => ({ id, type: 'noted', data: `{"text":"${'x'.repeat(Number(bytes))}"}`, metadata: '{}', recordedAt: '2025-10-31T00:00:00.000Z' });

const append = async (stream, expected, id) => {
  for (;;) {
    try {
      return await store.append(stream, expected, [event(id)]);
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

let stopped = false;
process.stdin.once('data', () => (stopped = true));
const counts = await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    const stream = `flood-${uuidFrom(String(writer))}`;
    let round = 0;
    for (; round < 2 || !stopped; round += 1) await append(stream, round === 0 ? 'none' : round - 1, uuidFrom(String(writer), String(round)));
    return round;
  }),
);
process.stdout.write(`${counts.reduce((sum, count) => sum + count, 0)}\n`);
process.exit(0);
