import { expect, test } from '@jest/globals';
import { Health } from '../telemetry/health.js';
import { faring } from './transport.js';

test('a group that does not go on by itself makes the process not ready, and says why; one that lags a little does not', async () => {
  const state: { why?: string } = {};
  const subscription = { stop: () => Promise.resolve(), lag: () => Promise.resolve(3), stopped: () => state.why };
  const health = new Health({ lagSecondsMax: 10, lagMessagesMax: 10 });
  health.add(async () => [{ part: 'review.reactions', ...(await faring(subscription)) }]);
  health.admit(true);
  expect(await health.report()).toEqual({ status: 'ready', parts: [{ part: 'review.reactions', lagMessages: 3, ok: true }] });
  state.why = 'the handler has not answered for 300000 ms';
  expect(await health.report()).toEqual({ status: 'not-ready', parts: [{ part: 'review.reactions', lagMessages: 3, stopped: state.why, ok: false }] });
});
