import { afterEach, expect, jest, test } from '@jest/globals';
import { Heart } from './heart.js';

afterEach(() => void jest.restoreAllMocks());

test('a heartbeat without an answer is missed in time, also when the clock is set back meanwhile', async () => {
  const began = performance.now();
  const heart = new Heart({ heartbeat: () => new Promise(() => undefined) }, { heartbeatMs: 50, sessionMs: 300 });
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now - 3_600_000);
  await expect(heart.broken).rejects.toThrow('heartbeat: no answer');
  expect(performance.now() - began).toBeLessThan(5_000);
  await heart.stop();
});
