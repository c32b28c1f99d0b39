import { EventStoreDBClient } from '@eventstore/db-client';
import { Duplex } from 'node:stream';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { clientUrlOf, sendsNoUser, unsentUser } from './addresses.js';
import { AppendGate } from './append-gate.js';
import { answered, failure, isRefusal, isStarting, leavesConnection, within } from './failures.js';

/** The one client of this process, its gate, and how many stores use it. */
export type Connection = { readonly url: string; readonly client: EventStoreDBClient; readonly gate: AppendGate; users: number };

/** Longer than any healthy answer; the server's own limit for a write is 2 s. */
export const answerMsMax = 15_000;

export const openLimits = {
  /** Where nobody listens; services have a patience of their own around it. */
  awayMsMax: 10_000,
  /** A node that takes connections and does not lead yet: it replays what it has of its log first. */
  startingMsMax: 90_000,
  /** A call that comes while a node starts is never answered, though those a few milliseconds later are. */
  attemptMsMax: 3_000,
} as const;

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
    throw isRefusal(error) && sendsNoUser(clientUrl) ? new Error(unsentUser, { cause: error }) : error;
  }
};

export const release = async (connection: Connection): Promise<void> => {
  connection.users -= 1;
  if (connection.users > 0) return;
  if (shared === connection) shared = undefined;
  const { client } = connection;
  // It cancels at once, and then waits for streams that never say that they have finished; the connection it leaves open.
  await within(disposeMsMax, client.dispose()).catch(() => undefined);
  const channel = (Reflect.get(client, 'getChannel') as () => Promise<{ close(): void }>)();
  await within(
    disposeMsMax,
    channel.then((open) => open.close()),
  ).catch(() => undefined);
};

/**
 * Ends the calls that carry appends. All that are in flight are answered at once, as unavailable, and the client holds nothing of them any
 * more: neither what a server that stands still has not taken, nor a call to a node that no longer leads, whose end would take
 * the appends on the next one with it.
 */
export const endAppendCalls = async ({ client, gate }: Connection): Promise<void> => {
  gate.doubt();
  const calls = Reflect.get(client, 'disposableStreams') as ReadonlySet<unknown>;
  for (const call of calls) if (call instanceof Duplex) (call as Duplex & { cancel(): void }).cancel();
  await setImmediate();
};

/** Of a failed read: another connection may be next, and where the client leaves this one, the appends on it are left behind. */
export const readFailed = (connection: Connection, error: unknown): Error => {
  const reason = failure(error);
  if (reason.name === 'EventStoreUnavailable') connection.gate.doubt();
  if (leavesConnection(error))
    setImmediate()
      .then(() => endAppendCalls(connection))
      .catch(() => undefined);
  return reason;
};

/** A new client's first call may fail once, and a node that has just started does not lead for a while. */
const answering = async (client: EventStoreDBClient): Promise<void> => {
  const began = performance.now();
  let patience: number = openLimits.awayMsMax;
  for (;;) {
    try {
      await answered(openLimits.attemptMsMax, () => client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1, requiresLeader: true }));
      return;
    } catch (error) {
      const reason = failure(error);
      if (isStarting(error)) patience = openLimits.startingMsMax;
      if (reason.name !== 'EventStoreUnavailable' || performance.now() - began > patience) throw reason;
      await sleep(retryMs);
    }
  }
};
