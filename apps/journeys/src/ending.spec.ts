import { describe, expect, test } from '@jest/globals';
import { endAll, endingWith } from './ending.js';

describe('what a run has begun', () => {
  test('ends once, the last first, and what fails keeps nothing else from ending', async () => {
    const ended: string[] = [];
    const end = (name: string, fails = false) =>
      endingWith(async () => {
        await Promise.resolve();
        ended.push(name);
        if (fails) throw new Error(`${name} does not end`);
      });
    end('directory');
    const server = end('server', true);
    end('child');
    const asked = server().catch(() => undefined);
    await endAll();
    await asked;
    expect(ended).toEqual(['server', 'child', 'directory']);
    await endAll();
    expect(ended).toHaveLength(3);
  });
});
