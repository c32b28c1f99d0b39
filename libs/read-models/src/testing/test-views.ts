import { createTestDatabase } from '@program-ledger/embedded-postgres/testing';
import type { EventStore } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import type { DataSource } from 'typeorm';
import { PostgresCheckpoints } from '../checkpoints.js';
import { openServiceDatabase, readModelMigration, viewsMigration } from '../service-database.js';
import { ViewRunner, type ViewRunnerOptions, type ViewTrouble } from '../view-runner.js';
import type { View } from '../view.js';
import { Views } from '../views.js';

/** The views of a service on a log in memory and a database of their own. */
export type TestViews = {
  readonly store: EventStore;
  readonly database: DataSource;
  readonly url: string;
  readonly views: Views;
  readonly troubles: ViewTrouble[];
  /** A runner, not running yet. */
  readonly runner: (options?: Partial<ViewRunnerOptions>) => ViewRunner;
  /** Starts a runner; what it answers stops it and waits for it. */
  readonly start: (runner?: ViewRunner) => () => Promise<void>;
  /** Waits until the views have come to the head of the log. */
  readonly settled: () => Promise<bigint>;
  /** Stops everything that was started and drops the database. */
  readonly close: () => Promise<void>;
};

const settledWithinMs = 20_000;

/** Opens views for a test. `close` it. */
export const openTestViews = async (views: readonly View[], store: EventStore = new InMemoryEventStore()): Promise<TestViews> => {
  const { url, drop } = await createTestDatabase('views');
  const migrations = [readModelMigration, viewsMigration('TestViews', 3, views)];
  const database = await openServiceDatabase({ url, service: 'test', views, migrations });
  const all = new Views({ service: 'test', database, store, views });
  const troubles: ViewTrouble[] = [];
  const checkpoints: PostgresCheckpoints[] = [];
  const stops: (() => Promise<void>)[] = [];
  const runner: TestViews['runner'] = (options = {}) => {
    const own = new PostgresCheckpoints(database);
    checkpoints.push(own);
    return new ViewRunner(all, { checkpoints: own, report: (trouble) => troubles.push(trouble), ...options });
  };
  const start: TestViews['start'] = (started = runner()) => {
    const stopping = new AbortController();
    const done = started.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await done;
    };
    stops.push(stop);
    return stop;
  };
  const settled = async (): Promise<bigint> => {
    const head = await store.head();
    if (!(await all.reached(head, settledWithinMs))) throw new Error(`the views did not come to ${head}: ${JSON.stringify(troubles.map(String))}`);
    return head;
  };
  const close = async (): Promise<void> => {
    for (const stop of stops) await stop();
    for (const each of checkpoints) await each.close();
    await database.destroy();
    await drop();
  };
  return { store, database, url, views: all, troubles, runner, start, settled, close };
};
