import { describe, expect, test } from '@jest/globals';
import { isRejection, uuidFrom } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { grantIdOf } from '../identities.js';
import { capacityOn, promisedOn } from './occupancy.js';
import { pool, type PoolCommand } from './pool.decider.js';
import type { Ask, PoolEvent } from './pool.events.js';
import { isOpen, outNow } from './pool.state.js';

const programmeId = uuidFrom('programme');
const [first, second, third] = [uuidFrom('team-1'), uuidFrom('team-2'), uuidFrom('team-3')];
const digest = `sha256:${'a'.repeat(64)}`;
const place = { stream: 'decision-1', revision: 4 };
const told = (at: string) => ({ programmeId, at });
const at = '2030-01-10T03:00:00.000Z';

const phases = [
  { id: 'build', from: '2030-02-01', to: '2030-04-30', gpus: 60, evaluatedBy: 'check' },
  { id: 'run', from: '2030-05-01', to: '2030-08-31', gpus: 60, evaluatedBy: 'closing' },
];
const plan = { digest, version: 1, model: 'X1', timeZone: 'Asia/Seoul', phases };
const planned: readonly PoolEvent[] = [
  { type: 'plan-received', ...plan, ...told(at) },
  { type: 'pool-stocked', capacity: 120, from: '2030-01-01', reason: `rulebook ${digest}`, by: 'service:gpu-grants', ...told(at) },
];

const askOf = (team: string, changes: Partial<Ask> = {}): Ask => ({
  key: 'seat',
  team,
  gpusMax: 60,
  wanted: { which: 'first' },
  rulebookDigest: digest,
  authority: { kind: 'selection', ...place },
  ...changes,
});

const reserved = (team: string, changes: Partial<Extract<PoolEvent, { type: 'gpus-reserved' }>> = {}): PoolEvent => ({
  type: 'gpus-reserved',
  ...told(at),
  grantId: grantIdOf(team, 'build'),
  team,
  key: 'seat',
  phase: 'build',
  gpus: 60,
  from: '2030-02-01',
  to: '2030-04-30',
  evaluatedBy: 'check',
  model: 'X1',
  rulebookDigest: digest,
  authority: { kind: 'selection', ...place },
  regrantedFrom: null,
  later: [{ phase: 'run', from: '2030-05-01', to: '2030-08-31', gpus: 60 }],
  ...changes,
});
const grantId = grantIdOf(first, 'build');
const allowed: PoolEvent = { type: 'delivery-allowed', grantId, team: first, agreement: place, ...told(at) };
const inFebruary = '2030-02-03T00:00:00.000Z';
const out: PoolEvent = { type: 'gpus-handed-over', grantId, team: first, gpus: 60, note: 'rack 1', by: 'operator-1', ...told(inFebruary) };
const deliver: PoolCommand = { type: 'confirm-delivery', ...told(inFebruary), grantId, note: 'rack 1', by: 'operator-1' };
const { given } = specify(pool);

describe('stock', () => {
  test('a rulebook brings the plan and the capacity', () =>
    given()
      .when({ type: 'receive-plan', ...told(at), plan, stock: { capacity: 120, from: '2030-01-01' } })
      .then(...planned));

  test('a rulebook that came already is passed over', () =>
    given(...planned)
      .when({ type: 'receive-plan', ...told(at), plan, stock: { capacity: 120, from: '2030-01-01' } })
      .staysQuiet());

  test('a rulebook that would take promised GPUs away changes the plan, not the capacity', () => {
    const next = { ...plan, digest: `sha256:${'b'.repeat(64)}`, version: 2 };
    given(...planned, reserved(first))
      .when({ type: 'receive-plan', ...told(at), plan: next, stock: { capacity: 40, from: '2030-02-15' } })
      .then(
        { type: 'plan-received', ...next, ...told(at) },
        { type: 'stock-refused', capacity: 40, from: '2030-02-15', on: '2030-02-15', promised: 60, reason: `rulebook ${next.digest}`, ...told(at) },
      );
  });

  test('the operator changes the capacity from a day on', () =>
    given(...planned)
      .when({ type: 'stock-pool', ...told(at), stock: { capacity: 200, from: '2030-03-01' }, reason: 'second hall', by: 'operator-1' })
      .then({ type: 'pool-stocked', capacity: 200, from: '2030-03-01', reason: 'second hall', by: 'operator-1', ...told(at) }));

  test('the capacity never falls below what is promised, nor below what is out', () => {
    given(...planned, reserved(first))
      .when({ type: 'stock-pool', ...told(at), stock: { capacity: 59, from: '2030-04-30' }, reason: 'repairs', by: 'operator-1' })
      .rejects('promised-beyond', { on: '2030-04-30', promised: 60, capacity: 59 });
    given(...planned, reserved(first), allowed, out)
      .when({ type: 'stock-pool', ...told('2030-06-01T00:00:00.000Z'), stock: { capacity: 59, from: '2030-06-01' }, reason: 'repairs', by: 'operator-1' })
      .rejects('promised-beyond', { on: '2030-06-01', promised: 60, capacity: 59 });
  });

  test('the past keeps its capacity', () =>
    given(...planned)
      .when({ type: 'stock-pool', ...told(at), stock: { capacity: 200, from: '2030-01-09' }, reason: 'late', by: 'operator-1' })
      .rejects('day-passed', { day: '2030-01-09' }));

  test('the same change asked twice is made once', () =>
    given(...planned)
      .when({ type: 'stock-pool', ...told(at), stock: { capacity: 120, from: '2030-01-01' }, reason: 'again', by: 'operator-1' })
      .staysQuiet());

  test('changes of the capacity are bounded', () => {
    const changes = Array.from(
      { length: 1_000 },
      (_, n): PoolEvent => ({ type: 'pool-stocked', capacity: 1, from: `${3000 + n}-01-01`, reason: 'n', by: 'operator-1', ...told(at) }),
    );
    given(...changes)
      .when({ type: 'stock-pool', ...told(at), stock: { capacity: 2, from: '2031-01-01' }, reason: 'more', by: 'operator-1' })
      .rejects('limit-reached', { limit: 'capacityChangesMax' });
  });
});

