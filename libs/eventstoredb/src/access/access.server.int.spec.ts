import { AccessDeniedError, EventStoreDBClient, jsonEvent, NO_STREAM, type StreamMetadata } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { clientUrlOf } from '../addresses.js';
import { noRights, removeUser } from '../testing/administered.js';
import { grantEventStoreDbAccess, guardStreams } from './grants.js';

/*
 * That a real server refuses what the access lists do not give: with `EVENTSTOREDB_URL` of a member of `$admins` over TLS, and only where
 * `EVENTSTOREDB_SPARE=1` says that nobody else uses the server, since its default access lists are changed for the time of the test. What it said of
 * rights before is said again afterwards, and the users that were made are taken away.
 */

const server = process.env['EVENTSTOREDB_URL'] ?? '';
const isSpare = process.env['EVENTSTOREDB_SPARE'] === '1';
const notSpare = 'EVENTSTOREDB_SPARE=1 does not say that nobody else uses the server, all of whose rights this changes for a while';
const reason = server === '' ? 'EVENTSTOREDB_URL names no server' : (noRights(server) ?? (isSpare ? undefined : notSpare));

test('rights are tried only where there are any, and nobody else is harmed', () => {
  if (reason !== undefined) process.stdout.write(`NOT RUN on EventStoreDB: access lists, that a foreign writer is refused: ${reason}\n`);
  expect([noRights('esdb://admin:secret@127.0.0.1:2113?tls=false'), noRights('esdb://127.0.0.1:2113'), noRights('esdb://admin:secret@127.0.0.1:2113')]).toEqual([
    expect.stringContaining('an insecure server knows no rights'),
    expect.stringContaining('names no user'),
    undefined,
  ]);
});

(reason === undefined ? describe : () => undefined)('access lists on the server', () => {
  const category = `held${randomBytes(6).toString('hex')}`;
  const [owner, other, reader] = ['owner', 'other', 'reader'].map((role) => `${category}-${role}`) as [string, string, string];
  const password = randomBytes(18).toString('base64url');
  const access = {
    adminUrl: server,
    users: [
      { name: owner, password, categories: [category] },
      { name: other, password, categories: [`${category}x`] },
      { name: reader, password, categories: [] },
    ],
  };
  const admin = EventStoreDBClient.connectionString(clientUrlOf(server));
  const clients: EventStoreDBClient[] = [admin];
  const as = (name: string): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(clientUrlOf(server.replace(/:\/\/[^@]+@/, `://${name}:${password}@`)));
    clients.push(client);
    return client;
  };
  const write = (client: EventStoreDBClient, stream: string) => client.appendToStream(stream, jsonEvent({ type: 'noted', data: {} }));
  const settings = async (): Promise<unknown> => {
    const found = [];
    try {
      for await (const { event } of admin.readStream('$settings', { direction: 'backwards', fromRevision: 'end', maxCount: 1 })) found.push(event?.data);
    } catch {
      return undefined;
    }
    return found[0];
  };

  let before: { readonly settings: unknown; readonly all: StreamMetadata | undefined };
  beforeAll(async () => {
    before = { settings: await settings(), all: (await admin.getStreamMetadata('$all')).metadata };
    await grantEventStoreDbAccess(access);
  }, 60_000);
  afterAll(async () => {
    await admin.appendToStream('$settings', jsonEvent({ type: '$settings', data: (before.settings ?? {}) as Record<string, never> }));
    await admin.setStreamMetadata('$all', before.all ?? {});
    for (const name of [owner, other, reader]) await removeUser(server, name);
    for (const client of clients) client.dispose().catch(() => undefined);
  }, 60_000);

  test('let the owner of a category append, and refuse every other writer and every reader', async () => {
    const stream = `${category}-${randomUUID()}`;
    await as(owner).appendToStream(stream, jsonEvent({ type: 'noted', data: {} }), { expectedRevision: NO_STREAM });
    expect(await guardStreams(access)).toBe(1);
    await write(as(owner), stream);
    await expect(write(as(other), stream)).rejects.toThrow(AccessDeniedError);
    await expect(write(as(reader), `${category}-${randomUUID()}`)).rejects.toThrow(AccessDeniedError);
    await expect(as(owner).deleteStream(stream)).rejects.toThrow(AccessDeniedError);
  }, 600_000);

  test('let a reader read $all, and nobody without a user', async () => {
    const readAll = async (client: EventStoreDBClient): Promise<number> => {
      let count = 0;
      for await (const _ of client.readAll({ maxCount: 3 })) count += 1;
      return count;
    };
    expect(await readAll(as(reader))).toBe(3);
    const nobody = EventStoreDBClient.connectionString(clientUrlOf(server.replace(/:\/\/[^@]+@/, '://')));
    clients.push(nobody);
    await expect(readAll(nobody)).rejects.toThrow(AccessDeniedError);
  }, 60_000);
});
