import { describe, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { grant } from '../domain/grant/grant.decider.js';
import type { GrantEvent } from '../domain/grant/grant.events.js';
import { grants } from './grants.projection.js';

const programmeId = uuidFrom('programme');
const team = uuidFrom('team');
// In the order of their keys, as lists are.
const [grantId, heirId] = [uuidFrom('grant'), uuidFrom('heir')].sort() as [string, string];
const on = (event: GrantEvent): Occurrence => onStream(grant, event.grantId, event);
const instant = (day: string): string => `2030-${day}T00:00:00.000Z`;
const term = (day: string) => ({
  programmeId,
  grantId,
  team,
  phase: 'build',
  gpus: 60,
  from: '2030-02-01',
  to: '2030-04-30',
  evaluatedBy: 'check',
  at: instant(day),
});

const authority = { kind: 'selection', stream: 'decision-1', revision: 4 } as const;
const agreement = { stream: 'agreement-1', revision: 3 };
const rulebookDigest = `sha256:${'a'.repeat(64)}`;
const later = [{ phase: 'run', gpus: 60, from: '2030-05-01', to: '2030-08-31' }];
const terms = { model: 'X1', rulebookDigest, authority, later };

const reserved = on({ type: 'grant-reserved', ...term('01-20'), ...terms, regrantedFrom: null });
const permitted = on({ type: 'delivery-permitted', ...term('01-25'), agreement });
const delivered = on({ type: 'grant-delivered', ...term('02-01'), note: 'rack 1' });
const returned = on({ type: 'grant-returned', ...term('04-30'), gpuHours: '126720', note: 'wiped' });
const reclaimed = on({ type: 'grant-reclaimed', ...term('03-01'), gpuHours: '40320', reason: 'stage check: failed' });
const released = on({ type: 'grant-released', ...term('01-30'), reason: 'given up' });

const promised = {
  key: grantId,
  programmeId,
  team,
  phase: 'build',
  status: 'reserved',
  gpus: 60,
  firstDay: '2030-02-01',
  lastDay: '2030-04-30',
  evaluatedBy: 'check',
  ...terms,
  agreement: null,
  reservedAt: instant('01-20'),
  permittedAt: null,
  deliveredAt: null,
  endedAt: null,
  gpuHours: null,
  deliveryNote: null,
  endedBecause: null,
  regrantedFrom: null,
  regrantedTo: null,
};
const allowed = { ...promised, status: 'permitted', agreement, permittedAt: instant('01-25') };
const handedOver = { ...allowed, status: 'delivered', deliveredAt: instant('02-01'), deliveryNote: 'rack 1' };
const takenBack = { ...handedOver, status: 'reclaimed', endedAt: instant('03-01'), gpuHours: '40320', endedBecause: 'stage check: failed' };

describe('a grant', () => {
  test('shows what it rests on from the day it is promised', () => viewSpec(grants).given(reserved).then(promised));
  test('shows the signature that permits delivery', () => viewSpec(grants).given(reserved, permitted).then(allowed));
  test('that is delivered and returned shows the hours of its use', () =>
    viewSpec(grants)
      .given(reserved, permitted, delivered, returned)
      .then({ ...handedOver, status: 'returned', endedAt: instant('04-30'), gpuHours: '126720', endedBecause: 'wiped' }));
  test('that is reclaimed shows why', () => viewSpec(grants).given(reserved, permitted, delivered, reclaimed).then(takenBack));
  test('that was never delivered is released without hours', () =>
    viewSpec(grants)
      .given(reserved, released)
      .then({ ...promised, status: 'released', endedAt: instant('01-30'), endedBecause: 'given up' }));
  test('whose GPUs went to another team names its heir, and the heir names it', () => {
    const heir = { team: uuidFrom('heir-team'), regrantedFrom: grantId };
    return viewSpec(grants)
      .given(reserved, permitted, delivered, reclaimed, on({ type: 'grant-reserved', ...term('03-02'), ...terms, ...heir, grantId: heirId }))
      .then({ ...takenBack, regrantedTo: heirId }, { ...promised, ...heir, key: heirId, reservedAt: instant('03-02') });
  });
});
