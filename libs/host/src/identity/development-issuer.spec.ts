import { afterEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevelopmentIssuer, DevelopmentIssuerRefused, type DevelopmentIssuer } from './development-issuer.js';
import { Tokens } from './tokens.js';

const audience = 'program-ledger';
const running: DevelopmentIssuer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((issuer) => issuer.close()));
});

const newDirectory = () => mkdtempSync(join(tmpdir(), 'issuer-'));
const start = async (directory = newDirectory(), port = 0) => {
  const issuer = await startDevelopmentIssuer({ mode: 'rehearsal', directory, port, audience });
  running.push(issuer);
  return issuer;
};
const tokensOf = (issuer: string, changed = {}) => new Tokens({ issuer, audience, clockToleranceSeconds: 0, ...changed });
const post = (url: string, body: string) => fetch(`${url}/token`, { method: 'POST', body });

describe('the development issuer', () => {
  test('does not start in production, and leaves no key behind', async () => {
    const directory = newDirectory();
    await expect(startDevelopmentIssuer({ mode: 'production', directory, port: 0, audience })).rejects.toThrow(DevelopmentIssuerRefused);
    expect(existsSync(join(directory, 'development-issuer.jwk.json'))).toBe(false);
  });

  test('listens on loopback only', async () => expect(new URL((await start()).url).hostname).toBe('127.0.0.1'));

  test('gives a token to whoever asks, which says who they are', async () => {
    const { url } = await start();
    const answer = await post(url, JSON.stringify({ subject: 'kim', name: '김', roles: ['operator'] }));
    const { access_token } = (await answer.json()) as { access_token: string };
    expect(await tokensOf(url).verify(access_token)).toEqual({ subject: 'kim', name: '김', platformRoles: new Set(['operator']) });
  });

  test('keeps its key, readable by its owner only, so that tokens outlive a restart', async () => {
    const directory = newDirectory();
    const first = await start(directory);
    const token = await first.token({ subject: 'kim' });
    expect(statSync(join(directory, 'development-issuer.jwk.json')).mode & 0o077).toBe(0);
    await first.close();
    const again = await start(directory, Number(new URL(first.url).port));
    expect((await tokensOf(again.url).verify(token)).subject).toBe('kim');
  });

  test.each([['{"subject":"service:review"}'], ['{"subject":""}'], ['{"subject":"kim","roles":["king"]}'], ['{"subject":"kim","subject":"lee"}'], ['not json'], ['']])('refuses %s', async (body) =>
    expect((await post((await start()).url, body)).status).toBe(400));

  test('publishes the public half of its key only', async () => {
    const { url } = await start();
    const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: Record<string, string>[] };
    expect(keys.map((key) => Object.keys(key).includes('d'))).toEqual([false]);
  });
});

describe('a token', () => {
  test.each([
    ['of another issuer', { issuer: 'http://127.0.0.1:1' }],
    ['for another audience', { audience: 'elsewhere' }],
  ])('%s is refused', async (_, changed) => {
    const issuer = await start();
    const tokens = tokensOf(issuer.url, { jwksUrl: `${issuer.url}/jwks`, ...changed });
    await expect(tokens.verify(await issuer.token({ subject: 'kim' }))).rejects.toMatchObject({ fields: { status: 401, code: 'token-invalid' } });
  });

  test('that is altered, cut, unsigned or of another key is refused', async () => {
    const issuer = await start();
    const other = await start();
    const tokens = tokensOf(issuer.url);
    const [head = '', body = '', signature = ''] = (await issuer.token({ subject: 'kim' })).split('.');
    const altered = Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as object), sub: 'lee' })).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const bad of [`${head}.${altered}.${signature}`, `${head}.${body}.`, `${none}.${body}.`, 'x', `${head}.${body}`, await other.token({ subject: 'kim' })])
      await expect(tokens.verify(bad)).rejects.toMatchObject({ fields: { status: 401 } });
  });

  test('that has expired is refused, within the tolerance it is not', async () => {
    const issuer = await start();
    const token = await issuer.token({ subject: 'kim', expiresInSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    await expect(tokensOf(issuer.url).verify(token)).rejects.toMatchObject({ fields: { code: 'token-invalid' } });
    expect((await tokensOf(issuer.url, { clockToleranceSeconds: 30 }).verify(token)).subject).toBe('kim');
  });

  test('is nobody’s fault when the issuer cannot be reached', async () =>
    expect(tokensOf('http://127.0.0.1:9').verify('a.b.c')).rejects.toMatchObject({ fields: { status: 503, code: 'identity-unavailable' } }));
});
