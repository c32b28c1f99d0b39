import type { JsonObject } from '@program-ledger/event-sourcing';
import { listLimits } from '@program-ledger/contracts/vocabulary';
import { z } from 'zod';
import type { Access } from '../identity/access.js';
import { firstSegment } from '../service/services.js';
import type { Route } from './routes.js';

export const commandAnswerSchema = z
  .strictObject({
    id: z.string(),
    stream: z.string(),
    revision: z.int().nonnegative().nullable(),
    position: z.string().regex(/^\d+$/),
  })
  .meta({ description: 'What was changed, its revision (also the ETag) and the position in the log (what X-Min-Position takes).' });

export type ApiInfo = { readonly title: string; readonly version: string; readonly servers: readonly string[]; readonly titles: ReadonlyMap<string, string> };

/** OpenAPI 3.1 of the routes: parameters and bodies from the zod schemas that parse them, answers and examples from `@ApiDoc`. */
export const openApiOf = (routes: readonly Route[], { title, version, servers, titles }: ApiInfo): JsonObject =>
  plain({
    openapi: '3.1.0',
    info: { title, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: servers.map((url) => ({ url })),
    tags: [...new Set(routes.map((route) => tagOf(route, titles)))].map((name) => ({ name, description: titles.get(name) ?? 'The process itself' })),
    paths: pathsOf(routes, titles),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
      responses: { Problem: { description: 'RFC 9457 problem details', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } } },
    },
  });

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', description: 'Path of the page that explains the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable.' },
    detail: { type: 'string', description: 'In Korean or English, by Accept-Language.' },
    details: { type: 'object', description: 'The parameters of the sentence.' },
    errors: { type: 'array', items: { type: 'object', properties: { pointer: { type: 'string', description: 'JSON pointer into the body, or path:, query:, header: and a name.' }, detail: { type: 'string' } } } },
    rules: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' }, facts: { type: 'object' } } } },
  },
};

type Titles = ApiInfo['titles'];

const pathsOf = (routes: readonly Route[], titles: Titles) => {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[templated(route.path)] ??= {})[route.method.toLowerCase()] = operation(route, tagOf(route, titles));
  return paths;
};

const tagOf = ({ path }: Route, titles: Titles): string => (titles.has(firstSegment(path)) ? firstSegment(path) : 'host');
const templated = (path: string): string => path.replace(/:(\w+)/g, '{$1}');
const changes = ({ method }: Route): boolean => method !== 'GET';
const isPublic = ({ accesses }: Route): boolean => accesses.some(({ kind }) => kind === 'public');

const operation = (route: Route, tag: string) => {
  const { doc, status } = route;
  return {
    operationId: route.handler,
    tags: [tag],
    summary: doc?.summary ?? route.handler,
    description: [doc?.description, ...route.accesses.map(accessSentence)].filter((line) => line !== undefined).join('\n\n'),
    ...(!isPublic(route) && { security: [{ bearer: [] }] }),
    parameters: [...route.parameters.map(parameter), ...offered(route)],
    ...requestBody(route),
    responses: { [status]: success(route), ...(changes(route) ? {} : { 304: { description: 'As `If-None-Match` says it is known.' } }), default: { $ref: '#/components/responses/Problem' } },
  };
};

const accessSentence = (access: Access): string => {
  switch (access.kind) {
    case 'public':
      return `Open to everybody: ${access.reason}.`;
    case 'platform-roles':
      return `For the platform roles: ${access.roles.join(', ')}.`;
    case 'programme-roles':
      return `For the roles in the programme: ${access.roles.join(', ')}.`;
    case 'authenticated':
      return `For anybody with a token: ${access.reason}.`;
  }
};

const parameter = ({ in: place, name, schema }: Route['parameters'][number]) => ({
  in: place,
  name,
  required: place === 'path' || (schema !== undefined && !schema.safeParse(undefined).success),
  schema: schema === undefined ? { type: 'string' } : jsonSchemaOf(schema, 'input'),
});

const query = (name: string, description: string, schema: object) => ({ in: 'query', name, required: false, description, schema });
const header = (name: string, description: string, required = false) => ({ in: 'header', name, required, description, schema: { type: 'string' } });

/** Parameters that the host adds. */
const offered = (route: Route) => {
  if (changes(route))
    return isPublic(route) ? [] : [header('Idempotency-Key', 'Repeat a request with the same key and it is done once.', true), header('If-Match', 'ETag of what you saw; otherwise 412.')];
  return [
    ...(route.asOf ? [query('asOf', 'A position of the log, or an instant (UTC, milliseconds).', { type: 'string' }), query('programmeAsOf', 'A programme time.', { type: 'string', format: 'date-time' })] : []),
    ...(route.paged ? [query('cursor', '`next` of the page before.', { type: 'string' }), query('limit', 'Rows.', { type: 'integer', minimum: 1, maximum: listLimits.pageSizeMax, default: listLimits.pageSizeDefault })] : []),
    ...(route.asOf ? [header('X-Min-Position', 'Wait until the views have come to this position.'), header('Prefer', '`wait=<s>`: with If-None-Match, wait for a change.'), header('If-None-Match', 'ETag that is known.')] : []),
  ];
};

const requestBody = ({ body, acceptsBytes, doc }: Route) => {
  if (acceptsBytes.length > 0) return { requestBody: { required: true, content: Object.fromEntries(acceptsBytes.map((type) => [type, { schema: {} }])) } };
  if (body === undefined) return {};
  const example = doc?.example?.body;
  return { requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(body, 'input'), ...(example !== undefined && { example }) } } } };
};

const success = (route: Route) => {
  const { doc } = route;
  const answer = doc?.answer ?? (changes(route) ? commandAnswerSchema : undefined);
  const example = doc?.example?.answer;
  return {
    description: changes(route) ? 'Done, or done before under the same key.' : 'As of the position in X-Log-Position.',
    headers: { ETag: { schema: { type: 'string' } }, 'X-Log-Position': { schema: { type: 'string' } } },
    ...(answer !== undefined && { content: { 'application/json': { schema: jsonSchemaOf(answer, 'output'), ...(example !== undefined && { example }) } } }),
  };
};

const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

/** As JSON, so that the document is what is sent and nothing else. */
const plain = (document: object): JsonObject => JSON.parse(JSON.stringify(document)) as JsonObject;
