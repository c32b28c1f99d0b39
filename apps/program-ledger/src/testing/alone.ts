import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Waits until the sessions of a process that was killed have gone: on a busy machine the server takes its time to notice. */
export const untilAlone = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const others = 'select count(*)::integer as others from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and usesysid is not null';
    while ((await client.query<{ others: number }>(others)).rows[0]?.others !== 0) await sleep(20);
  } finally {
    await client.end();
  }
};
