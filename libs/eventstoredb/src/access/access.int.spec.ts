import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDouble, type Double } from '../testing/index.js';
import { grantEventStoreDbAccess, guardStreams } from './grants.js';
import { declareUsers, UsersRefused } from './users.js';

/*
 * What is asked of a server, held against the double of its protocol and a double of its documented user interface. That a real server
 * then refuses a foreign write is shown in access.server.int.spec.ts: the doubles know no rights.
 */

type User = { fullName: string; groups: string[]; password: string };

/** A double of `/users/`: what the documentation says of it, in memory. */
class UsersDouble {
  readonly users = new Map<string, User>();
  readonly asked: string[] = [];
  private readonly server: Server = createHttpServer((request, response) => {
    void this.answer(request).then(([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `esdb://admin:change%40it@127.0.0.1:${(this.server.address() as AddressInfo).port}?tls=false`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage): Promise<readonly [number, object]> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as { loginName: string; fullName: string; groups: string[]; password: string; newPassword: string };
    if (request.headers.authorization !== `Basic ${Buffer.from('admin:change@it').toString('base64')}`) return [401, {}];
    const asked = `${request.method} ${request.url}`;
    this.asked.push(asked);
    if (asked === 'POST /users/') return this.create(body);
    const [, name = '', command] = /^\/users\/([^/]+)(\/command\/reset-password)?$/.exec(request.url ?? '') ?? [];
    const user = this.users.get(decodeURIComponent(name));
    if (user === undefined) return [404, {}];
    if (request.method === 'PUT') Object.assign(user, { fullName: body.fullName, groups: body.groups });
    if (command !== undefined) user.password = body.newPassword;
    return [200, { data: { loginName: name, ...user, password: undefined } }];
  }

  private create({ loginName, fullName, groups, password }: User & { loginName: string }): readonly [number, object] {
    if (this.users.has(loginName)) return [409, {}];
    this.users.set(loginName, { fullName, groups, password });
    return [201, {}];
  }
}

let users: UsersDouble;
let usersUrl: string;
beforeEach(async () => {
  users = new UsersDouble();
  usersUrl = await users.start();
});
afterEach(() => users.stop());

describe('users', () => {
  const review = { name: 'review', password: 'one', groups: ['ledger-readers', 'ledger-writers'] };

  test('are made where they are missing, and given groups and password where they are there', async () => {
    await declareUsers(usersUrl, [review]);
    await declareUsers(usersUrl, [{ ...review, password: 'two', groups: ['ledger-readers'] }]);
    expect(Object.fromEntries(users.users)).toEqual({ review: { fullName: 'review', groups: ['ledger-readers'], password: 'two' } });
    expect(users.asked).toEqual(['GET /users/review', 'POST /users/', 'GET /users/review', 'PUT /users/review', 'POST /users/review/command/reset-password']);
  });

  test('are nobody’s to make but the administrator’s, and not of a server that is away', async () => {
    await expect(declareUsers(usersUrl.replace('change%40it', 'wrong'), [review])).rejects.toThrow(new UsersRefused('users cannot be asked for: the server answers 401'));
    await expect(declareUsers('esdb://admin:x@127.0.0.1:1?tls=false', [review])).rejects.toThrow('the server cannot be asked about users');
  });
});

describe('access lists', () => {
  let double: Double;
  let client: EventStoreDBClient;
  beforeEach(async () => {
    double = await startDouble();
    client = EventStoreDBClient.connectionString(double.url);
  });
  afterEach(async () => {
    await client.dispose();
    await double.close();
  });

  /** The double of the users is beside that of the streams: on a server both are one address. */
  const access = () => ({
    adminUrl: double.url,
    usersUrl,
    users: [
      { name: 'review', password: 'a', categories: ['panel', 'decision'] },
      { name: 'gpu-grants', password: 'b', categories: ['grant'] },
      { name: 'audit-ledger', password: 'c', categories: [] },
    ],
  });
  const dataOf = async (stream: string): Promise<readonly unknown[]> => {
    const found: unknown[] = [];
    for await (const { event } of client.readStream(stream)) found.push(event?.data);
    return found;
  };
  const write = (stream: string) => client.appendToStream(stream, jsonEvent({ type: 'noted', data: {} }), { expectedRevision: NO_STREAM });

  test('let writers append and readers read, $all too, and leave deleting and metadata to $admins; said again they are the same', async () => {
    await grantEventStoreDbAccess(access());
    await grantEventStoreDbAccess(access());
    expect([...users.users].map(([name, { groups }]) => [name, groups])).toEqual([
      ['review', ['ledger-readers', 'ledger-writers']],
      ['gpu-grants', ['ledger-readers', 'ledger-writers']],
      ['audit-ledger', ['ledger-readers']],
    ]);
    const [admins, readers, writers] = ['$admins', 'ledger-readers', 'ledger-writers'];
    expect(await dataOf('$settings')).toEqual([
      {
        $userStreamAcl: { $r: [admins, readers], $w: [admins, writers], $d: [admins], $mr: [admins, readers], $mw: [admins] },
        $systemStreamAcl: { $r: [admins], $w: [admins], $d: [admins], $mr: [admins], $mw: [admins] },
      },
    ]);
    expect(await dataOf('$$$all')).toEqual([{ $acl: { $r: [admins, readers] } }]);
  });

  test('of each stream that is there name the user that owns its category, once', async () => {
    for (const stream of ['panel-1', 'grant-1', 'foreign-1', 'other.grant-2']) await write(stream);
    expect(await guardStreams(access())).toBe(2);
    expect(await guardStreams(access())).toBe(0);
    const [admins, readers] = ['$admins', 'ledger-readers'];
    expect(await dataOf('$$panel-1')).toEqual([{ $acl: { $r: [admins, readers], $w: [admins, 'review'], $d: [admins], $mr: [admins, readers], $mw: [admins] } }]);
    expect(await dataOf('$$grant-1')).toMatchObject([{ $acl: { $w: [admins, 'gpu-grants'] } }]);
    expect(await guardStreams({ ...access(), prefix: 'other' })).toBe(1);
    expect(await dataOf('$$other.grant-2')).toMatchObject([{ $acl: { $w: [admins, 'gpu-grants'] } }]);
  });
});