describe('asking', () => {
  test('a seat gets the GPUs of the first phase, and sees what would follow', () =>
    given(...planned)
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first) })
      .then(reserved(first)));

  test('a team that asked for fewer gets fewer', () =>
    given(...planned)
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first, { gpusMax: 16 }) })
      .then(reserved(first, { gpus: 16, later: [{ phase: 'run', from: '2030-05-01', to: '2030-08-31', gpus: 16 }] })));

  test('a passed stage leads to the phase after it', () => {
    const authority = { kind: 'stage', ...place } as const;
    given(...planned, reserved(first))
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first, { key: 'after-check', wanted: { which: 'after-round', roundId: 'check' }, authority }) })
      .then(
        reserved(first, {
          key: 'after-check',
          grantId: grantIdOf(first, 'run'),
          phase: 'run',
          from: '2030-05-01',
          to: '2030-08-31',
          evaluatedBy: 'closing',
          authority,
          later: [],
        }),
      );
  });

  test('after the last phase nothing is left', () =>
    given(...planned)
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first, { key: 'after-closing', wanted: { which: 'after-round', roundId: 'closing' } }) })
      .then({ type: 'ask-dropped', team: first, key: 'after-closing', reason: 'no phase is left', ...told(at) }));

  test('who asks when too few are free waits, and is told on which day', () =>
    given(...planned, reserved(first), reserved(second))
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(third) })
      .then({ type: 'ask-waitlisted', ask: askOf(third), obstacle: { why: 'pool-short', on: '2030-02-01', free: 0, wanted: 60 }, ...told(at) }));

  test('who asks before the rulebook came waits for it, and is served when it comes', () => {
    const waits: PoolEvent = { type: 'ask-waitlisted', ask: askOf(first), obstacle: { why: 'rulebook-missing' }, ...told(at) };
    given()
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first) })
      .then(waits);
    given(waits)
      .when({ type: 'receive-plan', ...told(at), plan, stock: { capacity: 120, from: '2030-01-01' } })
      .then(...planned, reserved(first));
  });

  test('the same claim asked twice is one', () =>
    given(...planned, reserved(first))
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first) })
      .staysQuiet());

  test('reservations and waiting asks are bounded', () => {
    const many = (count: number, event: (team: string) => PoolEvent) => Array.from({ length: count }, (_, n) => event(uuidFrom('many', String(n))));
    given(...many(2_000, (team) => reserved(team)))
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first) })
      .rejects('limit-reached', { limit: 'reservationsMax' });
    given(...many(500, (team) => ({ type: 'ask-waitlisted', ask: askOf(team), obstacle: { why: 'rulebook-missing' }, ...told(at) })))
      .when({ type: 'ask-for-gpus', ...told(at), ask: askOf(first) })
      .rejects('limit-reached', { limit: 'waitingAsksMax' });
  });
});

