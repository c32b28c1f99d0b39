// Ours: a view of a service built anew from the log, beside the live table, compared with it and swapped.
import { uuidFrom } from '../../libs/event-sourcing/dist/index.js';
import { createEventStoreSchema, PostgresEventStore } from '../../libs/postgres-event-store/dist/index.js';
import { openServiceDatabase, PostgresCheckpoints, readModelMigration, ViewRunner, Views, viewsMigration } from '../../libs/read-models/dist/index.js';
import { histories, historyOf } from '../histories.mjs';

export const open = async ({ logUrl, viewsUrl, history: name }) => {
  const history = histories[name];
  const { view, aggregate } = history;
  await createEventStoreSchema(logUrl);
  const store = await PostgresEventStore.open({ url: logUrl });
  const database = await openServiceDatabase({
    url: viewsUrl,
    service: 'bench',
    views: [view],
    migrations: [readModelMigration, viewsMigration('Bench', 10, [view])],
  });
  const views = new Views({ service: 'bench', database, store, views: [view] });
  const checkpoints = new PostgresCheckpoints(database);
  const runner = new ViewRunner(views, { checkpoints });
  const ending = new AbortController();
  let running = Promise.resolve();
  return {
    /** At least so many events. */
    fill: async ({ events }) => {
      let written = 0;
      let next = 0;
      const writer = async () => {
        while (written < events) {
          const id = uuidFrom('bench', name, String(next++));
          const proposed = historyOf(history, id, next);
          written += proposed.length;
          await store.append(`${aggregate.category}-${id}`, 'none', proposed);
        }
      };
      await Promise.all(Array.from({ length: 64 }, writer));
    },
    /** The live table, from nothing: what a new view costs while everything else goes on. */
    followLive: async () => {
      const head = await store.head();
      const began = performance.now();
      running = runner.run(ending.signal);
      if (!(await views.reached(head, 300_000))) throw new Error('the live view did not come to the end of the log');
      return { perSecond: (Number(head) * 1000) / (performance.now() - began) };
    },
    rebuild: async () => {
      const { eventsRead, rowsWritten, milliseconds, same } = await runner.rebuild(view.name);
      if (same !== true) throw new Error('the rebuilt table is not what the live one was');
      return { perSecond: (eventsRead * 1000) / milliseconds, eventsRead, rowsWritten };
    },
    close: async () => {
      ending.abort();
      await running;
      await checkpoints.close();
      await database.destroy();
      await store.close();
    },
  };
};
