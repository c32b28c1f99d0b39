import type { DataSource } from 'typeorm';
import { pause } from './pause.js';
import { inboxTable, registerTable } from './tables.js';

export const memoryLimits = {
  /** Effects of messages are remembered for so long: as quiet commands are, see `commandRegisterLimits` of `event-sourcing`. */
  inboxKeptDays: 400,
  /** Also before the first time: what was in hand when the process last ended is handed out again before anything is forgotten. */
  forgetEveryMs: 3_600_000,
  rowsPerStatementMax: 10_000,
} as const;

/** What a service has forgotten: how many rows, and how many it still remembers, about. */
export type Forgetting = { readonly database: DataSource; readonly signal: AbortSignal; readonly everyMs?: number; readonly report?: (trouble: { readonly error: unknown }) => void };

/** Forgets, until the signal aborts, what no broker hands out again and no key stands for any more. */
export const runForgetting = async ({ database, signal, everyMs = memoryLimits.forgetEveryMs, report }: Forgetting): Promise<void> => {
  for (;;) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    await forget(database).catch((error: unknown) => report?.({ error }));
  }
};

/** Deletes what has expired, a bounded number of rows a statement; answers how many. Two instances may do it at once. */
export const forget = async (database: DataSource): Promise<number> => {
  let forgotten = 0;
  for (const table of [inboxTable, registerTable])
    for (let rows: number = memoryLimits.rowsPerStatementMax; rows === memoryLimits.rowsPerStatementMax; forgotten += rows)
      [, rows] = await database.query<[unknown, number]>(
        `delete from ${table} where ctid in (select ctid from ${table} where expires_at < now() limit $1 for update skip locked)`,
        [memoryLimits.rowsPerStatementMax],
      );
  return forgotten;
};

/** About how many rows each memory holds, as the server counts them for itself. */
export const remembered = async (database: DataSource): Promise<readonly { readonly memory: string; readonly rows: number }[]> => {
  const rows = await database.query<{ memory: string; rows: string }[]>(
    `select relname as memory, n_live_tup as rows from pg_stat_user_tables where schemaname = 'public' and relname in ($1, $2) order by relname`,
    [inboxTable, registerTable],
  );
  return rows.map(({ memory, rows: count }) => ({ memory, rows: Number(count) }));
};
