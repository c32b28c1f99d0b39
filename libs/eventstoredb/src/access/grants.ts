import { BACKWARDS, END, EventStoreDBClient, FORWARDS, jsonEvent, NO_STREAM, START, StreamNotFoundError, type StreamMetadata } from '@eventstore/db-client';
import { categoryOf } from '@program-ledger/event-sourcing';
import { isDeepStrictEqual } from 'node:util';
import { clientUrlOf } from '../addresses.js';
import { failure } from '../failures.js';
import { declareUsers, type EventStoreDbUser } from './users.js';

export { UsersRefused } from './users.js';

/** Groups of the server that rights are given to: who may read the log, who may append to it. */
export const eventStoreDbGroups = { readers: 'ledger-readers', writers: 'ledger-writers' } as const;

export type EventStoreDbAccess = {
  /** As a member of `$admins`. */
  readonly adminUrl: string;
  /** Where users are kept, when that is elsewhere; the same server unless said. */
  readonly usersUrl?: string;
  /** A user that owns categories appends; one that owns none only reads. */
  readonly users: readonly { readonly name: string; readonly password: string; readonly categories: readonly string[] }[];
  /** As the log was opened with it. */
  readonly prefix?: string | undefined;
};

/**
 * What the open edition can: users and groups; a default access list by which only members of the two groups read and append, and
 * nobody but `$admins` deletes a stream or changes its metadata; `$all` readable by the readers. Said again, it changes what differs.
 * The server has no rule for a category: within the group of writers, see `guardStreams`. @throws UsersRefused, EventStoreUnavailable, LogAccessDenied
 */
export const grantEventStoreDbAccess = async ({ adminUrl, usersUrl = adminUrl, users }: EventStoreDbAccess): Promise<void> => {
  await declareUsers(usersUrl, users.map(userOf));
  await asAdmin(adminUrl, async (client) => {
    await declareDefaults(client);
    await declareMetadata(client, '$all', { acl: readableByReaders });
  });
};

/**
 * Gives each stream that is there an access list of its own: only the user that owns its category appends to it. The server cannot say
 * so of streams that are still to come; until this is said again, any writer could append to those. Streams of no user's
 * category stay as they are: nobody but `$admins` and the writers' group is let near them. Answers how many were given a list.
 */
export const guardStreams = async ({ adminUrl, users, prefix }: EventStoreDbAccess): Promise<number> => {
  const front = prefix === undefined ? '' : `${prefix}.`;
  const owners = new Map(users.flatMap(({ name, categories }) => categories.map((category) => [category, name] as const)));
  return asAdmin(adminUrl, async (client) => {
    let given = 0;
    for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START })) {
      if (event === undefined || event.revision !== 0n || event.streamId.startsWith('$') || !event.streamId.startsWith(front)) continue;
      const owner = owners.get(categoryOf(event.streamId.slice(front.length)));
      if (owner !== undefined && (await declareMetadata(client, event.streamId, { acl: ownedBy(owner) }))) given += 1;
    }
    return given;
  });
};

const { readers, writers } = eventStoreDbGroups;
const userOf = ({ name, password, categories }: EventStoreDbAccess['users'][number]): EventStoreDbUser => ({
  name,
  password,
  groups: categories.length === 0 ? [readers] : [readers, writers],
});

const admins = '$admins';
const readableByReaders = { readRoles: [admins, readers] };
const ownedBy = (owner: string) => ({ readRoles: [admins, readers], writeRoles: [admins, owner], deleteRoles: [admins], metaReadRoles: [admins, readers], metaWriteRoles: [admins] });

/** `$w` of a user stream is also the right to begin one. */
const defaults = {
  $userStreamAcl: { $r: [admins, readers], $w: [admins, writers], $d: [admins], $mr: [admins, readers], $mw: [admins] },
  $systemStreamAcl: { $r: [admins], $w: [admins], $d: [admins], $mr: [admins], $mw: [admins] },
};

const settings = '$settings';

const declareDefaults = async (client: EventStoreDBClient): Promise<void> => {
  const last = await lastOf(client, settings);
  if (last !== undefined && isDeepStrictEqual(last.data, defaults)) return;
  await client.appendToStream(settings, jsonEvent({ type: settings, data: defaults }), { expectedRevision: last?.revision ?? NO_STREAM });
};

/** Whether it was not so before. Two that say it at once say the same. */
const declareMetadata = async (client: EventStoreDBClient, stream: string, metadata: StreamMetadata): Promise<boolean> => {
  const { metadata: before, metastreamRevision } = await client.getStreamMetadata(stream);
  if (isDeepStrictEqual(before?.acl, metadata.acl)) return false;
  await client.setStreamMetadata(stream, { ...before, ...metadata }, { expectedRevision: metastreamRevision ?? NO_STREAM });
  return true;
};

const lastOf = async (client: EventStoreDBClient, stream: string) => {
  const found = [];
  try {
    // To its end: a read that is left early leaves the client hanging.
    for await (const { event } of client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) found.push(event);
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw error;
  }
  return found[0];
};

const asAdmin = async <T>(url: string, run: (client: EventStoreDBClient) => Promise<T>): Promise<T> => {
  const client = EventStoreDBClient.connectionString(clientUrlOf(url));
  try {
    return await run(client);
  } catch (error) {
    throw failure(error);
  } finally {
    await client.dispose();
  }
};
