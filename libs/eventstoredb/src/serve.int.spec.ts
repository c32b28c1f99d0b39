import { afterAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventStoreDb } from './index.js';
import { insisting } from './testing/connection-cases.js';
import { all, idsOf } from './testing/fault-steps.js';

/* The double as a process, killed with -9 as a server is. Built first: a process of Node runs what the compiler wrote. */

const program = fileURLToPath(new URL('../dist/testing/serve.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'served-'));
let serving: ChildProcess | undefined;

/** Answers its address once it listens; on the port of before, where one is told. */
const serve = (port = 0): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, `--node-port=${port}`, `--db=${folder}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    serving = child;
    child.once('error', reject).once('exit', () => reject(new Error('the double ended before it listened')));
    child.stdout.once('data', (said: Buffer) => resolve(said.toString().trim()));
  });

afterAll(() => {
  serving?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('a server that is killed (-9) and started again in the middle of a run has each event once, at its place', async () => {
  const url = await serve();
  const port = Number(/:(\d+)\?/.exec(url)?.[1]);
  const store = await EventStoreDb.open({ url, prefix: 'served' });
  const [sent, kills] = [new Map<string, string[]>(), 3];
  let isOver = false;
  const writers = ['a', 'b', 'c', 'd'].map(async (key) => {
    const [stream, ids]: [string, string[]] = [`noted-${randomUUID()}`, []];
    sent.set(stream, ids);
    while (!isOver) {
      const event = { id: randomUUID(), type: 'noted', data: `{"by":"${key}"}`, metadata: '{}', recordedAt: '2025-10-31T00:00:00.000Z' };
      const { answer } = await insisting(() => store.append(stream, ids.length === 0 ? 'none' : ids.length - 1, [event]));
      expect(answer).toMatchObject({ revision: ids.length });
      ids.push(event.id);
    }
  });
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(300);
    serving?.kill('SIGKILL');
    await sleep(200);
    await serve(port);
  }
  await sleep(300);
  isOver = true;
  await Promise.all(writers);
  for (const [stream, ids] of sent) expect(idsOf((await insisting(() => all(store.read(stream)))).answer)).toEqual(ids);
  expect([...sent.values()].every((ids) => ids.length > kills)).toBe(true);
  await store.close();
}, 120_000);
