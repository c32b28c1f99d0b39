import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidFrom, type RecordedEvent } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import pg from 'pg';
import { PostgresCheckpoints } from './checkpoints.js';
import { FoldedView } from './folded-view.js';
import { RebuildStopped } from './rebuild.js';
import { openServiceDatabase } from './service-database.js';
import { on, openTestViews, record, schemaOf, type Occurrence, type TestViews } from './testing/index.js';
import { grantsView, sampleGrant, teamsView } from './testing/sample-grants.js';
import { ViewRunner, type ViewTrouble } from './view-runner.js';
import type { View } from './view.js';
import { Views } from './views.js';

const programmeId = uuidFrom('programme');
const at = '2026-03-01T00:00:00.000Z';
const grantId = (number: number): string => uuidFrom('grant', String(number));
const reserved = (number: number): Occurrence =>
  on(sampleGrant, grantId(number), { type: 'grant-reserved', programmeId, team: `team-${number % 3}`, gpus: 8, at });
const noted = (number: number, text = 'a note'): Occurrence => on(sampleGrant, grantId(number), { type: 'grant-noted', text, at });
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

const grants = grantsView();
const now = { kind: 'now' } as const;

/** Everything that a view's table holds: every version. */
const versionsOf = async ({ database }: Pick<TestViews, 'database'>, view: View): Promise<readonly unknown[]> =>
  database.query<unknown[]>(`select t::text from ${view.table.name} as t order by key, valid_from`);

let t: TestViews;
beforeEach(async () => {
  t = await openTestViews([grants, teamsView]);
});
afterEach(() => t.close());

/** What another process would open on the same database. */
const anotherProcess = async (views: readonly View[] = [grants, teamsView]) => {
  const database = await openServiceDatabase({ url: t.url, service: 'test', views, migrations: [] });
  const checkpoints = new PostgresCheckpoints(database);
  const all = new Views({ service: 'test', database, store: t.store, views });
  const troubles: ViewTrouble[] = [];
  const runner = new ViewRunner(all, { checkpoints, report: (trouble) => troubles.push(trouble) });
  const close = async (): Promise<void> => {
    await checkpoints.close();
    await database.destroy();
  };
  return { views: all, runner, database, troubles, close };
};

/** Cuts every connection to the database, as a crash of the server or of the network does. */
const cutConnections = async (): Promise<void> => {
  const client = new pg.Client({ connectionString: t.url });
  await client.connect();
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
  await client.end();
};

describe('rows and position move together', () => {
  test('a runner cut off between rows and commit writes every row once', async () => {
    let pages = 0;
    const beforeCommit = async (): Promise<void> => {
      pages += 1;
      if (pages === 2 || pages === 5) await cutConnections();
    };
    await record(t.store, numbers(40).map(reserved));
    t.start(t.runner({ beforeCommit, pageSize: 5 }));
    await t.settled();
    expect((await t.views.list(teamsView, {}, { limit: 10 }, now)).rows.map((team) => team.grants)).toEqual([14, 13, 13]);
    expect(t.troubles.filter(({ kind }) => kind === 'restarting').length).toBeGreaterThanOrEqual(2);
    expect(await t.database.query('select count(*)::int as rows from sample_teams')).toEqual([{ rows: 40 }]);
  });

  test('a failure before the commit leaves neither rows nor position', async () => {
    const failing = t.runner({ beforeCommit: () => Promise.reject(new Error('cut')) });
    await record(t.store, [reserved(1)]);
    const stop = t.start(failing);
    expect(await t.views.reached(1n, 300)).toBe(false);
    await stop();
    expect(await t.database.query('select 1 from sample_grants')).toEqual([]);
    expect(await t.views.position()).toBe(0n);
  });

  test('foreign events move the position without rows, and a restart begins after them', async () => {
    t.start();
    await record(t.store, [reserved(1)]);
    const foreign = { ...sampleGrant, category: 'foreign' };
    await record(
      t.store,
      numbers(5).map((number) => on(foreign, grantId(number), { type: 'grant-audited', at })),
    );
    await t.settled();
    expect(await t.views.position()).toBe(6n);
    const other = await anotherProcess();
    expect(await other.views.reached(6n, 5_000)).toBe(true);
    expect(await other.views.one(grants, grantId(1), { kind: 'position', position: 6n })).toMatchObject({ revision: 0 });
    await other.close();
  });

  test('how far each view is behind can be asked', async () => {
    await record(t.store, numbers(7).map(reserved));
    expect(await t.runner().lag()).toEqual(['sample-grants', 'sample-teams'].map((view) => ({ view, position: 0n, behind: true, parked: 0 })));
    t.start();
    await t.settled();
    expect((await t.runner().lag()).map(({ behind }) => behind)).toEqual([false, false]);
  });
});

