import { expect, test } from '@jest/globals';
import { pause } from '@program-ledger/messaging';
import { tellHung, type Worked } from './stalled.js';

test('tells of a handler that hangs, once, and of the next that does', async () => {
  const stopping = new AbortController();
  const told: string[] = [];
  // Each look at it is later: whatever is looked at twice in one round crosses the limit in between.
  let looks = 0;
  const worked: Worked = { place: { topic: 'things', partition: 0 }, worker: { get inHand() { return (looks += 1) === 1 ? undefined : { offset: looks < 10 ? 1n : 2n, sinceMs: -1_000 }; } } };
  const telling = tellHung([worked], 30, { signal: stopping.signal, tell: (why) => told.push(why) });
  while (looks < 15) await pause(5);
  stopping.abort();
  await telling;
  expect(told).toEqual([1, 2].map((offset) => `the handler has not answered for 30 ms: things/0 at ${offset}`));
});
