import { issue } from '@program-ledger/messaging';
import type { TimerSource } from '@program-ledger/programme-directory';
import { decision } from '../domain/decision/decision.decider.js';
import { windows } from '../projections/decisions.projection.js';

const pageRows = 200;

/** A window is open to its last millisecond: the next one ends it. */
const after = (until: string): string => new Date(Date.parse(until) + 1).toISOString();

/** Objection windows whose time is up. One that lapsed is no longer open, so it falls due once. */
export const windowsLapse: TimerSource = {
  name: 'windows-lapse',
  due: async (views, programmeId, until) => {
    const page = await views.list(windows, { programmeId, status: 'open', until: { atMost: until } }, { limit: pageRows }, { kind: 'now' });
    return page.rows
      .map(({ key, notice, until: end }) => ({
        id: `${key}:${notice}`,
        at: after(end),
        issue: issue(decision, key, { type: 'lapse-window', programmeId, at: after(end) }),
      }))
      .filter(({ at }) => at <= until);
  },
};
