import { EventStoreDBClient } from '@eventstore/db-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppendGate } from './append-gate.js';
import { failure, within } from './failures.js';

/** The one client of this process, its gate, and how many stores use it. */
export type Connection = { readonly url: string; readonly client: EventStoreDBClient; readonly gate: AppendGate; users: number };

/** Longer than any healthy answer; the server's own limit for a write is 2 s. */
export const answerMsMax = 15_000;
/** A new client's first call may fail once, and a node that has just started is not ready for a while. */
const openMsMax = 10_000;
const retryMs = 200;
const disposeMsMax = 100;

let shared: Connection | undefined;

/**
 * The client keeps the appends in flight of all clients of a process in one place: one that loses its connection, or is disposed
 * of, rejects the others' appends, and their late answers end the process. So there is one, and it goes when its last user has.
 */
export const acquire = async (url: string): Promise<Connection> => {
  const clientUrl = clientUrlOf(url);
  if (shared !== undefined && shared.url !== clientUrl) throw new Error('this process has another EventStoreDB open: one at a time');
  shared ??= { url: clientUrl, client: EventStoreDBClient.connectionString(clientUrl), gate: new AppendGate(), users: 0 };
  const connection = shared;
  connection.users += 1;
  try {
    await answering(connection.client);
    return connection;
  } catch (error) {
    await release(connection);
    throw error;
  }
};

export const release = async (connection: Connection): Promise<void> => {
  connection.users -= 1;
  if (connection.users > 0) return;
  if (shared === connection) shared = undefined;
  // It cancels at once, and then waits for streams that never say that they have finished.
  await within(disposeMsMax, connection.client.dispose()).catch(() => undefined);
};

/**
 * As the client takes it: KurrentDB's scheme is the same protocol under another name; of a cluster the leader is asked.
 * The deadline on the wire is an instant, and the server compares it with its own clock: ours are timers, and this one is far.
 */
export const clientUrlOf = (url: string): string => {
  const parsed = /^(?:esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\/(.+)$/.exec(url);
  if (parsed === null) throw new TypeError('an EventStoreDB address begins with esdb:// or kurrentdb:// (or esdb+discover://)');
  const [address, query = ''] = parsed[2]!.split('?', 2) as [string, string?];
  const settings = new Map(query.split('&').flatMap((setting) => (setting === '' ? [] : [setting.split('=', 2) as [string, string]])));
  const has = (name: string): boolean => [...settings.keys()].some((key) => key.toLowerCase() === name.toLowerCase());
  if (!has('nodePreference')) settings.set('nodePreference', 'leader');
  if (!has('defaultDeadline')) settings.set('defaultDeadline', String(wireDeadlineMs));
  return `esdb${parsed[1] ?? ''}://${address.replace(/\/+$/, '')}?${[...settings].map(([key, value]) => `${key}=${value}`).join('&')}`;
};

/** A clock of ours that is behind the server's by more than a deadline would have every append refused. */
const wireDeadlineMs = 3_600_000;

const answering = async (client: EventStoreDBClient): Promise<void> => {
  const giveUpAt = Date.now() + openMsMax;
  for (;;) {
    try {
      await within(answerMsMax, firstOf(client));
      return;
    } catch (error) {
      const reason = failure(error);
      if (reason.name !== 'EventStoreUnavailable' || Date.now() > giveUpAt) throw reason;
      await sleep(retryMs);
    }
  }
};

const firstOf = async (client: EventStoreDBClient): Promise<void> => {
  for await (const _ of client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1, requiresLeader: true })) return;
};
