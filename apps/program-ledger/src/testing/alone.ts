import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { othersOn } from '../migrate/ends.js';

const patienceMs = 60_000;

/** Waits until the sessions of a process that was killed have gone: on a busy machine the server takes its time to notice. @throws when that takes too long. */
export const untilAlone = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const end = performance.now() + patienceMs; (await othersOn(client)) > 0; await sleep(20))
      if (performance.now() > end) throw new Error(`others were still connected to ${new URL(url).pathname.slice(1)} after ${patienceMs} ms`);
  } finally {
    await client.end();
  }
};
