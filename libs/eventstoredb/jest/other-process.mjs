// A program for the tests: another process at the same log. A line of JSON asks it to append or to read, a line of JSON is its answer.
// It sends an append again until its outcome is known, as every writer must.
import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { EventStoreDb } from '@program-ledger/eventstoredb';
import { createInterface } from 'node:readline';

const [url, prefix] = process.argv.slice(2);
const store = await EventStoreDb.open({ url, prefix });

const insisting = async (call) => {
  for (let failures = 0; ; failures += 1) {
    try {
      return { ...(await call()), failures };
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};

const read = async (stream) => {
  const events = [];
  for await (const page of store.read(stream)) events.push(...page);
  return { events };
};

const say = (answer) => process.stdout.write(`${JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`);
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { stream, expected, events } = JSON.parse(line);
  say(await insisting(() => (events === undefined ? read(stream) : store.append(stream, expected, events))));
}
process.exit(0);
