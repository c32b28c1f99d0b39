import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { Commands, streamOf } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createApp, type HostApp } from './app.js';
import { ProblemCatalogue } from './http/problem-catalogue.js';
import { bodyLimits } from './http/strict-json.js';
import { routesOf } from './http/routes.js';
import { startDevelopmentIssuer, type DevelopmentIssuer } from './identity/development-issuer.js';
import { Services } from './service/services.js';
import { Health } from './telemetry/health.js';
import { startLogs } from './telemetry/logs.js';
import { Metrics } from './telemetry/metrics.js';
import { startTracing } from './telemetry/tracing.js';
import { door, doorRejections, DoorsController, RimController } from './testing/door.js';

const programmeId = '11111111-1111-4111-8111-111111111111';
const doors = `/doors/programmes/${programmeId}/doors`;
const red = JSON.stringify({ colour: 'red', width: 90 });
const now = () => '2026-03-02T00:00:00.000Z';

const store = new InMemoryEventStore();
const commands = new Commands(store, { now });
const spans = new InMemorySpanExporter();
const logged: string[] = [];
let app: HostApp;
const directory = mkdtempSync(join(tmpdir(), 'host-'));
let issuer: DevelopmentIssuer;
const tokens = new Map<string, string>();

beforeAll(async () => {
  issuer = await startDevelopmentIssuer({ mode: 'rehearsal', directory: mkdtempSync(join(tmpdir(), 'issuer-')), port: 0, audience: 'program-ledger' });
  tokens.set('administrator', await issuer.token({ subject: 'ahn', name: '안', roles: ['administrator'] }));
  tokens.set('somebody', await issuer.token({ subject: 'seo' }));
  tokens.set('auditor', await issuer.token({ subject: 'gam', roles: ['auditor'] }));
  const catalogue = new ProblemCatalogue();
  catalogue.add('doors', doorRejections);
  app = await createApp(
    {
      identity: { issuer: issuer.url, audience: 'program-ledger', clockToleranceSeconds: 5 },
      tls: null,
      traffic: { inFlightCommandsMax: 50, requestsPerSecondMax: 500 },
      logs: startLogs({ level: 'error', process: 'test', destination: { write: (line) => logged.push(line) } }),
      tracing: await startTracing({ service: 'test', exporter: spans }),
      metrics: new Metrics(),
      health: new Health({ lagSecondsMax: 10, lagMessagesMax: 10 }),
      services: new Services(),
      catalogue,
      version: '0.0.0',
      directory,
    },
    [{ module: class Doors {}, controllers: [DoorsController, RimController], providers: [{ provide: Commands, useValue: commands }] }],
  );
  await app.nest.listen(0, '127.0.0.1');
});

afterAll(async () => {
  await app.nest.close();
  await issuer.close();
});

type Asked = { readonly as?: string; readonly key?: string | null; readonly body?: string | Uint8Array; readonly headers?: Record<string, string> };
type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };
let keys = 0;