describe('delivery', () => {
  test('the signed agreement allows it', () => {
    given(...planned, reserved(first))
      .when({ type: 'allow-delivery', ...told(at), grantId, agreement: place })
      .then(allowed);
    given(...planned, reserved(first), allowed)
      .when({ type: 'allow-delivery', ...told(at), grantId, agreement: place })
      .staysQuiet();
    given(...planned)
      .when({ type: 'allow-delivery', ...told(at), grantId, agreement: place })
      .rejects('unknown-reservation');
  });

  test('the operator hands the GPUs over, once', () => {
    given(...planned, reserved(first), allowed)
      .when(deliver)
      .then(out);
    given(...planned, reserved(first), allowed, out)
      .when(deliver)
      .staysQuiet();
  });

  test('no GPUs without a reservation, an agreement and a running term', () => {
    given(...planned)
      .when(deliver)
      .rejects('unknown-reservation');
    given(...planned, reserved(first))
      .when(deliver)
      .rejects('agreement-not-signed');
    given(...planned, reserved(first), allowed)
      .when({ ...deliver, ...told('2030-01-31T14:59:59.999Z') })
      .rejects('term-not-begun', { from: '2030-02-01' });
    given(...planned, reserved(first), allowed)
      .when({ ...deliver, ...told('2030-04-30T15:00:00.000Z') })
      .rejects('term-over', { to: '2030-04-30' });
    given(...planned, reserved(first), { type: 'reservation-cancelled', grantId, team: first, gpus: 60, reason: 'withdrawn', ...told(at) })
      .when(deliver)
      .rejects('not-reserved', { status: 'cancelled' });
  });

  test('GPUs that a team has not given back in time are not handed over to another', () => {
    const next = reserved(second, { grantId: grantIdOf(second, 'run'), phase: 'run', from: '2030-05-01', to: '2030-08-31', gpus: 120, later: [] });
    given(...planned, reserved(first), allowed, out, next, { ...allowed, grantId: grantIdOf(second, 'run'), team: second } as PoolEvent)
      .when({ ...deliver, grantId: grantIdOf(second, 'run'), ...told('2030-05-02T00:00:00.000Z') })
      .rejects('pool-exhausted', { gpus: 120, free: 60 });
  });
});

describe('back into the pool', () => {
  const back = told('2030-05-01T00:00:00.000Z');
  const returned: PoolEvent = {
    type: 'gpus-taken-back',
    grantId,
    team: first,
    gpus: 60,
    how: 'returned',
    handedOverAt: inFebruary,
    reason: 'all 60 checked',
    by: 'operator-1',
    ...back,
  };
  const giveBack: PoolCommand = { type: 'confirm-return', ...back, grantId, note: 'all 60 checked', by: 'operator-1' };

  test('the operator confirms the return, once', () => {
    given(...planned, reserved(first), allowed, out)
      .when(giveBack)
      .then(returned);
    given(...planned, reserved(first), allowed, out, returned)
      .when(giveBack)
      .staysQuiet();
  });

  test('only what is out comes back', () => {
    given(...planned)
      .when(giveBack)
      .rejects('unknown-reservation');
    given(...planned, reserved(first))
      .when(giveBack)
      .rejects('not-out', { status: 'reserved' });
  });

  const wanted = { which: 'running', replaces: first } as const;
  const authority = { kind: 'seat', stream: 'decision-1', revision: 9 } as const;
  const seat = askOf(third, { wanted, authority, rulebookDigest: null });
  const waits: PoolEvent = { type: 'ask-waitlisted', ask: seat, obstacle: { why: 'predecessor-holds', replaces: first }, ...told(inFebruary) };
  const reclaimed: PoolEvent = {
    type: 'gpus-taken-back',
    grantId,
    team: first,
    gpus: 60,
    how: 'reclaimed',
    handedOverAt: inFebruary,
    reason: 'stage check: failed',
    by: null,
    ...told('2030-03-05T00:00:00.000Z'),
  };
  const regranted = reserved(third, { authority, from: '2030-03-05', regrantedFrom: grantId, ...told('2030-03-05T00:00:00.000Z') });

  test('an added seat waits until the team that it replaces has nothing left', () =>
    given(...planned, reserved(first), allowed, out)
      .when({ type: 'ask-for-gpus', ...told(inFebruary), ask: seat })
      .then(waits));

  test('what is reclaimed goes at once to the added seat, for the rest of the phase', () =>
    given(...planned, reserved(first), allowed, out, waits)
      .when({ type: 'reclaim-from-team', ...told('2030-03-05T00:00:00.000Z'), team: first, reason: 'stage check: failed' })
      .then(reclaimed, regranted));

  test('an added seat that comes after the reclaiming gets the same', () =>
    given(...planned, reserved(first), allowed, out, reclaimed)
      .when({ type: 'ask-for-gpus', ...told('2030-03-05T00:00:00.000Z'), ask: seat })
      .then(regranted));

  test('a promise that was not kept yet is cancelled, and a waiting ask dropped', () =>
    given(...planned, reserved(first), {
      type: 'ask-waitlisted',
      ask: askOf(first, { key: 'after-check' }),
      obstacle: { why: 'rulebook-missing' },
      ...told(at),
    })
      .when({ type: 'reclaim-from-team', ...told(at), team: first, reason: 'agreement ended' })
      .then(
        { type: 'ask-dropped', team: first, key: 'after-check', reason: 'agreement ended', ...told(at) },
        { type: 'reservation-cancelled', grantId, team: first, gpus: 60, reason: 'agreement ended', ...told(at) },
      ));

  test('who has nothing loses nothing', () =>
    given(...planned)
      .when({ type: 'reclaim-from-team', ...told(at), team: first, reason: 'agreement ended' })
      .staysQuiet());
});

