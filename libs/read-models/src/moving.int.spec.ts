import { afterEach, describe, expect, test } from '@jest/globals';
import { beginning, uuidFrom, type EventStore } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { ForeignPositions, movePositions, type LogMove } from './moving.js';
import { on, openTestViews, record, type TestViews } from './testing/index.js';
import { grantsView, sampleGrant, teamsView } from './testing/sample-grants.js';

const programmeId = uuidFrom('programme');
const at = (minute: number): string => `2026-03-01T00:${String(minute).padStart(2, '0')}:00.000Z`;

/** A log of two grants; told otherwise, its events are of the same kinds at the same positions, of other streams or at other times. */
const history = ({ of = 'a', from = 0 } = {}) => {
  const [one, other] = [uuidFrom('grant', of), uuidFrom('other grant', of)];
  return [
    on(sampleGrant, one, { type: 'grant-reserved', programmeId, team: 'team-1', gpus: 8, at: at(from) }),
    on(sampleGrant, other, { type: 'grant-reserved', programmeId, team: 'team-2', gpus: 8, at: at(from + 1) }),
    on(sampleGrant, one, { type: 'grant-noted', text: 'poison', at: at(from + 2) }),
    on(sampleGrant, other, { type: 'grant-delivered', gpus: 16, at: at(from + 3) }),
    on(sampleGrant, other, { type: 'grant-returned', at: at(from + 4) }),
  ];
};

const opened: TestViews[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** A database that has folded a log; poison parks a stream of it. */
const folded = async (events = history(), cured = true): Promise<TestViews> => {
  const t = await openTestViews([grantsView(cured), teamsView]);
  opened.push(t);
  await record(t.store, events);
  const stop = t.start();
  await t.settled();
  await stop();
  return t;
};

const there = (position: bigint): bigint => position * 1_000n + 7n;

const moveOf = (store: EventStore, name = 'a move'): LogMove => ({
  name,
  events: async function* () {
    for await (const page of store.readAll({ after: beginning, pageSize: 2 })) yield page.map((event) => ({ event, there: there(event.position) }));
  },
});

const stateOf = async ({ database }: TestViews): Promise<Readonly<Record<string, unknown>>> => ({
  grants: await database.query('select key, valid_from, valid_to, revision from sample_grants order by key, valid_from'),
  teams: await database.query('select key, valid_from, valid_to from sample_teams order by key, valid_from'),
  parked: await database.query('select stream, position from parked_streams'),
  checkpoints: await database.query('select position from checkpoints'),
  moves: (await database.query<{ there: string | null }[]>(`select to_regclass('public.log_moves')::text as there`))[0]?.there,
});

const move = (databases: readonly TestViews[], of: LogMove, dryRun = false): Promise<readonly string[]> => {
  const said: string[] = [];
  const named = databases.map(({ url }, index) => ({ service: `service-${index}`, url }));
  return movePositions(named, of, { dryRun, done: (service, outcome) => void said.push(`${service} ${outcome}`) }).then(() => said);
};

const refusal = async (databases: readonly TestViews[], store: EventStore): Promise<ForeignPositions> => {
  const before = await Promise.all(databases.map(stateOf));
  const error: unknown = await move(databases, moveOf(store)).catch((thrown: unknown) => thrown);
  expect(await Promise.all(databases.map(stateOf))).toEqual(before);
  if (!(error instanceof ForeignPositions)) throw new Error('it was not refused', { cause: error });
  return error;
};

const recorded = async (events: ReturnType<typeof history>): Promise<EventStore> => {
  const store = new InMemoryEventStore();
  await record(store, events);
  return store;
};

describe('a database whose log has moved', () => {
  test('holds every position where its event now is, once, however often it is told', async () => {
    const t = await folded(history(), false);
    const before = await stateOf(t);
    expect(before['parked']).toHaveLength(1);
    const places = new Map(Array.from({ length: 5 }, (_, index) => [String(index + 1), String(there(BigInt(index + 1)))]));
    const wanted = JSON.parse(JSON.stringify(before).replace(/"(valid_from|valid_to|position)":"(\d+)"/g, (_, name: string, position: string) => `"${name}":"${places.get(position)}"`)) as object;
    expect(await move([t], moveOf(t.store))).toEqual(['service-0 moved']);
    expect(await stateOf(t)).toEqual({ ...wanted, moves: 'log_moves' });
    expect(await move([t], moveOf(t.store))).toEqual(['service-0 moved before']);
    expect(await stateOf(t)).toEqual({ ...wanted, moves: 'log_moves' });
  });

  test('is left as it is when it is only looked at', async () => {
    const t = await folded();
    const before = await stateOf(t);
    expect(await move([t], moveOf(t.store), true)).toEqual(['service-0 would be moved']);
    expect(await stateOf(t)).toEqual(before);
  });
});

describe('a database of another log is refused, and none is changed', () => {
  test('though that log is as long, and each of its positions is one here', async () => {
    const [ours, theirs] = [await folded(), await folded(history({ of: 'b' }))];
    const { service, message } = await refusal([ours, theirs], ours.store);
    expect(service).toBe('service-1');
    expect(message).toMatch(/sample_grants\.valid_from .* the revision differs/);
  });

  test('though its rows have no revisions: their programme time is another', async () => {
    const ours = await recorded(history().slice(0, 2));
    const theirs = await folded(history({ of: 'b', from: 20 }).slice(0, 2));
    expect((await refusal([theirs], ours)).message).toContain('the time differs');
  });

  test('because of a stream that is parked there at an event that is another here', async () => {
    const theirs = await folded(history(), false);
    await theirs.database.query('truncate sample_grants, sample_teams');
    expect((await refusal([theirs], await recorded(history({ of: 'b' })))).message).toContain('parked_streams.position');
  });

  test('that knows more than the log', async () => {
    const ours = await recorded(history().slice(0, 4));
    const theirs = await folded();
    expect((await refusal([theirs], ours)).message).toContain('holds position 5, where this log has no event');
    await theirs.database.query('truncate sample_grants, sample_teams');
    expect((await refusal([theirs], ours)).message).toContain('beyond the end of this log');
  });
});
