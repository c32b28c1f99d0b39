import { issue } from '@program-ledger/messaging';
import type { TimerSource } from '@program-ledger/programme-directory';
import { agreement } from '../domain/agreement/agreement.decider.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import { agreements } from '../projections/agreements.projection.js';
import { plans } from '../projections/plans.projection.js';

/** The directory asks again until nothing is due, so a page is enough. */
const pageRows = 200;

/** Offers that not every member has signed in time. One that lapsed has ended, so it falls due once. */
export const offersLapse: TimerSource = {
  name: 'offers-lapse',
  due: async (views, programmeId, until) => {
    const page = await views.list(agreements, { programmeId, status: 'offered', lapsesAt: { atMost: until } }, { limit: pageRows }, { kind: 'now' });
    return page.rows.map(({ key, lapsesAt: at }) => ({ id: key, at, issue: issue(agreement, key, { type: 'lapse', programmeId, at }) }));
  },
};

/** Instalments whose day has come. One that is due is planned no longer, so it falls due once. */
export const instalmentsFallDue: TimerSource = {
  name: 'instalments-fall-due',
  due: async (views, programmeId, until) => {
    const page = await views.list(plans, { programmeId, nextDueAt: { atMost: until } }, { limit: pageRows }, { kind: 'now' });
    return page.rows.flatMap(({ key, nextDueAt: at }) =>
      at === null ? [] : [{ id: `${key}:${at}`, at, issue: issue(instalmentPlan, key, { type: 'reach-day', at }) }],
    );
  },
};