describe('whatever is asked, in whatever order', () => {
  const teams = Array.from({ length: 5 }, (_, n) => uuidFrom('team', String(n)));
  const team = fc.constantFrom(...teams);
  const phase = fc.constantFrom('build', 'run');
  const gpus = fc.integer({ min: 1, max: 130 });
  const day = fc.integer({ min: 0, max: 240 }).map((n) => new Date(Date.UTC(2030, 0, 1) + n * 86_400_000).toISOString().slice(0, 10));
  const command = (at: string): fc.Arbitrary<PoolCommand> =>
    fc.oneof(
      fc
        .record({ gpusMax: gpus, capacity: fc.integer({ min: 0, max: 200 }), from: day, version: fc.integer({ min: 1, max: 3 }) })
        .map(({ capacity, from, version }) => ({
          type: 'receive-plan' as const,
          ...told(at),
          plan: { ...plan, version, digest: `sha256:${String(version).repeat(64)}` },
          stock: { capacity, from },
        })),
      fc
        .record({ capacity: fc.integer({ min: 0, max: 200 }), from: day })
        .map((stock) => ({ type: 'stock-pool' as const, ...told(at), stock, reason: 'r', by: 'operator-1' })),
      fc.tuple(team, gpus).map(([who, gpusMax]) => ({ type: 'ask-for-gpus' as const, ...told(at), ask: askOf(who, { gpusMax, rulebookDigest: null }) })),
      fc.tuple(team, gpus).map(([who, gpusMax]) => ({
        type: 'ask-for-gpus' as const,
        ...told(at),
        ask: askOf(who, { key: 'after-check', gpusMax, rulebookDigest: null, wanted: { which: 'after-round', roundId: 'check' } }),
      })),
      fc.tuple(team, team, gpus).map(([who, replaces, gpusMax]) => ({
        type: 'ask-for-gpus' as const,
        ...told(at),
        ask: askOf(who, { key: 'added', gpusMax, rulebookDigest: null, wanted: { which: 'running', replaces } }),
      })),
      fc.tuple(team, phase).map(([who, which]) => ({ type: 'allow-delivery' as const, ...told(at), grantId: grantIdOf(who, which), agreement: place })),
      fc
        .tuple(team, phase)
        .map(([who, which]) => ({ type: 'confirm-delivery' as const, ...told(at), grantId: grantIdOf(who, which), note: 'n', by: 'operator-1' })),
      fc
        .tuple(team, phase)
        .map(([who, which]) => ({ type: 'confirm-return' as const, ...told(at), grantId: grantIdOf(who, which), note: 'n', by: 'operator-1' })),
      team.map((who) => ({ type: 'reclaim-from-team' as const, ...told(at), team: who, reason: 'r' })),
    );
  const commands = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 5, maxLength: 60 }).chain((steps) => {
    let days = 0;
    return fc.tuple(...steps.map((step) => command(new Date(Date.UTC(2030, 0, 1) + (days += step) * 86_400_000).toISOString())));
  });

  test('never more is out than in, never more promised for a day than there is, and nobody is named twice', () =>
    fc.assert(
      fc.property(commands, (sequence) => {
        let state = pool.initial;
        for (const each of sequence) {
          const outcome = pool.decide(each, state);
          if (isRejection(outcome)) continue;
          for (const event of outcome) {
            state = pool.evolve(state, event);
            if (event.type === 'gpus-handed-over') expect(outNow(state)).toBeLessThanOrEqual(capacityOn(state.capacity, event.at.slice(0, 10)));
          }
          const open = state.reservations.filter(isOpen);
          const days = [...open, ...state.capacity].map(({ from }) => from);
          for (const on of days) expect(promisedOn(open, on)).toBeLessThanOrEqual(capacityOn(state.capacity, on));
          expect(new Set(state.reservations.map((reservation) => reservation.grantId)).size).toBe(state.reservations.length);
        }
      }),
      { numRuns: 400 },
    ));
});
