import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openLog } from '@program-ledger/engines';
import { startDouble, type Double } from '@program-ledger/eventstoredb/testing';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../commands.js';

/* A server that is still starting: at first nobody listens, then users cannot be asked for, then it takes everything. Streams are the double's of the protocol; users are made, and nothing else. */

let streams: Double;
let users: HttpServer;
let front: Server;
let port = 0;
let isReady = false;
const secrets = mkdtempSync(join(tmpdir(), 'first-start-'));

/** One address for both, as on a server: the first bytes say which protocol is spoken. */
const towards = (socket: Socket): void => {
  socket.on('error', () => undefined);
  socket.once('data', (first: Buffer) => {
    const target = first.toString('latin1').startsWith('PRI ') ? Number(new URL(streams.url.replace(/^\w+:/, 'http:')).port) : (users.address() as AddressInfo).port;
    const there = connect(target, '127.0.0.1').on('error', () => socket.destroy());
    there.write(first);
    socket.pipe(there).pipe(socket);
    socket.once('close', () => there.destroy());
  });
};

beforeEach(async () => {
  streams = await startDouble();
  users = createHttpServer((request, response) => {
    request.resume();
    response.writeHead(isReady ? (request.method === 'POST' ? 201 : 404) : 503).end('{}');
  }).listen(0, '127.0.0.1');
  front = createServer(towards).listen(0, '127.0.0.1');
  await Promise.all([once(users, 'listening'), once(front, 'listening')]);
  ({ port } = front.address() as AddressInfo);
  front.close();
  await once(front, 'close');
  writeFileSync(join(secrets, 'eventstoredb-url'), `esdb://admin:changeit@127.0.0.1:${port}?tls=false`);
  writeFileSync(join(secrets, 'audit-ledger-log-url'), `esdb://audit-ledger:secret@127.0.0.1:${port}?tls=false`);
  writeFileSync(join(secrets, 'topics.json'), '{"topics":[],"grants":[]}');
});

afterEach(async () => {
  front.close();
  users.close();
  users.closeAllConnections();
  await streams.close();
  rmSync(secrets, { recursive: true });
});

test('a server that comes late is waited for, and its log is declared before a service reads it', async () => {
  const said: string[] = [];
  const words = ['setup', 'all', '--secrets', secrets, '--topics', join(secrets, 'topics.json'), '--declare', 'rehearsal'];
  const settingUp = run({ words, environment: { LEDGER_START_SECONDS: '20' }, say: (line) => void said.push(line) });
  await sleep(700);
  front.listen(port, '127.0.0.1');
  await sleep(700);
  isReady = true;
  await settingUp;
  expect(said).toContain('audit-ledger reads the log');
  const log = await openLog({ url: `esdb://audit-ledger:secret@127.0.0.1:${port}?tls=false` });
  const events: string[] = [];
  for await (const page of log.readAll({ after: 0n })) events.push(...page.map(({ data }) => data));
  await log.close();
  expect(events).toEqual([expect.stringContaining('"mode":"rehearsal"')]);
  await expect(run({ words: [...words.slice(0, -1), 'production'], environment: {}, say: () => undefined })).rejects.toThrow('production is never made out of one');
}, 40_000);
