import { describe, expect, test } from '@jest/globals';
import { isRejection, uuidFrom } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { gpuHoursBetween } from './gpu-hours.js';
import { grant, type GrantCommand } from './grant.decider.js';
import type { GrantEvent } from './grant.events.js';

const term = {
  programmeId: uuidFrom('programme'),
  grantId: uuidFrom('grant'),
  team: uuidFrom('team'),
  phase: 'build',
  gpus: 64,
  from: '2030-02-01',
  to: '2030-04-30',
  evaluatedBy: 'check',
};
const promise = {
  ...term,
  model: 'X1',
  rulebookDigest: `sha256:${'a'.repeat(64)}`,
  authority: { kind: 'selection', stream: 'decision-1', revision: 4 },
  regrantedFrom: null,
  later: [],
  at: '2030-01-10T00:00:00.000Z',
} as const;
const agreement = { stream: 'agreement-1', revision: 5 };

const reserved: GrantEvent = { type: 'grant-reserved', ...promise };
const permitted: GrantEvent = { type: 'delivery-permitted', ...term, agreement, at: '2030-01-20T00:00:00.000Z' };
const delivered: GrantEvent = { type: 'grant-delivered', ...term, note: 'rack 1', at: '2030-02-01T00:30:00.000Z' };
const returned: GrantEvent = { type: 'grant-returned', ...term, gpuHours: '96', note: 'checked', at: '2030-02-01T02:00:00.000Z' };
const released: GrantEvent = { type: 'grant-released', ...term, reason: 'agreement ended', at: '2030-01-21T00:00:00.000Z' };

const permit: GrantCommand = { type: 'permit', agreement, at: permitted.at };
const deliver: GrantCommand = { type: 'deliver', note: 'rack 1', at: delivered.at };
const giveBack: GrantCommand = { type: 'take-back', how: 'returned', reason: 'checked', at: returned.at };
const release: GrantCommand = { type: 'release', reason: 'agreement ended', at: released.at };
const { given } = specify(grant);

describe('a grant follows the pool', () => {
  test('is reserved, once', () => {
    given()
      .when({ type: 'reserve', ...promise })
      .then(reserved);
    given(reserved)
      .when({ type: 'reserve', ...promise })
      .staysQuiet();
  });

  test('may be delivered when the agreement is signed', () => {
    given(reserved).when(permit).then(permitted);
    given(reserved, permitted).when(permit).staysQuiet();
    given().when(permit).rejects('not-reserved', { status: 'absent' });
  });

  test('is delivered, once, and only then', () => {
    given(reserved, permitted).when(deliver).then(delivered);
    given(reserved, permitted, delivered).when(deliver).staysQuiet();
    given(reserved).when(deliver).rejects('not-reserved', { status: 'reserved' });
  });

  test('comes back with the GPU-hours that were had', () => {
    given(reserved, permitted, delivered).when(giveBack).then(returned);
    given(reserved, permitted, delivered, returned).when(giveBack).staysQuiet();
    given(reserved).when(giveBack).rejects('not-delivered', { status: 'reserved' });
  });

  test('is reclaimed for a reason, with the GPU-hours that were had', () =>
    given(reserved, permitted, delivered)
      .when({ type: 'take-back', how: 'reclaimed', reason: 'stage check: failed', at: '2030-02-01T02:00:00.000Z' })
      .then({ type: 'grant-reclaimed', ...term, gpuHours: '96', reason: 'stage check: failed', at: '2030-02-01T02:00:00.000Z' }));

  test('is released before it was delivered, not after', () => {
    given(reserved, permitted).when(release).then(released);
    given(reserved, released).when(release).staysQuiet();
    given(reserved, permitted, delivered).when(release).rejects('not-reserved', { status: 'delivered' });
  });
});

describe('whatever comes', () => {
  const at = fc.integer({ min: 0, max: 2_000 }).map((hours) => new Date(Date.UTC(2030, 1, 1) + hours * 3_600_000).toISOString());
  const command: fc.Arbitrary<GrantCommand> = fc.oneof(
    at.map((when) => ({ type: 'reserve' as const, ...promise, at: when })),
    at.map((when) => ({ type: 'permit' as const, agreement, at: when })),
    at.map((when) => ({ type: 'deliver' as const, note: 'n', at: when })),
    fc.tuple(at, fc.constantFrom('returned' as const, 'reclaimed' as const)).map(([when, how]) => ({ type: 'take-back' as const, how, reason: 'r', at: when })),
    at.map((when) => ({ type: 'release' as const, reason: 'r', at: when })),
  );

  test('a grant is delivered at most once, never without permission, and ends at most once', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        const types: string[] = [];
        let state = grant.initial;
        for (const each of commands) {
          const outcome = grant.decide(each, state);
          if (isRejection(outcome)) continue;
          for (const event of outcome) {
            types.push(event.type);
            state = grant.evolve(state, event);
          }
        }
        expect(types.filter((type) => type === 'grant-delivered').length).toBeLessThanOrEqual(1);
        expect(types.filter((type) => ['grant-returned', 'grant-reclaimed', 'grant-released'].includes(type)).length).toBeLessThanOrEqual(1);
        if (types.includes('grant-delivered')) expect(types.indexOf('delivery-permitted')).toBeLessThan(types.indexOf('grant-delivered'));
      }),
    ));

  test('GPU-hours are exact, whole, and never more than GPUs times time', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        (gpus, start, length) => {
          const from = new Date(start * 1_000 + 7).toISOString();
          const to = new Date((start + length) * 1_000 + 7).toISOString();
          expect(gpuHoursBetween(gpus, from, to)).toBe(((BigInt(gpus) * BigInt(length)) / 3_600n).toString());
        },
      ),
    ));
});
