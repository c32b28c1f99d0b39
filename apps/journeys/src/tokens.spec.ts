import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Person } from './client.js';
import { tokenFor, TokenRefused } from './tokens.js';

const kim: Person = { subject: 'nipa-2025.administrator', name: 'Kim', roles: ['administrator'] };
const asked: string[] = [];

/* A double of an issuer under a path, as Keycloak is: it describes itself, and gives a token for the right password of the right client. */
const issuer: Server = createServer((request, response) => {
  void (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    asked.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''}`);
    const at = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/realms/program-ledger`;
    const [status, body] =
      request.url === '/realms/program-ledger/.well-known/openid-configuration'
        ? [200, { issuer: at, token_endpoint: `${at}/protocol/openid-connect/token` }]
        : request.url !== '/realms/program-ledger/protocol/openid-connect/token'
          ? [404, { error: 'not found' }]
          : form.get('grant_type') === 'password' && form.get('client_id') === 'stories' && form.get('password') === 'a word & more'
            ? [200, { access_token: `token of ${form.get('username')}` }]
            : [401, { error: 'invalid_grant' }];
    response.writeHead(status as number, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  })();
});
let url = '';
const place = mkdtempSync(join(tmpdir(), 'tokens-'));

beforeAll(async () => {
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/realms/program-ledger`;
});
afterAll(() => {
  issuer.close();
  rmSync(place, { recursive: true });
});

describe('a person of a story', () => {
  test('gets a token by the password that lies in a file, where the issuer says that it gives them', async () => {
    const file = join(place, 'people-password');
    writeFileSync(file, 'a word & more\n');
    expect(await tokenFor(kim, url, { PEOPLE_PASSWORD_FILE: file })).toBe('token of nipa-2025.administrator');
    expect(asked.at(-1)).toMatch(/^POST \/realms\/program-ledger\/protocol\/openid-connect\/token application\/x-www-form-urlencoded/);
  });

  test('gets none by a wrong password, nor where nobody says where tokens are given', async () => {
    await expect(tokenFor(kim, url, { PEOPLE_PASSWORD: 'wrong' })).rejects.toThrow(TokenRefused);
    await expect(tokenFor(kim, url, { PEOPLE_PASSWORD: 'wrong' })).rejects.toThrow(/invalid_grant/);
    await expect(tokenFor(kim, `${url}/elsewhere`, { PEOPLE_PASSWORD: 'a word & more' })).rejects.toThrow('does not say where it gives tokens');
  });

  test('who asks such an issuer as if it were the development issuer is told what is missing', async () => {
    await expect(tokenFor(kim, url, {})).rejects.toThrow('wants PEOPLE_PASSWORD_FILE');
  });

  test('that is refused a token fails at once: a story does not try for a minute, and locks nobody out', async () => {
    const began = performance.now();
    const client = new Client({ api: 'http://127.0.0.1:9', issuer: url }, 'run');
    await expect(client.post(kim, '/applications/programmes', {})).rejects.toThrow(TokenRefused);
    await expect(client.until(kim, '/applications/programmes', () => true, 'a programme')).rejects.toThrow(TokenRefused);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
