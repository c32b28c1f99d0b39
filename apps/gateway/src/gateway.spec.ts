import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readSettings, SettingsInvalid } from '@program-ledger/host';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, type Gateway } from './gateway.js';
import { gatewaySettings } from './gateway-settings.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
type Service = { readonly origin: string; readonly close: () => Promise<void> };

const serve = (handler: Handler): Promise<Service> =>
  new Promise((resolve) => {
    const server: Server = createServer(handler);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const close = (): Promise<void> => {
        server.closeAllConnections();
        return new Promise((done) => void server.close(() => done()));
      };
      resolve({ origin: `http://127.0.0.1:${port}`, close });
    });
  });

const bytesOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const json = (response: ServerResponse, body: unknown, status = 200): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const openApi = (name: string) => ({ openapi: '3.1.0', info: { title: 'x' }, tags: [{ name, description: name }, { name: 'host', description: 'host' }], paths: { [`/${name}/things`]: { get: {} }, '/health/live': { get: {} } }, components: {} });

/** Answers what it was asked; odd paths are odd on purpose. */
const echo =
  (name: string): Handler =>
  (request, response) => {
    const { url = '', method, headers } = request;
    if (url === '/openapi.json') return json(response, openApi(name));
    if (url === '/problems') return json(response, [{ owner: 'host', code: 'internal' }, { owner: name, code: 'not-today' }]);
    if (url === '/health/ready') return json(response, { status: 'ready', parts: [{ part: `${name}.views`, lagSeconds: 0, ok: true }] });
    if (url.endsWith('/breaks-off')) return void request.socket.destroy();
    if (url.endsWith('/never')) return;
    if (url.endsWith('/slowly')) return void setTimeout(() => json(response, { name }), 300);
    if (url.endsWith('/drips')) {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('first');
      return void setTimeout(() => response.end(' last'), 300);
    }
    void bytesOf(request).then((body) => json(response, { name, url, method, headers, bytes: body.length, text: body.length < 1_000 ? body.toString() : '' }, url.endsWith('/made') ? 201 : 200));
  };

let review: Service;
let funding: Service;
let gateway: Gateway;
const also: { stop?: () => Promise<void>; close?: () => Promise<void> }[] = [];

const settingsFor = (upstreams: string, more: Record<string, string> = {}) => readSettings(gatewaySettings, { LEDGER_PORT: '0', LEDGER_LOG_LEVEL: 'silent', GATEWAY_UPSTREAMS: upstreams, GATEWAY_TIMEOUT_SECONDS: '1', LEDGER_DRAIN_SECONDS: '5', ...more });
const another = async (upstreams: string): Promise<Gateway> => {
  const made = await startGateway(settingsFor(upstreams));
  also.push(made);
  return made;
};

beforeAll(async () => {
  review = await serve(echo('review'));
  funding = await serve(echo('funding'));
  gateway = await startGateway(settingsFor(`review=${review.origin},funding=${funding.origin}`));
});
afterEach(async () => {
  for (const each of also.splice(0)) await (each.stop ?? each.close)?.();
});
afterAll(async () => {
  await gateway.stop();
  await review.close();
  await funding.close();
});

