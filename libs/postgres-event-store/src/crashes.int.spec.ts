import { afterEach, describe, expect, test } from '@jest/globals';
import { startEmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { createTestDatabase } from '@program-ledger/embedded-postgres/testing';
import { uuidFrom, type RecordedEvent } from '@program-ledger/event-sourcing';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PostgresEventStore, createEventStoreSchema } from './index.js';

const library = fileURLToPath(new URL('..', import.meta.url));
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type Acknowledged = { readonly stream: string; readonly ids: readonly string[]; readonly revision: number; readonly position: string };

/** A process that appends and says what was acknowledged. */
const writer = async (url: string, name: string, shared: string) => {
  const program = [
    '--conditions=@program-ledger/source',
    '--import',
    join(library, '../embedded-postgres/jest/typescript.mjs'),
    join(library, 'jest/write.mjs'),
  ];
  const child = spawn(process.execPath, [...program, url, name, '24', shared], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const acknowledged: Acknowledged[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === '"ready"') resolve();
      // The last line of a killed process may be cut.
      else if (line.endsWith('}')) acknowledged.push(JSON.parse(line) as Acknowledged);
    });
    child.once('exit', (code) => reject(new Error(`the writer ended: ${code}`)));
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  const end = async (how: 'stop' | 'SIGKILL'): Promise<void> => {
    if (how === 'stop') child.stdin.write('stop\n');
    else child.kill('SIGKILL');
    await exited;
  };
  stops.push(() => end('SIGKILL'));
  await ready;
  return { acknowledged, end };
};

/** The whole log, seen to be dense, in order of revision in each stream, without an id twice in one. */
const soundLog = async (store: PostgresEventStore): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of store.readAll({ after: 0n })) events.push(...page);
  const lengths = new Map<string, number>();
  const ids = new Set<string>();
  events.forEach(({ position, stream, revision, id }, index) => {
    expect(position).toBe(BigInt(index + 1));
    expect(revision).toBe(lengths.get(stream) ?? 0);
    lengths.set(stream, revision + 1);
    expect(ids.has(`${stream} ${id}`)).toBe(false);
    ids.add(`${stream} ${id}`);
  });
  expect(await store.head()).toBe(BigInt(events.length));
  return events;
};

const expectKept = (events: readonly RecordedEvent[], acknowledged: readonly Acknowledged[]): void => {
  for (const { stream, ids, revision, position } of acknowledged) {
    const last = events[Number(position) - 1]!;
    expect([last.stream, last.revision, last.id]).toEqual([stream, revision, ids.at(-1)]);
    for (const [index, id] of ids.entries()) expect(events[Number(position) - ids.length + index]!.id).toBe(id);
  }
};

const until = async (reached: () => boolean): Promise<void> => {
  for (const giveUpAt = Date.now() + 30_000; !reached(); await sleep(5)) if (Date.now() > giveUpAt) throw new Error('waited in vain');
};

describe('killed in the middle of a run', () => {
  test('a writer loses nothing that was acknowledged, leaves no gap and no half append, while another goes on', async () => {
    const database = await createTestDatabase('killed_writer');
    stops.push(database.drop);
    await createEventStoreSchema(database.url);
    const store = await PostgresEventStore.open({ url: database.url });
    stops.push(() => store.close());
    const shared = `shared-${uuidFrom('shared')}`;
    const survivor = await writer(database.url, 'survivor', shared);
    const followed: RecordedEvent[] = [];
    const abort = new AbortController();
    const following = (async () => {
      for await (const message of store.subscribe({ after: 0n, signal: abort.signal })) if (message.kind === 'events') followed.push(...message.events);
    })();
    const acknowledged: Acknowledged[] = [];
    for (let kill = 0; kill < 4; kill += 1) {
      const victim = await writer(database.url, `victim-${kill}`, shared);
      await until(() => victim.acknowledged.length > 150 + 90 * kill);
      await victim.end('SIGKILL');
      acknowledged.push(...victim.acknowledged);
    }
    await survivor.end('stop');
    const events = await soundLog(store);
    expectKept(events, [...acknowledged, ...survivor.acknowledged]);
    // Appends of 1, 2 or 3 events by round: what is there of a victim's own stream is whole appends, in order.
    for (const [stream, count] of countBy(events.filter(({ stream }) => stream.startsWith('written-'))))
      expect([stream, wholeRounds(count)]).toEqual([stream, true]);
    await until(() => followed.length >= events.length);
    abort.abort();
    await following;
    expect(followed).toEqual(events);
  });

  test('PostgreSQL loses nothing that was acknowledged, doubles nothing that was sent again, and subscriptions go on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'program-ledger-crash-'));
    chmodSync(directory, 0o755);
    const postgres = await startEmbeddedPostgres({ directory });
    stops.push(
      async () => rmSync(directory, { recursive: true, force: true }),
      () => postgres.stop(),
    );
    await createEventStoreSchema(postgres.url);
    const store = await PostgresEventStore.open({ url: postgres.url });
    stops.push(() => store.close());
    const followed: RecordedEvent[] = [];
    const abort = new AbortController();
    const following = (async () => {
      for await (const message of store.subscribe({ after: 0n, signal: abort.signal, prefixes: ['written-', 'shared-'] }))
        if (message.kind === 'events') followed.push(...message.events);
    })();
    const run = await writer(postgres.url, 'writer', `shared-${uuidFrom('shared')}`);
    for (let kill = 0; kill < 3; kill += 1) {
      const before = run.acknowledged.length;
      await until(() => run.acknowledged.length > before + 200);
      process.kill(Number(readFileSync(join(postgres.directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    }
    const before = run.acknowledged.length;
    await until(() => run.acknowledged.length > before + 200);
    await run.end('stop');
    const events = await soundLog(store);
    expectKept(events, run.acknowledged);
    // The writer repeats until it knows, so after its end everything it sent is there exactly once.
    expect(events).toHaveLength(run.acknowledged.reduce((sum, { ids }) => sum + ids.length, 0));
    await until(() => followed.length >= events.length);
    abort.abort();
    await following;
    expect(followed).toEqual(events);
  });
});

const countBy = (events: readonly RecordedEvent[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { stream } of events) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  return counts;
};

const wholeRounds = (count: number): boolean => {
  let whole = 0;
  for (let round = 0; whole < count; round += 1) if (round % 8 !== 7) whole += 1 + (round % 3);
  return whole === count;
};
