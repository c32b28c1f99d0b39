import { EmbeddedPostgresRefused, startEmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { engineOf, openLog } from '@program-ledger/engines';
import type { EventStore } from '@program-ledger/event-sourcing';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Refused } from '../refused.js';

/** One end of a move: a log by URL, or the directory of an embedded platform that is stopped. */
export type Place = { readonly at: string; readonly prefix?: string | undefined };

export type End = {
  readonly store: EventStore;
  /** Server of the service databases that lie beside it, where it is a directory. */
  readonly serverUrl?: string;
  readonly close: () => Promise<void>;
};

export type Say = (line: string) => void;

/**
 * Opens the log to be copied, and sees to it that nobody writes to it: a directory is ours alone while we hold it; in PostgreSQL no
 * other connection may be there. In EventStoreDB nobody can be seen: there its head is looked at again when the copy is done.
 * @throws Refused
 */
export const openSource = async ({ at, prefix }: Place, say: Say): Promise<End> => {
  const directory = directoryOf(at);
  if (directory !== undefined && prefix !== undefined) throw new Refused(`A directory holds one log, without a prefix (${prefix}).`);
  if (directory !== undefined) return openDirectory(directory, say);
  if (engineOf(at) === 'postgres') await assertAlone(at, 'The source');
  return openEnd({ at, prefix });
};

export const openTarget = (place: Place): Promise<End> => {
  if (directoryOf(place.at) !== undefined) throw new Refused('The target is a server, by its URL; a directory can only be moved out of.');
  return openEnd(place);
};

/** A path, and no URL. @throws Refused for a URL that names no log. */
export const directoryOf = (at: string): string | undefined => {
  if (!at.includes('://')) return resolve(at);
  try {
    if (engineOf(at) !== 'kafka') return undefined;
  } catch (cause) {
    throw new Refused('A log is named by postgres://, esdb:// or kurrentdb://, or by the directory of an embedded platform.', { cause });
  }
  throw new Refused('Kafka carries messages; the log is what is moved.');
};

export const endsLimits = {
  /** A connection that was closed a moment ago is still listed for a moment. */
  leavingMsMax: 2_000,
} as const;

/** @throws Refused when somebody else is connected to the database. */
export const assertAlone = async (url: string, what: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const until = Date.now() + endsLimits.leavingMsMax;
    let others = await othersOn(client);
    while (others > 0 && Date.now() < until) {
      await sleep(100);
      others = await othersOn(client);
    }
    if (others > 0) throw new Refused(`${what} is in use: ${others} other ${others === 1 ? 'connection is' : 'connections are'} open to its database. Stop the platform or its services, then say this again.`);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(`${what} cannot be opened: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
};

/**
 * Sessions of anybody, whatever their kind: of a role that one has no privilege over, PostgreSQL tells only that it is there and whose
 * it is. What the server does for itself there, as vacuuming, is nobody's.
 */
export const othersOn = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ others: number }>(
    'select count(*)::integer as others from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and usesysid is not null',
  );
  return rows[0]?.others ?? 0;
};

const openEnd = async ({ at, prefix }: Place): Promise<End> => {
  if (prefix !== undefined && engineOf(at) === 'postgres') throw new Refused(`A prefix (${prefix}) is of logs that share an EventStoreDB: in PostgreSQL a log has its database to itself.`);
  const store = await openLog({ url: at, prefix }).catch((cause: unknown) => {
    throw new Refused(`The log at ${shown(at)} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  return { store, close: () => store.close() };
};

/** The server of an embedded platform, started here instead of by the platform, which cannot be started meanwhile. */
export const startDirectory = async (directory: string, say: Say): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const data = join(directory, 'postgres');
  if (!existsSync(data)) throw new Refused(`${directory} is not the directory of an embedded platform: it holds no postgres.`);
  try {
    return await startEmbeddedPostgres({ directory: data, onProgress: say });
  } catch (error) {
    if (error instanceof EmbeddedPostgresRefused) throw new Refused(`${error.message} Is the platform still running there? Stop it first.`, { cause: error });
    throw error;
  }
};

const openDirectory = async (directory: string, say: Say): Promise<End> => {
  const server = await startDirectory(directory, say);
  try {
    const { store, close } = await openEnd({ at: databaseAt(server.url, 'ledger_log') });
    const end = async (): Promise<void> => {
      await close();
      await server.stop();
    };
    return { store, serverUrl: server.url, close: end };
  } catch (error) {
    await server.stop();
    throw error;
  }
};

export const databaseAt = (serverUrl: string, database: string): string => Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href;

/** Without the password. */
export const shown = (url: string): string => url.replace(/\/\/([^/@:]*):[^/@]*@/, '//$1:…@');
