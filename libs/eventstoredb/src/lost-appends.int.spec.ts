import { describe, expect, test } from '@jest/globals';
import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { all, ends, event, followed, opened, stream, until } from './testing/fault-steps.js';
import type { Double } from './testing/index.js';

/* Appends whose answer, connection or server is lost. */

const library = fileURLToPath(new URL('..', import.meta.url));

describe('an append whose outcome is unknown', () => {
  test('is stored once when it is sent again with the same ids, though its answer was lost after it was stored', async () => {
    const { double, store } = await opened();
    const [name, events] = [stream(), [event(), event()]];
    double.faults.answersToLose = 1;
    await expect(store.append(name, 'none', events)).rejects.toThrow(EventStoreUnavailable);
    const { revision, position } = (await store.append(name, 'none', events)) as { revision: number; position: bigint };
    expect(revision).toBe(1);
    expect(await all(store.read(name))).toHaveLength(2);
    expect(await store.head()).toBe(position);
  });

  test('is stored once even with any, and after a restart that made the server forget its ids', async () => {
    const { double, store } = await opened();
    const [name, events] = [stream(), [event()]];
    await store.append(name, 'none', [event()]);
    double.faults.answersToLose = 1;
    await expect(store.append(name, 'any', events)).rejects.toThrow(EventStoreUnavailable);
    await double.kill();
    await double.restart();
    for (let round = 0; ; round += 1) {
      const result = await store.append(name, 'any', events).catch(() => undefined);
      if (result !== undefined) {
        expect(result).toMatchObject({ status: 'repeated', revision: 1 });
        break;
      }
      await sleep(20);
    }
    expect(await all(store.read(name))).toHaveLength(2);
    expect(double.node.log.stream(`faults.${name}`)).toMatchObject({ last: 1n });
  });

  test('is told from a repeat when another process had made it before, as far as this one has heard of it', async () => {
    const { double, store } = await opened();
    const { messages, events } = followed(store);
    await until(() => messages.at(-1)?.kind === 'caught-up');
    const [name, sent] = [stream(), event()];
    const customMetadata = Buffer.from(`{"recordedAt":"${sent.recordedAt}"}`);
    double.node.log.append(`faults.${name}`, 'no_stream', [
      { id: sent.id, type: sent.type, contentType: 'application/json', data: Buffer.from(sent.data), customMetadata },
    ]);
    await until(() => events.length === 1);
    expect(await store.append(name, 'none', [sent])).toEqual({ status: 'repeated', revision: 0, position: events[0]!.position });
    expect(await all(store.read(name))).toHaveLength(1);
  });

  test('never leaves the process as any', async () => {
    const { double, store } = await opened();
    const seen: unknown[] = [];
    const append = double.node.log.append.bind(double.node.log);
    double.node.log.append = (name, expected, events) => {
      seen.push(expected);
      return append(name, expected, events);
    };
    const name = stream();
    for (const expected of ['any', 'exists', 'any', 2] as const) await store.append(name, expected, [event()]);
    expect(seen).toEqual(['no_stream', 0n, 1n, 2n]);
  });

  const started = async (program: string, ...args: readonly string[]) => {
    const loader = ['--conditions=@program-ledger/source', '--import', `${library}../embedded-postgres/jest/typescript.mjs`];
    const child = spawn(process.execPath, [...loader, `${library}jest/${program}.mjs`, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    const heard = { said: '', complained: '' };
    child.stdout.on('data', (text: Buffer) => (heard.said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (heard.complained += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    ends.push(async () => child.kill('SIGKILL'));
    const says = (word: string): Promise<void> => until(() => heard.said.includes(word) || child.exitCode !== null);
    return { child, heard, ended, says, last: () => Number(heard.said.trim().split('\n').at(-1)) };
  };
  /** In a process of its own, which ends with 0 only if nothing escaped that would have ended it. */
  const flood = async ({ url }: Double, writers: number, bytes: number) => {
    const { child, heard, ended, says, last } = await started('flood', url, String(writers), String(bytes));
    await says('ready');
    const stop = async () => {
      child.stdin.write('stop');
      return { code: await ended, complained: heard.complained, appends: last() };
    };
    return { isRunning: () => child.exitCode === null, stop };
  };
  const stored = ({ node }: Double): number => node.log.records.filter(({ stream: name }) => name.startsWith('flood.')).length;

  test.each([
    [200, 20_000],
    [40, 300_000],
  ])('%i at once of %i bytes lose their connection again and again: each is stored once, and nothing escapes that ends the process', async (writers, bytes) => {
    const { double, store } = await opened();
    const { isRunning, stop } = await flood(double, writers, bytes);
    for (let cut = 0; cut < 12 && isRunning(); cut += 1) {
      await sleep(60 + 20 * (cut % 3));
      if (cut % 3 === 0) double.stall();
      if (cut % 3 === 0) await sleep(100);
      double.cut();
      if (cut % 4 === 1) await double.kill();
      if (cut % 4 === 1) await sleep(150).then(double.restart);
    }
    expect(await stop()).toEqual({ code: 0, complained: '', appends: stored(double) });
    await store.append(stream(), 'none', [event()]).catch(() => undefined);
  });

  test.each([
    ['of the most that the gate lets out, by number', 256, 2_600, 12, 0],
    ['of the most that it lets out, by bytes', 64, 12_000, 12, 0],
    ['of the largest, before any answer', 12, 390_000, 12, 0],
    ['of more bytes than the client sends on', 60, 34_000, 12, 1],
    ['of more than its stream takes, in one turn', 20, 390_000, 20, 1],
  ] as const)('is lost with its connection beside others %s: the bare client rejects where nobody catches only beyond the gate', async (_, ...asked) => {
    const [count, bytes, perTurn, least] = asked;
    const { double } = await opened();
    const { child, says, last, ended } = await started('lost-appends', double.url, String(count), String(bytes), String(perTurn));
    await says('stall');
    double.stall();
    child.stdin.write('go');
    await says('cut');
    double.cut();
    expect(await ended).toBe(0);
    expect(Math.min(last(), 1)).toBe(least);
  });

  test('outlives a server that stands still for longer than its connection is kept, however large the appends that are in flight', async () => {
    const { double } = await opened();
    const { stop } = await flood(double, 30, 300_000);
    await sleep(500);
    double.stall();
    // Our own patience ends after 15 s, the client's with its connection after 20 s.
    await sleep(22_000);
    expect(await stop()).toEqual({ code: 0, complained: '', appends: stored(double) });
  }, 60_000);
});
