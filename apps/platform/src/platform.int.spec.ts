import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { instance, instanceId, streamOf } from '@program-ledger/event-sourcing';
import { SettingsInvalid } from '@program-ledger/host';
import { undeclaredRoutes, undocumentedRoutes, walkAsStranger, wrongExamples } from '@program-ledger/host/testing';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformRefused, readPlatformSettings, services, startPlatform, type Platform } from './index.js';

const data = mkdtempSync(join(tmpdir(), 'platform-'));
chmodSync(data, 0o755);
/** Made by the platform itself. */
const directory = join(data, 'made');
const settings = (more: Record<string, string> = {}) => readPlatformSettings({ LEDGER_DATA: directory, LEDGER_PORT: '0', LEDGER_DEVELOPMENT_ISSUER_PORT: '0', LEDGER_LOG_LEVEL: 'silent', ...more });
const get = async (platform: Platform, path: string, token: string) => {
  const response = await fetch(`${platform.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

let platform: Platform;
const said: string[] = [];

beforeAll(async () => {
  platform = await startPlatform(settings(), { environment: {}, say: (line) => said.push(line) });
});

afterAll(async () => {
  await platform.stop();
  rmSync(data, { recursive: true, force: true });
});

describe('the platform', () => {
  test('runs every service of the workspace', () => {
    const apps = new URL('../../', import.meta.url);
    const isService = (name: string): boolean => readFileSync(new URL(`${name}/package.json`, apps), 'utf8').includes('"type:service"');
    const folders = readdirSync(apps).filter((name) => existsSync(new URL(`${name}/package.json`, apps)) && isService(name));
    expect(services.map(({ name }) => name).sort()).toEqual(folders.sort());
  });

  test('says what it does while it starts, and declares first of all what it is', async () => {
    expect(said.length).toBeGreaterThan(1);
    const auditor = await platform.issuer!.token({ subject: 'auditor', roles: ['auditor'] });
    const { body } = await get(platform, `/audit-ledger/streams/${streamOf(instance.category, instanceId)}`, auditor);
    expect(JSON.stringify(body)).toContain('rehearsal');
  });

  test('is ready, with every service’s parts in sight', async () => {
    const { status, body } = await get(platform, '/health/ready', '');
    expect(status).toBe(200);
    for (const { name, views } of services) if (views.length > 0) expect(JSON.stringify(body)).toContain(`${name}.views`);
  });

  test('has no route that nobody declared, none without a description or an example, and no example that its schema refuses', () => {
    const { nest } = platform.process.app;
    expect(undeclaredRoutes(nest)).toEqual([]);
    expect(undocumentedRoutes(nest)).toEqual([]);
    expect(wrongExamples(nest)).toEqual([]);
  });

  test('has a sentence for every problem code that a service throws', async () => {
    const response = await fetch(`${platform.url}/problems`);
    const known = new Set(((await response.json()) as readonly { readonly code: string }[]).map(({ code }) => code));
    const apps = new URL('../../', import.meta.url);
    const sources = services.flatMap(({ name }) => readdirSync(new URL(`${name}/src/`, apps), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => readFileSync(new URL(`${name}/src/${file}`, apps), 'utf8')));
    const thrown = sources.flatMap((source) => [...source.matchAll(/new Problem\(\{[^}]*?code: '([a-z0-9-]+)'/g)].map(([, code]) => code ?? ''));
    expect(thrown.filter((code) => !known.has(code))).toEqual([]);
  });

  test('lets a stranger do nothing in a programme, and see no more than lists of what is theirs', async () => {
    const token = await platform.issuer!.token({ subject: 'stranger' });
    const walked = await walkAsStranger(platform.process.app.nest, { url: platform.url, token, parameters: {} });
    const scoped = walked.filter(({ route }) => route.path.includes(':programmeId'));
    const let_in = scoped.filter(({ route, status }) => ![403, 404].includes(status) && !(status === 200 && route.method === 'GET' && route.accesses.some(({ kind }) => kind === 'authenticated')));
    expect(let_in.map(({ route, status, code }) => `${route.method} ${route.path}: ${status} ${code}`)).toEqual([]);
    expect(scoped.length).toBeGreaterThan(services.length);
  });

  test('keeps each service to its own database', async () => {
    expect(new Set(services.map(({ name }) => name)).size).toBe(services.length);
    expect(existsSync(join(directory, 'postgres'))).toBe(true);
  });

  test('makes its directory so that the account of the database can pass, and its secrets so that nobody else reads them', () => {
    expect(statSync(directory).mode & 0o111).toBe(0o111);
    expect(statSync(join(directory, 'secrets')).mode & 0o077).toBe(0);
  });
});

describe('a start', () => {
  test('on a directory in use is refused in one sentence', async () => {
    await expect(startPlatform(settings(), { environment: {} })).rejects.toThrow(/^[^\n]+$/);
  });

  test.each(['LEDGER_PORT', 'LEDGER_DEVELOPMENT_ISSUER_PORT'])('on a port in use (%s) is refused in one sentence, before anything is begun', async (key) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const never = join(data, 'never');
    await expect(startPlatform(settings({ [key]: port, LEDGER_DATA: never }), { environment: {} })).rejects.toThrow(PlatformRefused);
    expect(existsSync(never)).toBe(false);
    other.close();
  });

  test('on an address that is not of this machine, or with data under a file, is refused in one sentence', async () => {
    await expect(startPlatform(settings({ LEDGER_HOST: '192.0.2.1', LEDGER_PORT: '7499' }), { environment: {} })).rejects.toThrow(PlatformRefused);
    writeFileSync(join(data, 'a-file'), '');
    await expect(startPlatform(settings({ LEDGER_DATA: join(data, 'a-file', 'data') }), { environment: {} })).rejects.toThrow(PlatformRefused);
  });

  test('with one port for two listeners is refused', () => {
    expect(() => settings({ LEDGER_PORT: '7500', LEDGER_DEVELOPMENT_ISSUER_PORT: '7500' })).toThrow('is the port of the API already');
  });

  test('in production without an issuer, or with faults, is refused with all of it at once', () => {
    const wrong = () => settings({ LEDGER_MODE: 'production', LEDGER_FAULTS: '{"seed":1}' });
    expect(wrong).toThrow(SettingsInvalid);
    expect(wrong).toThrow(/LEDGER_ISSUER[^]*LEDGER_FAULTS/);
  });

  test('in production without a service’s secret is refused before anything is made', async () => {
    const never = join(data, 'never');
    const production = settings({ LEDGER_MODE: 'production', LEDGER_ISSUER: 'https://issuer.example', LEDGER_DATA: never });
    await expect(startPlatform(production, { environment: {} })).rejects.toThrow('REVIEW_SEALING_SECRET');
    expect(existsSync(never)).toBe(false);
  });

  test('again resumes the same data, and takes the tokens of before', async () => {
    const port = new URL(platform.issuerUrl ?? '').port;
    const token = await platform.issuer!.token({ subject: 'auditor', roles: ['auditor'] });
    const before = (await get(platform, '/audit-ledger/summary', token)).body;
    await platform.stop();
    platform = await startPlatform(settings({ LEDGER_DEVELOPMENT_ISSUER_PORT: port }), { environment: {} });
    const after = await get(platform, '/audit-ledger/summary', token);
    expect(after).toEqual({ status: 200, body: before });
  });

  test('as production on the data of a rehearsal is refused, and leaves nothing running', async () => {
    await platform.stop();
    const production = settings({ LEDGER_MODE: 'production', LEDGER_ISSUER: 'https://issuer.example' });
    await expect(startPlatform(production, { environment: { REVIEW_SEALING_SECRET: 'x'.repeat(64) } })).rejects.toThrow('production is never made out of one');
    platform = await startPlatform(settings(), { environment: {} });
    expect((await get(platform, '/health/ready', '')).status).toBe(200);
  });
});
