import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { supervise, type Supervised } from './supervised.js';

/* Small programs in place of the parts: each notes that it began, and that it went in order. */

const noted = (file: string): readonly string[] => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');
const until = async (holds: () => boolean): Promise<void> => {
  for (const giveUpAt = Date.now() + 20_000; !holds(); await pause(10)) if (Date.now() > giveUpAt) throw new Error('waited in vain');
};

describe('a supervised part', () => {
  let directory: string;
  let notes: string;
  let part: Supervised | undefined;

  const running = (body: string): Supervised => {
    const script = join(directory, 'part.mjs');
    const head = "import { appendFileSync, readFileSync } from 'node:fs';\nconst notes = process.argv[3];\nconst note = (text) => appendFileSync(notes, `${text}\\n`);\nconst starts = readFileSync(notes, 'utf8').split('began').length;\nnote(`began ${process.pid}`);\nprocess.once('disconnect', () => process.exit(0));\n";
    writeFileSync(script, `${head}${body}`);
    part = supervise('projector', { settingsFile: notes, logFile: join(directory, 'log'), script });
    return part;
  };
  const began = (): readonly string[] => noted(notes).filter((line) => line.startsWith('began'));

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'supervised-'));
    notes = join(directory, 'notes');
    writeFileSync(notes, '');
  });
  afterEach(async () => {
    await part?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const works = "process.send({ kind: 'ready' });\nprocess.once('SIGTERM', () => { note('in order'); process.exit(0); });\nsetInterval(() => undefined, 1_000);\n";

  test('that is killed is another process afterwards, and not counted among those that fell', async () => {
    const { kill, falls, stop } = running(works);
    expect(await kill(20)).toBeGreaterThan(0);
    expect(new Set(began()).size).toBe(2);
    expect(falls()).toBe(0);
    expect(await stop()).toBe(true);
    expect(noted(notes).at(-1)).toBe('in order');
  });

  test('that is done cannot be killed any more, and the kill says so', async () => {
    const { kill, done } = running("process.send({ kind: 'ready' });\nprocess.send({ kind: 'done' }, () => process.exit(0));\n");
    await until(done);
    expect(await kill(0)).toBeUndefined();
    expect(began()).toHaveLength(1);
  });

  test('that has fallen is killed when it is there again: never are there two of it', async () => {
    const { kill, falls } = running(`if (starts === 1) process.exit(1);\n${works}`);
    await until(() => began().length === 1);
    expect(await kill(0)).toBeGreaterThan(0);
    await pause(500);
    expect(began()).toHaveLength(3);
    expect(falls()).toBe(1);
  });
});
