// Appends at a steady rate and relays to Kafka, with the memories of a service; notes when each event is in the log, and when what the other process decided is.
import { Commands, sha256, uuidFrom } from '../../libs/event-sourcing/dist/index.js';
import { openKafka, parseKafkaUrl } from '../../libs/kafka/dist/index.js';
import { runRelay } from '../../libs/messaging/dist/index.js';
import { PostgresEventStore } from '../../libs/postgres-event-store/dist/index.js';
import { openServiceDatabase, PostgresCheckpoints, PostgresCommandRegister } from '../../libs/read-models/dist/index.js';
import { at, migrations, published, talliesView, tally } from '../../apps/journeys/dist/torture/sample.js';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const streams = 200;

export const open = async ({ logUrl, serviceUrl, brokers }) => {
  const store = await PostgresEventStore.open({ url: logUrl });
  const publisher = await openKafka({ ...parseKafkaUrl(`kafka://${brokers.join(',')}`), clientId: 'bench-origin' });
  const database = await openServiceDatabase({ url: serviceUrl, service: 'bench', views: [talliesView], migrations });
  const checkpoints = new PostgresCheckpoints(database);
  const commands = new Commands(store, { now: () => new Date().toISOString(), register: new PostgresCommandRegister(database) });
  const ending = new AbortController();
  const rails = { name: 'sample.relay', store, publisher, checkpoints, signal: ending.signal, report: () => undefined };
  const relay = runRelay({ ...rails, prefixes: published.prefixes, map: published });
  const [inLog, took] = [new Map(), []];
  const watching = (async () => {
    for await (const message of store.subscribe({ after: await store.head(), signal: ending.signal })) {
      if (message.kind !== 'events') continue;
      const now = performance.now();
      for (const { id, type, metadata } of message.events) {
        if (type === 'added') inLog.set(id, now);
        const cause = inLog.get(JSON.parse(metadata).causationId);
        if (type === 'answered' && cause !== undefined) took.push(now - cause);
      }
    }
  })();
  const ids = Array.from({ length: streams }, () => randomUUID());
  let asked = 0;
  const add = async () => {
    const [id, n] = [ids[asked % streams], Math.floor(asked / streams) + 1];
    asked += 1;
    const commandId = uuidFrom('bench', id, String(n));
    const context = { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'service:bench' };
    const { status } = await commands.handle(tally, id, { type: 'add', n, amount: n, at }, context);
    if (status !== 'decided') throw new Error(`an addition was answered with ${status}`);
  };
  return {
    append: async ({ perSecond, milliseconds }) => {
      const began = performance.now();
      const from = took.length;
      const answers = [];
      // All that is due, whenever there is a turn: whoever waits for a turn before each event asks for less the busier the machine is.
      for (let passed = 0; passed < milliseconds; passed = performance.now() - began) {
        while (answers.length < (passed * perSecond) / 1000) answers.push(add());
        await sleep(1000 / perSecond);
      }
      await Promise.all(answers);
      const tookMs = performance.now() - began;
      for (const giveUpAt = Date.now() + 30_000; took.length < from + answers.length && Date.now() < giveUpAt; ) await sleep(20);
      return { sent: answers.length, took: took.slice(from), perSecond: (answers.length * 1000) / tookMs };
    },
    close: async () => {
      ending.abort();
      await Promise.allSettled([relay, watching]);
      await publisher.close();
      await checkpoints.close();
      await database.destroy();
      await store.close();
    },
  };
};