const ask = async (method: string, path: string, { as = 'administrator', key = `key-${(keys += 1)}`, body, headers }: Asked = {}): Promise<Answer> => {
  const answer = await fetch(`${await app.nest.getUrl()}${path}`, {
    method,
    headers: {
      ...(tokens.has(as) && { authorization: `Bearer ${tokens.get(as)}` }),
      ...(key !== null && method !== 'GET' && { 'idempotency-key': key }),
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: body as string }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown> };
};

const build = async () => String((await ask('POST', doors, { body: red })).body['id']);

describe('a command', () => {
  test('answers with id, stream and revision, the revision as a strong ETag and its position', async () => {
    const { status, body, headers } = await ask('POST', doors, { body: red });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(String), stream: streamOf('door', String(body['id'])), revision: 0, position: headers.get('x-log-position') });
    expect(headers.get('etag')).toBe('"0"');
  });

  test('asked again under its key answers the same and decides nothing again', async () => {
    const first = await ask('POST', doors, { body: red, key: 'twice' });
    const again = await ask('POST', doors, { body: ' {"width":90, "colour":"red"} ', key: 'twice' });
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect((await commands.load(door, String(first.body['id']))).history).toHaveLength(1);
  });

  test('asked under its key with another body, path or method is refused, also for another stream', async () => {
    const id = await build();
    await ask('POST', `${doors}/${id}/closing`, { key: 'reused' });
    expect(await ask('POST', doors, { body: red, key: 'reused' })).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  test('under the same key of somebody else is another command', async () => {
    const id = await build();
    expect((await ask('POST', `${doors}/${id}/closing`, { key: 'shared' })).status).toBe(200);
    expect((await ask('POST', `${doors}/${id}/closing`, { key: 'shared', as: 'somebody' })).status).toBe(200);
  });

  test('that was refused leaves its key free', async () => {
    expect((await ask('POST', doors, { body: '{}', key: 'refused-first' })).status).toBe(400);
    expect((await ask('POST', doors, { body: red, key: 'refused-first' })).status).toBe(201);
  });

  test.each([
    [null, 'idempotency-key-required'],
    ['', 'request-invalid'],
    ['x'.repeat(256), 'request-invalid'],
    ['tab\there', 'request-invalid'],
  ])('with the key %j is refused', async (key, code) => expect(await ask('POST', doors, { body: red, key })).toMatchObject({ status: 400, body: { code } }));

  test('that is rejected says why, in the language that is asked for, with a page for the code', async () => {
    const nowhere = `${doors}/22222222-2222-4222-8222-222222222222/closing`;
    const refused = await ask('POST', nowhere, { headers: { 'accept-language': 'ko' } });
    expect(refused).toMatchObject({ status: 404, body: { type: '/problems/doors/no-door', code: 'no-door', detail: '문이 없습니다.' } });
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(refused.headers.get('content-language')).toBe('ko');
    expect((await ask('GET', String(refused.body['type']))).body).toMatchObject({ code: 'no-door', entry: doorRejections['no-door'] });
  });

  test('with If-Match is done at that revision only', async () => {
    const id = await build();
    const closing = (etag: string) => ask('POST', `${doors}/${id}/closing`, { headers: { 'if-match': etag } });
    expect((await closing('"0-AbCd_09"')).status).toBe(200);
    expect(await closing('"7"')).toMatchObject({ status: 412, body: { code: 'revision-conflict', details: { expected: 7, actual: 0 } } });
    for (const bad of ['7', '*', '"x"', 'W/"0"', '"0", "1"']) expect(await closing(bad)).toMatchObject({ status: 400, body: { errors: [{ pointer: 'header:If-Match' }] } });
  });

  test('carries its trace into the event, as a child of the one that came', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { body, headers } = await ask('POST', doors, { body: red, headers: { traceparent } });
    const { history } = await commands.load(door, String(body['id']));
    const carried = history[0]?.metadata.traceparent ?? '';
    expect(carried).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    expect(headers.get('x-trace-id')).toBe('0af7651916cd43dd8448eb211c80319c');
    const span = spans.getFinishedSpans().find((ended) => carried.includes(ended.spanContext().spanId));
    expect(span).toMatchObject({ name: 'POST /doors/programmes/:programmeId/doors', parentSpanContext: { spanId: 'b7ad6b7169203331' } });
  });

  test('is recorded as of who asked, in which role', async () => {
    const { history } = await commands.load(door, await build());
    expect(history[0]?.metadata).toMatchObject({ actor: 'ahn', role: 'administrator' });
  });
});