test('a page costs one statement a view when its rows are known, two when they are not, one more where rows end', async () => {
  await record(t.store, numbers(20).map(reserved));
  const statements: string[] = [];
  const counting = {
    query: (statement: string, parameters: unknown[] = []) => {
      statements.push(statement.trim().split(' ')[0] ?? '');
      return t.database.query<unknown>(statement, parameters);
    },
  };
  const folded = new FoldedView(grants);
  const costs = async (): Promise<string> => {
    statements.length = 0;
    const events: RecordedEvent[] = [];
    for await (const page of t.store.readAll({ after: 20n * BigInt(folds) })) events.push(...page);
    folds += 1;
    folded.keep(await folded.fold(counting, events));
    return statements.join(' ');
  };
  let folds = 0;
  // The first page asks for its rows and for the time of its programme.
  expect(await costs()).toBe('select select insert');
  await record(
    t.store,
    numbers(20).map((number) => noted(number)),
  );
  expect(await costs()).toBe('update insert');
  await record(
    t.store,
    numbers(20).map((number) => reserved(100 + number)),
  );
  expect(await costs()).toBe('select insert');
});

describe('one runner works, the others wait', () => {
  test('a second runner takes over when the first has gone', async () => {
    const other = await anotherProcess();
    const stop = t.start();
    await record(t.store, [reserved(1)]);
    await t.settled();
    const stopping = new AbortController();
    const waiting = other.runner.run(stopping.signal);
    await record(t.store, [reserved(2)]);
    await t.settled();
    expect(other.views.progress.position).toBeNull();
    await stop();
    await record(t.store, [reserved(3)]);
    expect(await other.views.reached(3n, 5_000)).toBe(true);
    expect(other.views.progress.position).toBe(3n);
    stopping.abort();
    await waiting;
    await other.close();
  });

  test('a runner that lost its lease without knowing writes nothing more', async () => {
    t.start();
    await record(t.store, [reserved(1)]);
    await t.settled();
    await t.database.query(`update checkpoints set epoch = epoch + 1 where name = 'test.views'`);
    await record(t.store, [reserved(2)]);
    await t.settled();
    expect(t.troubles).toMatchObject([{ kind: 'restarting', error: { name: 'Fenced' } }]);
    expect(await t.database.query('select count(*)::int as rows from sample_grants')).toEqual([{ rows: 2 }]);
  });
});

