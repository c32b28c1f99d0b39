// A program for the tests: appends of the bare client that are lost with their connection, so many, of so many bytes, so many a turn of the
// event loop. It tells how many rejections nobody could catch.
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';

const [url, ...numbers] = process.argv.slice(2);
const [count, bytes, perTurn] = numbers.map(Number);
let uncaught = 0;
process.on('unhandledRejection', () => (uncaught += 1));

const client = EventStoreDBClient.connectionString(url);
const append = () => client.appendToStream(`lost-${randomUUID()}`, jsonEvent({ id: randomUUID(), type: 'noted', data: { text: 'x'.repeat(bytes) }, metadata: {} }));
await append();
process.stdout.write('stall\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const lost = [];
for (let sent = 0; sent < count; sent += 1) {
  lost.push(append().catch(() => undefined));
  if ((sent + 1) % perTurn === 0) await new Promise((resolve) => setImmediate(resolve));
}
await new Promise((resolve) => setTimeout(resolve, 200));
process.stdout.write('cut\n');
await Promise.all(lost);
await new Promise((resolve) => setTimeout(resolve, 50));
process.stdout.write(`${uncaught}\n`);
process.exit(0);