describe('a body', () => {
  test.each([
    ['{"colour":"red","colour":"blue","width":1}', 400, 'json-key-repeated', '/colour'],
    ['{"colour":"red","width":9007199254740993}', 400, 'json-number-unsafe', '/width'],
    ['{"colour":"\\ud800","width":1}', 400, 'json-lone-surrogate', '/colour'],
    ['{"__proto__":{},"colour":"red","width":1}', 400, 'json-key-forbidden', '/__proto__'],
    [`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 400, 'json-too-deep', '/a'],
    ['{"colour":"red","width":90.5}', 400, 'request-invalid', '/width'],
    ['{"colour":"red","width":"90"}', 400, 'request-invalid', '/width'],
    ['{"colour":"red","width":90,"x~/y":1}', 400, 'request-invalid', '/x~0~1y'],
    ['{"colour":"red","width":90,"panels":[{"glass":true},{"glass":1}]}', 400, 'request-invalid', '/panels/1/glass'],
    ['[]', 400, 'request-invalid', ''],
    ['null', 400, 'request-invalid', ''],
    ['', 400, 'request-invalid', ''],
  ])('%s is answered by %i %s at %s', async (body, status, code, pointer) => {
    const answer = await ask('POST', doors, { body });
    expect(answer).toMatchObject({ status, body: { code } });
    expect(JSON.stringify(answer.body['errors'])).toContain(`"pointer":"${pointer}`);
  });

  test('names everything that is wrong with it at once, in Korean when asked', async () => {
    const { body } = await ask('POST', doors, { body: '{"colour":"","width":-1,"wide":2}', headers: { 'accept-language': 'ko-KR' } });
    const errors = body['errors'] as { pointer: string; detail: string }[];
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/colour', '/wide', '/width']);
    for (const { detail } of errors) expect(detail).toMatch(/[가-힣]/);
  });

  test('that is cut off, not JSON or not UTF-8 is refused', async () => {
    expect(await ask('POST', doors, { body: '{"colour":"red"' })).toMatchObject({ status: 400, body: { code: 'json-malformed' } });
    const notUtf8 = await ask('POST', doors, { body: Uint8Array.of(0x22, 0xff, 0x22), headers: { 'content-type': 'application/json' } });
    expect(notUtf8).toMatchObject({ status: 400, body: { code: 'body-not-utf8' } });
  });

  test('that is too large is refused by our limit, whether it says its length or not', async () => {
    const large = ` ${red}`.padStart(bodyLimits.bodyBytesMax + 1);
    expect(await ask('POST', doors, { body: large })).toMatchObject({ status: 413, body: { code: 'body-too-large', details: { limit: bodyLimits.bodyBytesMax } } });
    const stream = new ReadableStream({ start: (controller) => (controller.enqueue(Buffer.from(large)), controller.close()) });
    const chunked = await fetch(`${await app.nest.getUrl()}${doors}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.get('administrator')}`, 'content-type': 'application/json', 'idempotency-key': 'chunked' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/jsonx', 'garbage'])('of type %s is not even read', async (type) =>
    expect(await ask('POST', doors, { body: red, headers: { 'content-type': type } })).toMatchObject({ status: 415, body: { code: 'content-type-unsupported' } }));

  test.each(['utf-16', 'euc-kr', '"utf-16le"'])('of charset %s is not even read, as UTF-8 it is', async (charset) => {
    const answer = await ask('POST', doors, { body: red, headers: { 'content-type': `application/json; charset=${charset}` } });
    expect(answer).toMatchObject({ status: 415, body: { code: 'charset-unsupported', errors: [{ pointer: 'header:Content-Type' }] } });
    expect((await ask('POST', doors, { body: red, headers: { 'content-type': 'application/json;Charset="UTF-8"' } })).status).toBe(201);
    expect((await ask('PUT', '/rim/papers/a', { body: new Uint8Array(3), headers: { 'content-type': `application/pdf; charset=${charset}` } })).status).toBe(200);
  });

  test('in a coding is not even read, as plain bytes it is', async () => {
    expect(await ask('POST', doors, { body: red, headers: { 'content-encoding': 'gzip' } })).toMatchObject({ status: 415, body: { code: 'content-encoding-unsupported', errors: [{ pointer: 'header:Content-Encoding' }] } });
    expect((await ask('POST', doors, { body: red, headers: { 'content-encoding': 'identity' } })).status).toBe(201);
  });

  type Pause = { readonly after: number; readonly until: Promise<void> };
  /** So many, which pause after some of them. */
  const mebibytes = async function* (count: number, pause?: Pause): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < count; sent += 1) {
      if (sent === pause?.after) await pause.until;
      for (let part = 0; part < 16; part += 1) yield new Uint8Array(65_536).fill(part);
    }
  };
  /** By hand, since `fetch` keeps what it has sent until the answer. */
  const send = async (key: string, count: number, pause?: Pause): Promise<{ readonly status: number; readonly body: unknown }> => {
    const headers = { authorization: `Bearer ${tokens.get('administrator')}`, 'content-type': 'application/pdf', 'idempotency-key': key };
    const url = `${await app.nest.getUrl()}/rim/papers/a`;
    return new Promise((resolve, reject) => {
      const sending = request(url, { method: 'PUT', headers, agent: false }, (response) => void json(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject));
      const source = Readable.from(mebibytes(count, pause), { objectMode: false });
      // What is refused on the way is not sent to its end.
      sending.on('error', reject).on('response', () => source.destroy());
      source.pipe(sending);
    });
  };
  const received = (): number => readdirSync(join(directory, 'received')).reduce((sum, name) => sum + statSync(join(directory, 'received', name)).size, 0);

  test('of bytes goes to a file as it comes: twelve of 16 MiB at once are never in memory, and nothing of them is left', async () => {
    const heldMax = 32 * 1_048_576;
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().arrayBuffers;
    let finish: () => void = () => undefined;
    const finishing = new Promise<void>((resolve) => (finish = resolve));
    const answers = Array.from({ length: 12 }, (_, n) => send(`large-${n}`, 16, { after: 15, until: finishing }));
    while (received() < 12 * 15 * 1_048_576) await new Promise((resolve) => setTimeout(resolve, 10));
    const held = (): number => process.memoryUsage().arrayBuffers - before;
    // What was thrown away is not always counted off at once.
    for (let tries = 0; held() > heldMax && tries < 50; tries += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    finish();
    expect(held()).toBeLessThan(heldMax);
    for (const answer of answers) expect(await answer).toMatchObject({ status: 200, body: { bytes: 16 * 1_048_576 } });
    await left();
  });

  test('of more bytes than the limit is refused on the way, one that breaks off too, and nothing of them is left', async () => {
    expect((await send('too-large', 17)).status).toBe(413);
    const breaking = new AbortController();
    const sending = fetch(`${await app.nest.getUrl()}/rim/papers/a`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${tokens.get('administrator')}`, 'content-type': 'application/pdf', 'idempotency-key': 'breaks' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1_000)) }),
      duplex: 'half',
      signal: breaking.signal,
    } as RequestInit);
    setTimeout(() => breaking.abort(), 100);
    await expect(sending).rejects.toThrow();
    await left();
  });

  const left = async (): Promise<void> => {
    for (let tries = 0; readdirSync(join(directory, 'received')).length > 0 && tries < 200; tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readdirSync(join(directory, 'received'))).toEqual([]);
  };

  test('of bytes is taken by the route that says so, and JSON is not', async () => {
    const pdf = { 'content-type': 'application/pdf' };
    expect((await ask('PUT', '/rim/papers/a', { body: new Uint8Array(300_000), headers: pdf })).body).toEqual({ bytes: 300_000, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect((await ask('PUT', '/rim/papers/a', { body: '{}' })).status).toBe(415);
  });

  test('leaves nothing behind when it is refused', async () => {
    const before = await store.head();
    for (const body of ['{"colour":"red","width":1', '{"colour":1}', '']) await ask('POST', doors, { body });
    expect(await store.head()).toBe(before);
  });
});

describe('an address', () => {
  test.each([
    ['GET', '/nowhere', 404, 'route-unknown'],
    ['GET', '/rim/%zz', 400, 'request-malformed'],
    ['GET', '/rim/../../etc/passwd', 404, 'route-unknown'],
    ['GET', '/rim/..%2f..%2fetc%2fpasswd', 404, 'route-unknown'],
    ['POST', '/rim/open', 404, 'route-unknown'],
    ['POST', '/doors/programmes/not-a-uuid/doors', 400, 'request-invalid'],
    ['POST', `/doors/programmes/${programmeId}/doors/x%00/closing`, 400, 'request-invalid'],
    ['GET', `/rim/${'a'.repeat(5000)}`, 404, 'route-unknown'],
  ])('%s %s is answered by %i %s', async (method, path, status, code) =>
    expect(await ask(method, path, method === 'GET' ? {} : { body: red })).toMatchObject({ status, body: { code } }));

  test('with a header field that is too large is refused in a problem document', async () => {
    const answer = await ask('GET', '/rim/open', { headers: { 'x-large': 'a'.repeat(20_000) } });
    expect(answer).toMatchObject({ status: 431, body: { code: 'request-headers-too-large' } });
  });
});

describe('access', () => {
  test('to a route that nobody declared is refused, whoever asks', async () => {
    for (const as of ['nobody', 'administrator', 'auditor']) expect(await ask('GET', '/rim/undeclared', { as })).toMatchObject({ status: 403, body: { code: 'route-undeclared' } });
  });

  test('to an open route needs no token, and a bad one does not close it', async () => {
    expect((await ask('GET', '/rim/open', { as: 'nobody' })).body).toEqual({ open: true });
    expect((await ask('GET', '/rim/open', { as: 'nobody', headers: { authorization: 'Bearer x' } })).status).toBe(200);
  });

  test.each([undefined, 'Bearer', 'Bearer a b', 'Basic YTpi', `Bearer ${'a'.repeat(9000)}`])('with the authorization %s is refused', async (authorization) => {
    const refused = await ask('GET', '/rim/whoami', { as: 'nobody', headers: authorization === undefined ? {} : { authorization } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('without the role is refused, and the role is named', async () => {
    expect(await ask('GET', '/rim/operators', { as: 'somebody' })).toMatchObject({ status: 403, body: { code: 'role-missing', details: { roles: 'operator' } } });
    expect(await ask('POST', doors, { as: 'somebody', body: red })).toMatchObject({ status: 403, body: { details: { roles: 'administrator, doorkeeper' } } });
  });

  test('of an auditor is to everything that is read and to nothing that is done', async () => {
    expect((await ask('GET', '/rim/operators', { as: 'auditor' })).status).toBe(200);
    expect((await ask('POST', doors, { as: 'auditor', body: red })).status).toBe(403);
  });

  test('tells the handler who asks', async () =>
    expect((await ask('GET', '/rim/whoami', { headers: { 'accept-language': 'ko' } })).body).toEqual({ subject: 'ahn', name: '안', language: 'ko', platformRoles: ['administrator'], roles: [] }));
});

describe('the process', () => {
  test('says nothing of what failed in it, and logs it once with its trace', async () => {
    logged.length = 0;
    const { status, body } = await ask('GET', '/rim/broken');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('1234');
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ level: 'error', trace: (body['details'] as { trace: string }).trace, err: { message: 'the secret is 1234' } });
  });

  test('answers a code without a sentence as its own fault', async () => {
    logged.length = 0;
    expect(await ask('GET', '/rim/unspoken')).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(logged.join()).toContain('never-put-into-words');
  });

  test('sends security headers with every answer', async () => {
    const { headers } = await ask('GET', '/docs');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('counts requests by route pattern, never by address', async () => {
    const { body } = await ask('GET', '/metrics');
    expect(body['text']).toContain('route="/doors/programmes/:programmeId/doors"');
    expect(body['text']).not.toContain(programmeId);
  });

  test('describes every route in OpenAPI 3.1, with who may use it, its body and an example', async () => {
    const { body } = await ask('GET', '/openapi.json');
    expect(body['openapi']).toBe('3.1.0');
    const paths = body['paths'] as Record<string, Record<string, object>>;
    expect(Object.entries(paths).flatMap(([, verbs]) => Object.keys(verbs))).toHaveLength(routesOf(app.nest).length);
    expect(paths['/doors/programmes/{programmeId}/doors']?.['post']).toMatchObject({
      security: [{ bearer: [] }],
      description: expect.stringContaining('doorkeeper'),
      parameters: expect.arrayContaining([expect.objectContaining({ name: 'Idempotency-Key', required: true })]),
      requestBody: { content: { 'application/json': { example: { colour: 'red', width: 90 }, schema: { properties: { width: { type: 'integer' } }, additionalProperties: false } } } },
      responses: { 201: { content: { 'application/json': { schema: { required: ['id', 'stream', 'revision', 'position'] } } } } },
    });
  });

  test('is live before it is ready', async () => {
    expect((await ask('GET', '/health/live', { as: 'nobody' })).status).toBe(200);
    expect(await ask('GET', '/health/ready', { as: 'nobody' })).toMatchObject({ status: 503, body: { status: 'not-ready' } });
  });
});