describe('poison parks its stream only', () => {
  test('the other streams go on, and the parked one is listed from where it stopped', async () => {
    const poisonous = await anotherProcess([grantsView(false), teamsView]);
    const stopping = new AbortController();
    const running = poisonous.runner.run(stopping.signal);
    await record(t.store, [reserved(1), reserved(2), noted(1, 'poison'), noted(2, 'fine'), noted(1, 'after')]);
    expect(await poisonous.views.reached(5n, 5_000)).toBe(true);
    expect((await poisonous.views.one(grants, grantId(1), now))?.row.notes).toEqual([]);
    expect((await poisonous.views.one(grants, grantId(2), now))?.row.notes).toEqual(['fine']);
    const parked = {
      view: 'sample-grants',
      stream: `sampleGrant-${grantId(1)}`,
      revision: 1,
      position: 3n,
      eventType: 'grant-noted',
      reason: 'RangeError: the note is poison',
    };
    expect(await poisonous.runner.parked()).toEqual([parked]);
    expect(poisonous.troubles).toEqual([{ kind: 'parked', service: 'test', ...parked }]);

    await expect(poisonous.runner.rebuild('sample-grants')).rejects.toThrow(RebuildStopped);
    await expect(poisonous.runner.retry('sample-grants', parked.stream)).rejects.toThrow(/the note is poison/);
    expect(await poisonous.runner.parked()).toEqual([parked]);
    stopping.abort();
    await running;
    await poisonous.close();

    // With the defect cured, the retry makes it as if the stream had never stopped.
    t.start();
    await t.settled();
    expect((await t.views.one(grants, grantId(1), now))?.row.notes).toEqual([]);
    await t.runner().retry('sample-grants', parked.stream);
    expect(await t.runner().parked()).toEqual([]);
    expect((await t.views.one(grants, grantId(1), now))?.row.notes).toEqual(['poison', 'after']);
    expect(await t.views.one(grants, grantId(1), { kind: 'position', position: 3n })).toMatchObject({ revision: 1, row: { notes: ['poison'] } });
    await record(t.store, [noted(1, 'live again')]);
    await t.settled();
    expect((await t.views.one(grants, grantId(1), now))?.row.notes).toEqual(['poison', 'after', 'live again']);
  });

  test('an event that cannot be read, or a row that the table cannot hold, parks its stream too', async () => {
    const unreadable = { ...reserved(2), definition: { ...reserved(2).definition, version: 9 } };
    await record(t.store, [
      unreadable,
      on(sampleGrant, grantId(3), { type: 'grant-reserved', programmeId: 'no uuid', team: 'team-1', gpus: 8, at }),
      reserved(4),
    ]);
    t.start();
    await t.settled();
    expect((await t.runner().parked()).map(({ view, position, reason }) => [view, position, reason.split(':')[0]])).toEqual([
      ['sample-grants', 1n, 'UnreadableEvent'],
      ['sample-teams', 1n, 'UnreadableEvent'],
      ['sample-grants', 2n, 'UnfitRow'],
      ['sample-teams', 2n, 'UnfitRow'],
    ]);
    expect((await t.views.list(grants, {}, { limit: 10 }, now)).rows).toHaveLength(1);
  });

  test('when one parked stream is tried again the others stay parked', async () => {
    await record(t.store, [reserved(1), on(sampleGrant, grantId(3), { type: 'grant-reserved', programmeId: 'no uuid', team: 'team-1', gpus: 8, at })]);
    const poisonous = await anotherProcess([grantsView(false), teamsView]);
    const stopping = new AbortController();
    await record(t.store, [noted(1, 'poison')]);
    const running = poisonous.runner.run(stopping.signal);
    expect(await poisonous.views.reached(3n, 5_000)).toBe(true);
    stopping.abort();
    await running;
    await poisonous.close();
    await t.runner().retry('sample-grants', `sampleGrant-${grantId(1)}`);
    expect((await t.runner().parked()).filter(({ view }) => view === 'sample-grants').map(({ stream }) => stream)).toEqual([`sampleGrant-${grantId(3)}`]);
    expect((await t.views.one(grants, grantId(1), now))?.row.notes).toEqual(['poison']);
  });
});

