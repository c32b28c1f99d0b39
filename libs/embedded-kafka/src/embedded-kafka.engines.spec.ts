import { afterEach, describe, expect, test } from '@jest/globals';
import { alive } from '@program-ledger/embedded-postgres/processes';
import kafkajs from 'kafkajs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startKafka, type EmbeddedKafka } from './embedded-kafka.js';

const library = fileURLToPath(new URL('..', import.meta.url));
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
}, 60_000);

const place = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'embedded-kafka-'));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};
const started = async (options: Parameters<typeof startKafka>[0]): Promise<EmbeddedKafka> => {
  const kafka = await startKafka(options);
  ends.push(() => kafka.stop());
  return kafka;
};
const client = ({ brokers }: Pick<EmbeddedKafka, 'brokers'>) => new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 8, initialRetryTime: 100 } });

const write = async (kafka: EmbeddedKafka, topic: string, ...words: readonly string[]): Promise<void> => {
  const producer = client(kafka).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: words.map((value) => ({ key: 'k', value })) }).finally(() => producer.disconnect());
};
const make = async (kafka: EmbeddedKafka, topic: string): Promise<void> => {
  const admin = client(kafka).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], waitForLeaders: true });
  await admin.disconnect();
};
const contents = async (kafka: EmbeddedKafka, topic: string, count: number): Promise<readonly string[]> => {
  const consumer = client(kafka).consumer({ groupId: `reader-${Math.random()}` });
  const words: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void words.push(String(message.value)) });
  for (const until = Date.now() + 20_000; words.length < count && Date.now() < until; ) await sleep(50);
  await consumer.disconnect();
  return words;
};

/** A process of its own that starts a broker and can be killed with it. */
const elsewhere = async (directory: string) => {
  const script = `const { startKafka } = await import('@program-ledger/embedded-kafka'); const k = await startKafka({ directory: ${JSON.stringify(directory)} }); console.log(JSON.stringify({ pid: k.pid })); setInterval(() => {}, 1000);`;
  const loader = fileURLToPath(new URL('../../embedded-postgres/jest/typescript.mjs', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@program-ledger/source', '--import', loader, '--input-type=module', '-e', script], { cwd: library, stdio: ['ignore', 'pipe', 'inherit'] });
  ends.push(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, broker: (JSON.parse(line) as { readonly pid: number }).pid };
};
const gone = async (pid: number): Promise<void> => {
  for (const until = Date.now() + 20_000; alive(pid); await sleep(50)) if (Date.now() > until) throw new Error(`process ${pid} is still there`);
};

describe('an embedded broker', () => {
  test('keeps what it acknowledged through a kill and through a stop, on its port', async () => {
    const directory = place();
    const kafka = await started({ directory });
    await make(kafka, 'kept');
    await write(kafka, 'kept', 'before');
    const { brokers, pid } = kafka;
    await kafka.kill();
    await gone(pid);
    await kafka.restart();
    expect(kafka.brokers).toEqual(brokers);
    await write(kafka, 'kept', 'after the kill');
    await kafka.stop();
    const again = await started({ directory, port: Number(brokers[0]!.split(':')[1]) });
    expect(await contents(again, 'kept', 2)).toEqual(['before', 'after the kill']);
  }, 120_000);

  test('makes no topic by being asked for one', async () => {
    const kafka = await started({ directory: place(), throwAway: true });
    await expect(write(kafka, 'never-declared', 'word')).rejects.toThrow(/does not host this topic/);
  }, 120_000);

  test('takes a batch of two of the largest messages, and not much more', async () => {
    const kafka = await started({ directory: place(), throwAway: true });
    await make(kafka, 'large');
    await write(kafka, 'large', 'x'.repeat(1_000_000));
    await expect(write(kafka, 'large', 'x'.repeat(1_100_000))).rejects.toThrow(/larger than the max/);
  }, 120_000);

  test('stands still when paused, and goes on', async () => {
    const kafka = await started({ directory: place(), throwAway: true });
    await make(kafka, 'paused');
    kafka.pause();
    const written = write(kafka, 'paused', 'late');
    expect(await Promise.race([written.then(() => 'written'), sleep(1_500, 'waiting')])).toBe('waiting');
    kafka.resume();
    await written;
    expect(await contents(kafka, 'paused', 1)).toEqual(['late']);
  }, 120_000);

  test('goes down with its process, which was killed, and an orphan is ended by the next start', async () => {
    const directory = place();
    const first = await elsewhere(directory);
    first.child.kill('SIGKILL');
    await gone(first.broker);
    const second = await elsewhere(directory);
    await expect(startKafka({ directory })).rejects.toMatchObject({ code: 'directory-in-use' });
    second.child.kill('SIGKILL');
    const said: string[] = [];
    await started({ directory, onProgress: (sentence) => void said.push(sentence) });
    expect(alive(second.broker)).toBe(false);
  }, 180_000);

  test('tells that it died alone, and leaves nothing of a directory that is thrown away', async () => {
    const directory = place();
    let died = 0;
    const kafka = await startKafka({ directory, throwAway: true, onDeath: () => void (died += 1) });
    process.kill(kafka.pid, 'SIGKILL');
    await gone(kafka.pid);
    await sleep(200);
    expect(died).toBe(1);
    await kafka.restart();
    await kafka.stop();
    expect(died).toBe(1);
    expect(existsSync(directory)).toBe(false);
  }, 120_000);

  test('that cannot have its port says so in a sentence, and leaves the directory free', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const directory = place();
    await expect(startKafka({ directory, port })).rejects.toMatchObject({ code: 'port-in-use', message: `Port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another port.` });
    server.close();
    await started({ directory, port });
  }, 120_000);

  test('that does not start gives the first reason of its log', async () => {
    await expect(startKafka({ directory: place(), properties: { 'log.segment.bytes': 'many' } })).rejects.toMatchObject({ code: 'start-failed', message: expect.stringMatching(/log\.segment\.bytes|ERROR|many/) });
  }, 120_000);
});
