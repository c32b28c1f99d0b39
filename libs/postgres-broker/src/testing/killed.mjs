import { register } from 'node:module';

/**
 * A process to be killed: publishes one message after another to each of eight keys, from a sequence on, and consumes them, saying on
 * its standard output what was acknowledged and what was handled. Run with `--conditions=@program-ledger/source`.
 */
register('./typescript-hooks.mjs', import.meta.url);
const { openPostgresBroker } = await import('@program-ledger/postgres-broker');

const [url, topic, group, from] = process.argv.slice(2);
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
const broker = await openPostgresBroker({ url });

const messageOf = (key, sequence) => ({
  id: `${key}-${sequence}`,
  type: 'counting.counted.v1',
  source: '/program-ledger/counting',
  subject: key,
  time: '2025-07-01T00:00:00.000Z',
  sequence: String(sequence),
  key,
  correlationid: 'correlation',
  causationid: 'cause',
  actor: 'person-1',
  data: { by: 1 },
});

await broker.subscribe({
  group,
  topics: [topic],
  handle: async ({ message }) => say('handled', message.key, message.sequence),
});

for (let sequence = Number(from); ; sequence += 1) {
  await broker.publish(Array.from({ length: 8 }, (_, n) => ({ topic, message: messageOf(`key-${n}`, sequence) })));
  say('sent', sequence);
}
