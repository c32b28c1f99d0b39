import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEventStore } from './event-store-db.js';
import { askingOf, leaderOf } from './leader.js';

/* Doubles of the two routes of a server that are asked: `/info` and `/gossip`. */

const place = mkdtempSync(join(tmpdir(), 'leader-'));
const servers: Server[] = [];
const portOf = async (server: Server): Promise<number> => {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

type Answers = Readonly<Record<string, unknown>>;
const answering =
  (answers: Answers, authorization?: string) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const isKnown = authorization === undefined || request.headers.authorization === `Basic ${Buffer.from(authorization).toString('base64')}`;
    const answer = answers[request.url ?? ''];
    response.writeHead(!isKnown ? 401 : answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
  };
const plain = (answers: Answers): Promise<number> => portOf(createHttpServer(answering(answers)));
const leading: Answers = { '/info': { state: 'leader', esVersion: '24.6.0' } };
const following: Answers = { '/info': { state: 'follower', esVersion: '24.6.0' } };
const versionAt = (url: string): Promise<string | undefined> => leaderOf(askingOf(url)!);

let secure = 0;
beforeAll(async () => {
  execFileSync(fileURLToPath(new URL('../../../infra/compose/make-certificate', import.meta.url)), [place, 'eventstoredb'], { stdio: 'ignore' });
  const [key, cert] = ['eventstoredb.key', 'eventstoredb.pem'].map((name) => readFileSync(join(place, name)));
  secure = await portOf(createHttpsServer({ key, cert }, answering(leading, 'ops:a word')));
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(place, { recursive: true });
});

describe('the server that leads', () => {
  test('is found by one address, and nobody leads where nobody answers', async () => {
    expect(await versionAt(`esdb://127.0.0.1:${await plain(leading)}?tls=false`)).toBe('24.6.0');
    expect(await versionAt(`kurrentdb://127.0.0.1:${await plain(following)}/?tls=false`)).toBeUndefined();
    expect(await versionAt('esdb://127.0.0.1:9?tls=false')).toBeUndefined();
  });

  test('is found among several, in whatever order they are named', async () => {
    const [follower, leader] = [await plain(following), await plain(leading)];
    expect(await versionAt(`esdb://127.0.0.1:9,127.0.0.1:${follower},127.0.0.1:${leader}?tls=false`)).toBe('24.6.0');
    expect(await versionAt(`esdb+discover://127.0.0.1:${leader},127.0.0.1:${follower}?tls=false`)).toBe('24.6.0');
  });

  test('is found through another that knows of it, as behind one name of a cluster', async () => {
    const leader = await plain(leading);
    const members = [{ state: 'Leader', isAlive: false, httpEndPointIp: '127.0.0.1', httpEndPointPort: 9 }, { state: 'Leader', isAlive: true, httpEndPointIp: '127.0.0.1', httpEndPointPort: leader }];
    const follower = await plain({ ...following, '/gossip': { members } });
    expect(await versionAt(`esdb+discover://127.0.0.1:${follower}?tls=false`)).toBe('24.6.0');
  });

  test('is asked over TLS with the authority and the user that the address names', async () => {
    const authority = `tls=true&tlsCAFile=${encodeURIComponent(join(place, 'ca.pem'))}`;
    expect(await versionAt(`esdb://ops:a%20word@localhost:${secure}?${authority}`)).toBe('24.6.0');
    expect(await versionAt(`esdb://localhost:${secure}?${authority}`)).toBeUndefined();
    expect(await versionAt(`esdb://ops:a%20word@localhost:${secure}?tls=true`)).toBeUndefined();
  });

  test('that does not lead, or an address that is none, is said without a password', async () => {
    const wanted = (EVENTSTOREDB_URL: string) => startEventStore({ directory: join(place, 'data'), ports: { node: 1, replication: 2 }, asked: { EVENTSTOREDB_URL } });
    await expect(wanted('esdb://admin:hidden@127.0.0.1:9,127.0.0.1:10?tls=false')).rejects.toThrow(/^EVENTSTOREDB_URL names 127\.0\.0\.1:9, 127\.0\.0\.1:10, where no server says that it leads\.$/);
    await expect(wanted('postgres://admin:hidden@127.0.0.1/log')).rejects.toThrow('begins with esdb://');
  });
});
