import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { moving, runChild, type Child } from './child-process.js';

describe('what still moves', () => {
  const relay = (lagSeconds: number) => ({ part: 'review.relay', lagSeconds });

  test('is every part before which something lies, or that has stopped', () => {
    const parts = [relay(0.2), { part: 'review.reactions', lagMessages: 1 }, { part: 'review.views', lagSeconds: 0 }, { part: 'funding.views', lagSeconds: 0, stopped: 'no database' }];
    expect(moving([{ parts }]).map(({ part }) => part)).toEqual(['review.relay', 'review.reactions', 'funding.views']);
  });

  test('is not what another instance knows to be done', () => expect(moving([{ parts: [relay(40)] }, { parts: [relay(0)] }])).toEqual([]));
});

describe('a child', () => {
  const directory = mkdtempSync(join(tmpdir(), 'child-'));
  let child: Child | undefined;
  const running = (body: string): Child => {
    const entry = join(directory, 'child.mjs');
    writeFileSync(entry, body);
    child = runChild({ name: 'child', entry, environment: () => ({}) });
    return child;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (const giveUpAt = Date.now() + 20_000; !holds(); await pause(10)) if (Date.now() > giveUpAt) throw new Error('waited in vain');
  };

  afterEach(async () => {
    await child?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('that ends by itself begins again more and more slowly, and there is nothing to kill meanwhile', async () => {
    const { restarts, unasked, kill } = running('process.exit(3);');
    await until(() => unasked().length === 4);
    expect(kill()).toBe(false);
    const before = restarts();
    await pause(300);
    expect(restarts()).toBe(before);
    expect(unasked()[0]).toContain('ended by itself (3)');
  });
});
