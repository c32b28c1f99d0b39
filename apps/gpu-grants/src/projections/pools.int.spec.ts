import { describe, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { pool } from '../domain/pool/pool.decider.js';
import type { Ask, PoolEvent } from '../domain/pool/pool.events.js';
import { pools } from './pools.projection.js';

const programmeId = uuidFrom('programme');
const poolId = uuidFrom('pool');
const [first, second] = [uuidFrom('team-1'), uuidFrom('team-2')];
const [build, other] = [uuidFrom('build'), uuidFrom('other')];
const digest = `sha256:${'a'.repeat(64)}`;
const on = (event: PoolEvent): Occurrence => onStream(pool, poolId, event);
const at = (day: string) => ({ programmeId, at: `2030-${day}T03:00:00.000Z` });

const phases = [{ id: 'build', from: '2030-02-01', to: '2030-04-30', gpus: 60, evaluatedBy: 'check' }];
const plan = { digest, version: 1, model: 'X1', timeZone: 'Asia/Seoul', phases };
const authority = { kind: 'selection', stream: 'decision-1', revision: 4 } as const;
const askOf = (team: string): Ask => ({ key: 'seat', team, gpusMax: 60, wanted: { which: 'first' }, rulebookDigest: digest, authority });
const short = { why: 'pool-short', on: '2030-02-01', free: 40, wanted: 60 } as const;

const received = on({ type: 'plan-received', ...plan, ...at('01-02') });
const stocked = (from: string, capacity: number) => on({ type: 'pool-stocked', from, capacity, reason: 'delivered', by: 'operator-1', ...at('01-02') });
const reserved = (grantId: string, team: string) =>
  on({
    type: 'gpus-reserved',
    grantId,
    team,
    key: 'seat',
    phase: 'build',
    gpus: 60,
    from: '2030-02-01',
    to: '2030-04-30',
    evaluatedBy: 'check',
    model: 'X1',
    rulebookDigest: digest,
    authority,
    regrantedFrom: null,
    later: [],
    ...at('01-10'),
  });
const waitlisted = (team: string, obstacle: Extract<PoolEvent, { type: 'ask-waitlisted' }>['obstacle'], day: string) =>
  on({ type: 'ask-waitlisted', ask: askOf(team), obstacle, ...at(day) });
const handedOver = (grantId: string, team: string, day: string) =>
  on({ type: 'gpus-handed-over', grantId, team, gpus: 60, note: 'rack 1', by: 'operator-1', ...at(day) });
const takenBack = (grantId: string, team: string, day: string) =>
  on({ type: 'gpus-taken-back', grantId, team, gpus: 60, how: 'returned', handedOverAt: at('02-01').at, reason: 'wiped', by: 'operator-1', ...at(day) });

const empty = { key: poolId, programmeId, plan: null, capacities: [], refused: [], waiting: [], outNow: 0, maxOutAtAnyInstant: 0, maxOutAt: null };
const change = (from: string, capacity: number) => ({ from, capacity, reason: 'delivered', by: 'operator-1', at: at('01-02').at });

describe('the pool', () => {
  test('shows the plan of the latest rulebook, whatever the order in which they came', () =>
    viewSpec(pools)
      .given(on({ type: 'plan-received', ...plan, version: 2, ...at('01-03') }), received)
      .then({ ...empty, plan: { ...plan, version: 2 } }));

  test('shows its capacity by day, the last word on a day', () =>
    viewSpec(pools)
      .given(stocked('2030-03-01', 200), stocked('2030-01-01', 120), stocked('2030-03-01', 180))
      .then({ ...empty, capacities: [change('2030-01-01', 120), change('2030-03-01', 180)] }));

  test('shows what a rulebook would have taken away', () =>
    viewSpec(pools)
      .given(received, on({ type: 'stock-refused', capacity: 40, from: '2030-02-15', on: '2030-02-15', promised: 60, reason: 'rulebook', ...at('01-05') }))
      .then({ ...empty, plan, refused: [{ capacity: 40, from: '2030-02-15', on: '2030-02-15', promised: 60, reason: 'rulebook', at: at('01-05').at }] }));

  test('shows who waits, in the order in which they asked, since they asked', () =>
    viewSpec(pools)
      .given(waitlisted(first, { why: 'rulebook-missing' }, '01-01'), received, waitlisted(second, short, '01-10'), waitlisted(first, short, '01-10'))
      .then({
        ...empty,
        plan,
        waiting: [
          { team: first, key: 'seat', gpusMax: 60, obstacle: short, since: at('01-01').at },
          { team: second, key: 'seat', gpusMax: 60, obstacle: short, since: at('01-10').at },
        ],
      }));

  test('forgets an ask that was answered or dropped', () =>
    viewSpec(pools)
      .given(
        received,
        waitlisted(first, short, '01-10'),
        waitlisted(second, short, '01-11'),
        reserved(build, first),
        on({ type: 'ask-dropped', team: second, key: 'seat', reason: 'given up', ...at('01-12') }),
      )
      .then({ ...empty, plan }));

  test('remembers the most that was out at any instant', () =>
    viewSpec(pools)
      .given(
        received,
        reserved(build, first),
        reserved(other, second),
        handedOver(build, first, '02-01'),
        handedOver(other, second, '02-02'),
        takenBack(build, first, '04-30'),
        takenBack(other, second, '05-01'),
        handedOver(build, first, '05-02'),
      )
      .then({ ...empty, plan, outNow: 60, maxOutAtAnyInstant: 120, maxOutAt: at('02-02').at }));
});