describe('a table is made anew beside the one that answers', () => {
  test('live writes go on during a rebuild, and both end equal', async () => {
    t.start(t.runner({ pageSize: 7 }));
    await record(t.store, numbers(300).map(reserved));
    let stopped = false;
    const writing = (async () => {
      for (let number = 0; !stopped; number += 1) {
        await record(t.store, [noted(number % 300, `note ${number}`), reserved(300 + number)]);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    const runner = t.runner();
    for (const _ of numbers(3)) {
      expect(await runner.rebuild('sample-grants')).toMatchObject({ same: true });
      expect(await runner.rebuild('sample-teams')).toMatchObject({ same: true });
    }
    stopped = true;
    await writing;
    await t.settled();
    const fresh = await openTestViews([grants, teamsView], t.store);
    fresh.start();
    await fresh.settled();
    expect(await versionsOf(fresh, grants)).toEqual(await versionsOf(t, grants));
    expect(await versionsOf(fresh, teamsView)).toEqual(await versionsOf(t, teamsView));
    expect(await schemaOf(fresh.database)).toBe(await schemaOf(t.database));
    await fresh.close();
  });

  test('a table that was changed behind the log is told apart, and mended', async () => {
    t.start();
    await record(t.store, numbers(10).map(reserved));
    await t.settled();
    await t.database.query('update sample_grants set gpus = 9 where key = $1', [grantId(4)]);
    expect(await t.runner().rebuild('sample-grants')).toMatchObject({ same: false, eventsRead: 10, rowsWritten: 10, position: 10n });
    expect(await t.views.one(grants, grantId(4), now)).toMatchObject({ row: { gpus: 8 } });
  });

  test('a view that is declared otherwise, or is new, is rebuilt before its service goes on', async () => {
    const stop = t.start();
    await record(t.store, numbers(5).map(reserved));
    await t.settled();
    await stop();
    await t.database.query('drop table sample_teams');
    await t.database.query(`delete from view_states where view = 'sample-teams'`);
    const next = await anotherProcess([grantsView(true, 2), teamsView]);
    const stopping = new AbortController();
    const running = next.runner.run(stopping.signal);
    await record(t.store, [reserved(5)]);
    expect(await next.views.reached(6n, 5_000)).toBe(true);
    expect((await next.views.list(teamsView, {}, { limit: 10 }, now)).rows.map((team) => team.grants)).toEqual([2, 2, 2]);
    expect(await next.runner.rebuild('sample-teams')).toMatchObject({ same: true });
    stopping.abort();
    await running;
    await next.close();
  });

  test('more rows than memory is meant to hold are looked up, and the table is the same', async () => {
    t.start();
    await record(t.store, [
      ...numbers(30).map(reserved),
      ...numbers(30).map((number) => noted(number)),
      ...numbers(10).map((number) => noted(number, 'again')),
    ]);
    await t.settled();
    const before = await versionsOf(t, grants);
    // Pages of a rebuild are larger than this log, so memory is full after the first of two.
    const small = t.runner({ rebuildRowsMax: 5 });
    expect(await small.rebuild('sample-grants')).toMatchObject({ same: true, rowsWritten: 70 });
    await record(
      t.store,
      numbers(2_100).map((number) => noted(number % 30)),
    );
    await t.settled();
    expect(await small.rebuild('sample-grants')).toMatchObject({ same: true, eventsRead: 2_170, rowsWritten: 2_170 });
    expect((await versionsOf(t, grants)).length).toBe(before.length + 2_100);
  });

  test('two rebuilds of one view do not meet', async () => {
    t.start();
    await record(t.store, numbers(50).map(reserved));
    await t.settled();
    const other = await anotherProcess();
    const both = await Promise.all([t.runner().rebuild('sample-grants'), other.runner.rebuild('sample-grants')]);
    expect(both.map(({ same }) => same)).toEqual([true, true]);
    await other.close();
  });
});

test('a log that cannot be reached is tried again', async () => {
  const store = new InMemoryEventStore();
  const away = await openTestViews([grants], store);
  away.start();
  await store.close();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(away.troubles.length).toBeGreaterThan(0);
  await away.close();
});
