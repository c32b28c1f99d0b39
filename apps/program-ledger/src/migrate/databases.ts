import { ForeignPositions, movePositions, type LogMove, type PositionColumn } from '@program-ledger/read-models';
import pg from 'pg';
import { Refused } from '../refused.js';
import { databaseOf, serviceNames } from '../setup/access.js';
import { assertAlone, databaseAt, type Say } from './ends.js';

/** What the audit ledger notes of each event; it is evidence, so it moves and is not made anew from the log. */
export const ownColumns: Readonly<Record<string, readonly PositionColumn[]>> = {
  'audit-ledger': [
    { table: 'ledger_event', column: 'position', notes: { stream: 'stream', revision: 'revision', id: 'event_id', type: 'type', dataDigest: 'data_digest' } },
    { table: 'ledger_mention', column: 'position', notes: { mention: 'entity' } },
  ],
};

/**
 * Points the databases of all services at the new log, each in one transaction of its own, and none before all were seen to go with
 * the source; interrupted, those that were done are found done the next time.
 * @throws Refused when one of them is in use, or says otherwise of an event than the source.
 */
export const moveDatabases = async (serverUrl: string, move: LogMove, { dryRun, say }: { readonly dryRun: boolean; readonly say: Say }): Promise<void> => {
  const there = await databasesOf(serverUrl);
  const missing = serviceNames.filter((service) => !there.has(databaseOf(service)));
  if (missing.length > 0) throw new Refused(`The server has no database of ${missing.join(', ')}: name the one where all services have theirs.`);
  const databases = serviceNames.map((service) => ({ service, url: databaseAt(serverUrl, databaseOf(service)), own: ownColumns[service] ?? [] }));
  for (const { service, url } of databases) await assertAlone(url, `The database of ${service}`);
  try {
    await movePositions(databases, move, { dryRun, done: (service, outcome) => say(`${service}: positions ${outcome}`) });
  } catch (error) {
    if (!(error instanceof ForeignPositions)) throw error;
    throw new Refused(`The database of ${error.service} does not go with the source: ${error.message}. Nothing was changed in any of them.`, { cause: error });
  }
};

const databasesOf = async (serverUrl: string): Promise<ReadonlySet<string>> => {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    return new Set(rows.map(({ datname }) => datname));
  } catch (cause) {
    throw new Refused(`The server of the databases cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
};
