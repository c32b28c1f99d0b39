import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LogContent } from './compare.js';
import { walkAsOthers } from './walk.js';

/** A platform of three routes, which lets in whom it is told to. */
const programmeId = '11111111-1111-4111-8111-111111111111';
const route = { security: [{ bearer: [] }], requestBody: { content: { 'application/json': { example: {} } } } };
const paths = {
  '/applications/programmes': { post: route },
  '/review/programmes/{programmeId}/assessments/{assessmentId}': { get: { security: [{ bearer: [] }] } },
  '/review/programmes/{programmeId}/assessments/{assessmentId}/scores': { post: route },
};
const letIn = { path: '', as: '' };
let [server, events, url]: [Server | undefined, number, string] = [undefined, 7, ''];

const subjectOf = (authorization = ''): string => authorization.replace('Bearer ', '');
const statusOf = (path: string, as: string): number => {
  if (as === '') return letIn.as === 'nobody' && path.endsWith(letIn.path) ? 200 : 401;
  return letIn.path !== '' && path.endsWith(letIn.path) && as === letIn.as ? 200 : 403;
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const [path = '', as] = [request.url, subjectOf(request.headers.authorization)];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (path === '/openapi.json') return answer(200, { paths });
      if (path === '/token') return answer(200, { access_token: (JSON.parse(Buffer.concat(chunks).toString()) as { subject: string }).subject });
      if (path === '/audit-ledger/summary') return answer(200, { events });
      if (path.endsWith('/roles/mine')) return answer(200, { roles: Array.from({ length: 6 }) });
      if (as === 'walk-administrator') return answer(201, { id: 'other' });
      const status = statusOf(path, as);
      if (status === 200 && request.method === 'POST') events += 1;
      return answer(status, {});
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server?.address() as AddressInfo).port}`;
});
afterAll(() => void server?.close());

const log: LogContent = new Map([
  [`programme-${programmeId}`, [{ type: 'programme-created', data: {}, causedBy: null }]],
  ['assessment-one', [{ type: 'assessment-made', data: {}, causedBy: null }]],
]);
const walked = () => walkAsOthers({ api: url, issuer: url }, log);

describe('a walk as others', () => {
  test('finds nothing where everybody is refused', async () => expect(await walked()).toEqual({ asked: 3 + 3 + 3 + 2 + 2, faults: [] }));

  test.each(['walk-stranger', 'walk-operator', 'walk-rival', 'nobody'])('finds what %s could read', async (as) => {
    Object.assign(letIn, { path: '/assessments/one', as });
    const { faults } = await walked();
    expect(faults).toContainEqual(expect.stringContaining(`${as}: GET /review/programmes/${programmeId}/assessments/one answered 200`));
  });

  test('finds what somebody of another programme could do there with what is here', async () => {
    Object.assign(letIn, { path: '/programmes/other/assessments/one/scores', as: 'walk-rival' });
    const { faults } = await walked();
    expect(faults).toEqual([expect.stringContaining('walk-rival: POST /review/programmes/other/assessments/one/scores answered 200'), 'strangers had 1 events recorded']);
  });

  test('says which parameter of a path it cannot fill', async () => {
    Object.assign(letIn, { path: '', as: '' });
    Object.assign(paths, { '/review/{colour}': { get: { security: [] } } });
    expect((await walked()).faults).toEqual(['the walk does not know what {colour} is']);
  });
});