type Echoed = { readonly name: string; readonly url: string; readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly bytes: number; readonly text: string };
const asked = async (path: string, init: RequestInit = {}, at = gateway): Promise<{ status: number; headers: Headers; body: Echoed & Record<string, unknown> }> => {
  const response = await fetch(`${at.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text === '' ? '{}' : text) as Echoed & Record<string, unknown> };
};

describe('a request', () => {
  test.each([
    ['/review/programmes/x?asOf=7&limit=2', 'review'],
    ['/funding/programmes/a%2Fb/%ED%95%9C?q=%20', 'funding'],
    [`/review/${'x'.repeat(400)}`, 'review'],
  ])('to %.40s goes to its service as it came', async (path, name) => {
    expect((await asked(path)).body).toMatchObject({ name, url: path, method: 'GET' });
  });

  test('keeps its method, headers and body, and the answer its status', async () => {
    const headers = { authorization: 'Bearer t', 'idempotency-key': 'key', 'if-match': '"3"', 'content-type': 'application/json', 'accept-language': 'ko' };
    const { status, body } = await asked('/review/made', { method: 'POST', headers, body: '{"a":1}' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ method: 'POST', text: '{"a":1}', headers });
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('may be a %s', async (method) => expect((await asked('/review/things', { method })).body.method).toBe(method));

  test('of 20 MB passes as a stream', async () => {
    expect((await asked('/review/things', { method: 'PUT', headers: { 'content-type': 'application/pdf' }, body: new Uint8Array(20_000_000) })).body.bytes).toBe(20_000_000);
  });

  test('carries its trace on, and one that has none is given one', async () => {
    const trace = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    const { headers, body } = await asked('/review/things', { headers: { traceparent: `00-${trace}-bbbbbbbbbbbbbbbb-01` } });
    expect(body.headers['traceparent']).toMatch(new RegExp(`^00-${trace}-(?!bbbbbbbbbbbbbbbb)`));
    expect(headers.get('x-trace-id')).toBe(trace);
    const fresh = await asked('/review/things');
    expect(fresh.body.headers['traceparent']).toContain(fresh.headers.get('x-trace-id'));
  });

  test('cannot say which way it came', async () => {
    const { body } = await asked('/review/things', { headers: { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' } });
    expect(Object.keys(body.headers).filter((name) => name === 'forwarded' || name === 'x-forwarded-for')).toEqual([]);
  });

  test('is answered piece by piece, as the service answers', async () => {
    const began = performance.now();
    const pieces: [string, number][] = [];
    for await (const piece of (await fetch(`${gateway.url}/review/drips`)).body as unknown as AsyncIterable<Uint8Array>) pieces.push([Buffer.from(piece).toString(), performance.now() - began]);
    expect(pieces.map(([text]) => text).join('')).toBe('first last');
    expect(pieces[0]![1]).toBeLessThan(250);
  });
});

describe('what goes wrong', () => {
  const problem = async (path: string, at = gateway, language = 'en') => {
    const { status, headers, body } = await asked(path, { headers: { 'accept-language': language } }, at);
    return { status, type: headers.get('content-type'), language: headers.get('content-language'), retry: headers.get('retry-after'), code: body['code'], detail: String(body['detail']) };
  };

  test('a service that is not there is 503 in Korean and English, and one may come back', async () => {
    const gone = await serve(echo('review'));
    const at = await another(`review=${gone.origin}`);
    expect((await asked('/review/things', {}, at)).status).toBe(200);
    await gone.close();
    expect(await problem('/review/things', at)).toMatchObject({ status: 503, code: 'service-away', retry: '1', type: expect.stringContaining('application/problem+json'), detail: expect.stringContaining('review') });
    expect(await problem('/review/things', at, 'ko')).toMatchObject({ language: 'ko', detail: expect.stringMatching(/닿지 못했습니다/) });
  });

  test('a service that breaks off is 502', async () => expect(await problem('/review/breaks-off')).toMatchObject({ status: 502, code: 'service-broke-off' }));
  test('a service that does not answer is 504', async () => expect(await problem('/review/never')).toMatchObject({ status: 504, code: 'service-too-slow' }));
  test.each(['/', '/reviews/things', '/unknown', '/health'])('%s is nobody’s: 404', async (path) => expect(await problem(path)).toMatchObject({ status: 404, code: 'route-unknown' }));

  test('an instance that is away rests while there is another', async () => {
    const gone = await serve(echo('gone'));
    const at = await another(`review=${gone.origin}|${review.origin}`);
    await gone.close();
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) statuses.push((await asked('/review/things', {}, at)).status);
    expect(statuses.filter((status) => status === 503).length).toBe(1);
  });

  test('header fields beyond 16 KiB are 431', async () => {
    const raw = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(`GET /review/things HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => resolve(text));
    });
    expect(raw).toMatch(/^HTTP\/1\.1 431 [^]*request-headers-too-large/);
  });
});

describe('the whole system', () => {
  test('has one document of all services', async () => {
    const { body } = await asked('/openapi.json');
    expect(Object.keys(body['paths'] as object)).toEqual(['/review/things', '/health/live', '/funding/things']);
    expect((body['tags'] as { name: string }[]).map(({ name }) => name)).toEqual(['review', 'host', 'funding']);
    expect((await fetch(`${gateway.url}/docs`)).status).toBe(200);
  });

  test('has one list of problems, and a page of each', async () => {
    expect((await asked('/problems')).body).toHaveLength(3);
    expect((await asked('/problems/funding/not-today')).body).toMatchObject({ owner: 'funding' });
    expect((await asked('/problems/funding/no-such')).status).toBe(404);
  });

  test('is ready when an instance of each service is, and says which is not', async () => {
    expect((await asked('/health/ready')).body).toEqual({ status: 'ready', parts: [expect.objectContaining({ part: 'review.views' }), expect.objectContaining({ part: 'funding.views' })] });
    const at = await another(`review=${review.origin}|http://127.0.0.1:9,funding=http://127.0.0.1:9`);
    const { status, body } = await asked('/health/ready', {}, at);
    expect(status).toBe(503);
    expect(body['parts']).toEqual([expect.objectContaining({ part: 'review.views', ok: true }), expect.objectContaining({ part: 'funding', ok: false })]);
    expect((await asked('/health/live', {}, at)).status).toBe(200);
  });
});

describe('an end', () => {
  test('answers what is under way and takes nothing new', async () => {
    const at = await startGateway(settingsFor(`review=${review.origin}`));
    const under = asked('/review/slowly', {}, at);
    await sleep(100);
    const stopping = at.stop();
    expect((await under).status).toBe(200);
    await stopping;
    await expect(fetch(`${at.url}/health/live`)).rejects.toThrow();
  });

  test('closes kept connections with their answer', async () => {
    const at = await startGateway(settingsFor(`review=${review.origin}`));
    const answer = new Promise<string | undefined>((resolve) => httpRequest(`${at.url}/review/slowly`, { headers: { connection: 'keep-alive' } }, (response) => resolve(response.headers.connection)).end());
    await sleep(50);
    const began = performance.now();
    await Promise.all([answer, at.stop()]);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('settings', () => {
  test.each(['review', 'review=', 'review=ftp://a', 'review=http://a/path', 'review=http://a,review=http://b', 'review=http://u:p@a'])('GATEWAY_UPSTREAMS=%s is refused, with how it should look', (upstreams) => {
    expect(() => settingsFor(upstreams)).toThrow(SettingsInvalid);
    expect(() => settingsFor(upstreams)).toThrow('is a list like');
  });

  test('name every service of the workspace unless told', () => {
    expect([...readSettings(gatewaySettings, {}).GATEWAY_UPSTREAMS.keys()]).toEqual(['applications', 'review', 'gpu-grants', 'funding', 'audit-ledger']);
  });
});
