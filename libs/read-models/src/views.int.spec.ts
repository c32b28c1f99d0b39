import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { PositionNotReached, type Filter } from './as-of.js';
import { on, openTestViews, record, viewSpec, type TestViews } from './testing/index.js';
import { grantsView, sampleGrant, teamsView, type GrantRow } from './testing/sample-grants.js';

const programmeId = uuidFrom('programme');
const otherProgrammeId = uuidFrom('another programme');
const [first, second, third] = ['a', 'b', 'c'].map((name) => `00000000-0000-5000-8000-00000000000${name}`) as [string, string, string];
const at = (minute: number): string => `2026-03-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
const reserved = (id: string, team: string, minute: number, but: { gpus?: number; programmeId?: string } = {}) =>
  on(sampleGrant, id, { type: 'grant-reserved', programmeId, team, gpus: 8, at: at(minute), ...but });

const grants = grantsView();

describe('a view is what its events make of it', () => {
  test('rows come, change and go with the events of their streams', () =>
    viewSpec(grants)
      .given(
        reserved(first, 'team-1', 0),
        reserved(second, 'team-2', 1),
        on(sampleGrant, first, { type: 'grant-delivered', gpus: 16, at: at(2) }),
        on(sampleGrant, first, { type: 'grant-noted', text: 'crate 7', at: at(3) }),
        on(sampleGrant, second, { type: 'grant-returned', at: at(4) }),
        on(sampleGrant, third, { type: 'grant-delivered', gpus: 1, at: at(5) }),
        reserved(second, 'team-3', 6),
      )
      .then(
        { key: first, programmeId, team: 'team-1', gpus: 16, deliveredAt: at(2), notes: ['crate 7'] },
        { key: second, programmeId, team: 'team-3', gpus: 8, deliveredAt: null, notes: [] },
      ));

  test('a row may be fed by many streams', () =>
    viewSpec(teamsView)
      .given(reserved(first, 'team-1', 0), reserved(second, 'team-1', 1, { gpus: 4 }), reserved(third, 'team-2', 2, { gpus: 2 }))
      .then({ key: 'team-1', programmeId, grants: 2, gpus: '12' }, { key: 'team-2', programmeId, grants: 1, gpus: '2' }));
});

describe('a service answers as of then', () => {
  let t: TestViews;
  beforeAll(async () => {
    t = await openTestViews([grants, teamsView]);
    t.start();
    await record(t.store, [
      reserved(first, 'team-1', 10),
      reserved(second, 'team-2', 20, { programmeId: otherProgrammeId }),
      // Recorded later, for an earlier time: the clock of the programme had come further already.
      on(sampleGrant, first, { type: 'grant-noted', text: 'late', at: at(5) }),
      on(sampleGrant, first, { type: 'grant-audited', at: at(25) }),
      on(sampleGrant, first, { type: 'grant-delivered', gpus: 9, at: at(30) }),
      on(sampleGrant, first, { type: 'grant-returned', at: at(40) }),
    ]);
    await t.settled();
  });
  afterAll(() => t.close());

  test('a position names the row as it was there', async () => {
    expect(await t.views.one(grants, first, { kind: 'position', position: 0n })).toBeUndefined();
    expect(await t.views.one(grants, first, { kind: 'position', position: 1n })).toMatchObject({ revision: 0, position: 1n, row: { gpus: 8, notes: [] } });
    expect(await t.views.one(grants, first, { kind: 'position', position: 3n })).toMatchObject({ revision: 1, row: { notes: ['late'] } });
    expect(await t.views.one(grants, first, { kind: 'position', position: 6n })).toBeUndefined();
  });

  test('an event that the view passes over still moves the revision that If-Match names', async () => {
    expect(await t.views.one(grants, first, { kind: 'position', position: 4n })).toMatchObject({ revision: 2, row: { notes: ['late'], deliveredAt: null } });
  });

  test('now is the position that the views have come to', async () => {
    expect(await t.views.one(grants, first, { kind: 'now' })).toBeUndefined();
    expect(await t.views.one(grants, second, { kind: 'now' })).toMatchObject({ revision: 0, position: 6n });
    expect(await t.views.list(grants, { team: 'nobody' }, { limit: 1 }, { kind: 'now' })).toEqual({ rows: [], next: null, position: 6n });
  });

  test('an instant names the last position recorded by then', async () => {
    const instant = '2026-01-01T00:00:02.500Z';
    expect(await t.views.positionAt({ kind: 'instant', instant })).toBe(3n);
    expect(await t.views.one(grants, first, { kind: 'instant', instant })).toMatchObject({ position: 3n, revision: 1 });
  });

  test('a programme time names the last position before the programme had passed it', async () => {
    const by = (minute: number) => ({ kind: 'programme-time', programmeId, instant: at(minute) }) as const;
    expect(await t.views.positionAt(by(9))).toBe(0n);
    // The late note is of a time that had passed: it belongs to minute 10.
    expect(await t.views.one(grants, first, by(10))).toMatchObject({ position: 3n, row: { notes: ['late'] } });
    expect(await t.views.positionAt(by(25))).toBe(4n);
    // A row that has gone is still there at the times before.
    expect(await t.views.one(grants, first, by(39))).toMatchObject({ position: 5n, row: { gpus: 9 } });
    expect(await t.views.one(grants, first, by(40))).toBeUndefined();
    expect(await t.views.positionAt({ kind: 'programme-time', programmeId: otherProgrammeId, instant: at(20) })).toBe(6n);
  });

  test('a position that the views have not come to is refused, not guessed', async () => {
    await expect(t.views.one(grants, first, { kind: 'position', position: 7n })).rejects.toThrow(PositionNotReached);
    expect(await t.views.reached(7n, 30)).toBe(false);
    expect(await t.views.reached(6n, 0)).toBe(true);
  });

  test('who waits for a row is told when an event has made it', async () => {
    const waiting = t.views.changed(grants, third, 6n, 5_000);
    await record(t.store, [reserved(third, 'team-9', 50)]);
    expect(await waiting).toMatchObject({ revision: 0, position: 7n });
    expect(await t.views.changed(grants, third, 7n, 30)).toBeUndefined();
  });

  test('a page continues after its cursor and filters by columns', async () => {
    const all = await t.views.list(grants, {}, { limit: 1 }, { kind: 'now' });
    expect(all).toMatchObject({ rows: [{ key: second }], next: second });
    expect(await t.views.list(grants, {}, { limit: 1, cursor: second }, { kind: 'now' })).toMatchObject({ rows: [{ key: third }], next: null });
    const keys = async (filter: Filter<GrantRow>) => (await t.views.list(grants, filter, { limit: 10 }, { kind: 'now' })).rows.map(({ key }) => key);
    expect(await keys({ programmeId })).toEqual([third]);
    expect(await keys({ team: ['team-9', 'team-2'] })).toEqual([second, third]);
    expect(await keys({ team: { contains: 'AM-9' } })).toEqual([third]);
    expect(await keys({ team: { contains: '%' } })).toEqual([]);
    expect(await keys({ gpus: { atLeast: 8, atMost: 8 }, deliveredAt: null })).toEqual([second, third]);
    await expect(t.views.list(grants, { notes: [] }, { limit: 10 }, { kind: 'now' })).rejects.toThrow(/cannot be filtered/);
    await expect(t.views.list(grants, {}, { limit: 1_001 }, { kind: 'now' })).rejects.toThrow(/1 to 1000/);
  });
});
