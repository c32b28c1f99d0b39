import { afterEach, expect, test } from '@jest/globals';
import { Heart } from './heart.js';

const clock = Date.now;
afterEach(() => void (Date.now = clock));

test('a heartbeat without an answer is missed in time, also when the clock is set back meanwhile', async () => {
  const began = performance.now();
  const heart = new Heart({ heartbeat: () => new Promise(() => undefined) }, { heartbeatMs: 50, sessionMs: 300 });
  Date.now = () => clock() - 3_600_000;
  await expect(heart.broken).rejects.toThrow('heartbeat: no answer');
  expect(performance.now() - began).toBeLessThan(5_000);
  await heart.stop();
});
