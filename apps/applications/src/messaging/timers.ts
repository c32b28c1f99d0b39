import { issue } from '@program-ledger/messaging';
import type { TimerSource } from '@program-ledger/programme-directory';
import { call } from '../domain/call/call.decider.js';
import { calls } from '../projections/calls.projection.js';

/** Timers handled in one look; the clock is not followed before there are none left. */
const dueMax = 200;

/** The deadline's millisecond is still in: the next one closes. */
const after = (deadlineAt: string): string => new Date(Date.parse(deadlineAt) + 1).toISOString();

export const callsOpen: TimerSource = {
  name: 'calls-open',
  due: async (views, programmeId, until) => {
    const { rows } = await views.list(calls, { programmeId, status: 'published', opensAt: { atMost: until } }, { limit: dueMax }, { kind: 'now' });
    return rows.map(({ key, opensAt: at }) => ({ id: key, at, issue: issue(call, key, { type: 'open-call', programmeId, at }) }));
  },
};

export const callsClose: TimerSource = {
  name: 'calls-close',
  due: async (views, programmeId, until) => {
    const { rows } = await views.list(calls, { programmeId, status: ['published', 'open'], deadlineAt: { atMost: until } }, { limit: dueMax }, { kind: 'now' });
    return rows
      .map(({ key, deadlineAt }) => ({ id: key, at: after(deadlineAt), issue: issue(call, key, { type: 'close-call', programmeId, at: after(deadlineAt) }) }))
      .filter(({ at }) => at <= until);
  },
};
