// Ours: every service in one process on a PostgreSQL of its own, as `npm start` runs it, with a look at the log from inside.
import { readPlatformSettings, startPlatform } from '../../apps/platform/dist/index.js';
import { Services } from '../../libs/host/dist/service/services.js';

export const open = async ({ directory }) => {
  const settings = readPlatformSettings({ LEDGER_DATA: directory, LEDGER_PORT: '0', LEDGER_DEVELOPMENT_ISSUER_PORT: '0' });
  const platform = await startPlatform(settings);
  const [{ store }] = platform.process.app.nest.get(Services).all();
  let watched;
  return {
    addresses: () => ({ api: platform.url, issuer: platform.issuerUrl }),
    events: async () => Number(await store.head()),
    /** From now on notes when an event of the type is in the log, and when each event that it caused in another category is. */
    watch: async ({ causes }) => {
      const ending = new AbortController();
      const seen = new Map();
      const took = [];
      const head = await store.head();
      const watching = (async () => {
        for await (const message of store.subscribe({ after: head, signal: ending.signal })) {
          if (message.kind !== 'events') continue;
          const now = performance.now();
          for (const { id, type, metadata } of message.events) {
            if (type === causes) seen.set(id, now);
            const cause = seen.get(JSON.parse(metadata).causationId);
            if (cause !== undefined) took.push(now - cause);
          }
        }
      })();
      watched = { stop: () => (ending.abort(), watching), seen, took };
    },
    watched: async () => {
      await watched.stop();
      return { causes: watched.seen.size, took: watched.took };
    },
    close: () => platform.stop(),
  };
};
