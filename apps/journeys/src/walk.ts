import { setTimeout as pause } from 'node:timers/promises';
import type { Addresses, Person } from './client.js';
import type { LogContent } from './compare.js';

type Operation = {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
};
type OpenApi = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
type Route = { readonly method: string; readonly path: string; readonly operation: Operation; readonly parameters: readonly string[] };
type Answer = { readonly status: number; readonly body: unknown };
type Ask = (method: string, url: string, person: Person | null, operation?: Operation) => Promise<Answer>;
type Ids = Readonly<Record<string, readonly string[]>>;

/** What everybody who is signed in may read of a programme: what it is, what it calls for, by which rules, and of themselves. */
const open: readonly RegExp[] = [
  /^\/applications\/programmes(\/\{programmeId\}(\/calls(\/\{callId\})?|\/organisations(\/\{organisationId\})?|\/rulebook\/(in-force|versions(\/\{version\})?))?)?$/,
  /\/roles\/mine$/,
];
/** What an operator reads beside. Their commands are asked for in tests of the host: they would act. */
const operated: readonly RegExp[] = [/^\/[a-z-]+\/operations\//, /^\/applications\/programmes\/\{programmeId\}\/process$/];

const roles = ['programme-administrator', 'conflict-officer', 'committee-member', 'panel-chair', 'gpu-operator', 'finance-officer'] as const;
const person = (subject: string, ...platformRoles: string[]): Person => ({ subject, name: subject, roles: platformRoles });
const administrator = person('walk-administrator', 'administrator');
const [stranger, operator, rival] = [person('walk-stranger'), person('walk-operator', 'operator'), person('walk-rival')];

export type Walked = { readonly asked: number; readonly faults: readonly string[] };

/**
 * After a story, every route is asked with the ids of what the story made: by nobody, by a stranger, by an operator, and by somebody who holds
 * every role of another programme, there and here. Whatever is not a refusal, and not open to everybody, is a fault; and nothing is recorded.
 */
export const walkAsOthers = async (addresses: Addresses, log: LogContent): Promise<Walked> => {
  const ask = asking(addresses);
  const { paths } = (await ask('GET', '/openapi.json', null)).body as OpenApi;
  const routes = Object.entries(paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, operation]): Route => ({ method: method.toUpperCase(), path, operation, parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '') })));
  const ids = idsOf(log);
  const guarded = routes.filter(({ operation }) => operation.security !== undefined);
  const unknown = [...new Set(guarded.flatMap(({ parameters }) => parameters))].filter((name) => ids[name] === undefined).map((name) => `the walk does not know what {${name}} is`);
  const elsewhere = await programmeOf(ask, routes);
  const before = await eventsIn(ask);
  const walks = [
    { as: null, routes: guarded, ids, allowed: [] },
    { as: stranger, routes: guarded, ids, allowed: open },
    { as: operator, routes: guarded.filter(({ method, path }) => method === 'GET' || !path.includes('/operations/')), ids, allowed: [...open, ...operated] },
    { as: rival, routes: guarded.filter(({ parameters }) => parameters.includes('programmeId')), ids, allowed: open },
    { as: rival, routes: guarded.filter(({ parameters }) => parameters.includes('programmeId') && parameters.length > 1), ids: { ...ids, programmeId: [elsewhere] }, allowed: [/\/roles\/mine$/] },
  ];
  const found = { asked: 0, faults: [...unknown] };
  for (const each of walks) await walk(ask, each, found);
  const after = await eventsIn(ask);
  if (after !== before) found.faults.push(`strangers had ${after - before} events recorded`);
  return found;
};

type Walk = { readonly as: Person | null; readonly routes: readonly Route[]; readonly ids: Ids; readonly allowed: readonly RegExp[] };

const walk = async (ask: Ask, { as, routes, ids, allowed }: Walk, found: { asked: number; faults: string[] }): Promise<void> => {
  for (const { method, path, operation, parameters } of routes) {
    const times = Math.max(1, ...parameters.map((name) => (ids[name] ?? []).length));
    for (let nth = 0; nth < times; nth += 1) {
      const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name]?.[nth % (ids[name]?.length ?? 1)] ?? '1')) + queryOf(operation);
      const answer = await ask(method, url, as, operation);
      found.asked += 1;
      const isOpen = method === 'GET' && allowed.some((form) => form.test(path));
      if (!isRefused(as, answer) && !(isOpen && answer.status < 300) && !isEmpty(answer)) found.faults.push(`${as?.subject ?? 'nobody'}: ${method} ${url} answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
    }
  }
};

/** Without a token nothing else is said; with one, what is wrong with the request itself may be. */
const isRefused = (as: Person | null, { status }: Answer): boolean => (as === null ? status === 401 : status >= 400 && status < 500 && status !== 401);

/** A list of what is the asker's own, which is nothing. */
const isEmpty = ({ status, body }: Answer): boolean => status === 200 && typeof body === 'object' && body !== null && 'items' in body && Array.isArray(body.items) && body.items.length === 0;

const queryOf = ({ parameters = [] }: Operation): string => {
  const required = parameters.filter((each) => each.in === 'query' && each.required === true).map(({ name, example }) => `${name}=${encodeURIComponent(String(example ?? '2026-01-01'))}`);
  return required.length === 0 ? '' : `?${required.join('&')}`;
};

/** Ids of what the log holds, by the names that paths give them; a few of each. */
const idsOf = (log: LogContent): Ids => {
  const streams = [...log.keys()];
  const of = (category: string): readonly string[] => streams.filter((stream) => stream.startsWith(`${category}-`)).map((stream) => stream.slice(category.length + 1)).slice(0, 3);
  const events = [...log.values()].flat().map(({ data }) => data);
  const said = (field: string): readonly string[] => [...new Set(events.map((data) => data[field]).filter((value) => typeof value === 'string'))].slice(0, 3);
  const teams = of('agreementProcess');
  const [callId = ''] = of('call');
  const within = (field: string, key: string): readonly string[] =>
    [...new Set(events.flatMap((data) => (data[field] as Readonly<Record<string, string>> | undefined)?.[key] ?? []))].slice(0, 3);
  const fields: readonly [string, readonly string[]][] = [
    ['instalmentId', said('instalmentId')],
    ['name', within('attachment', 'name')],
    ['factId', within('fact', 'factId')],
  ];
  const kinds = ['programme', 'application', 'call', 'organisation', 'agreement', 'assessment', 'grant', 'reviewer', 'objection'].map((kind): [string, readonly string[]] => [`${kind}Id`, of(kind)]);
  return { ...Object.fromEntries([...fields, ...kinds]), round: said('roundId').map((roundId) => `${callId}.${roundId}`), team: teams, teamId: teams, entityId: teams, version: ['1'], stream: streams.slice(0, 3), view: ['agreements'] };
};

/** Another programme, all of whose roles the rival holds, and every service knows it. */
const programmeOf = async (ask: Ask, routes: readonly Route[]): Promise<string> => {
  const creating = routes.find(({ method, path }) => method === 'POST' && path === '/applications/programmes')!;
  const { id } = (await ask('POST', creating.path, administrator, creating.operation)).body as { readonly id: string };
  for (const role of roles) await ask('POST', `/applications/programmes/${id}/roles`, administrator, { requestBody: { content: { 'application/json': { example: { subject: rival.subject, role } } } } });
  for (const service of ['applications', 'review', 'gpu-grants', 'funding'])
    for (let tries = 0; ; tries += 1) {
      const { body } = await ask('GET', `/${service}/programmes/${id}/roles/mine`, rival);
      if ((body as { readonly roles?: readonly string[] }).roles?.length === roles.length) break;
      if (tries > 200) throw new Error(`${service} does not come to know the roles of ${rival.subject}`);
      await pause(50);
    }
  return id;
};

const eventsIn = async (ask: Ask): Promise<number> => ((await ask('GET', '/audit-ledger/summary', person('walk-auditor', 'auditor'))).body as { readonly events: number }).events;

/** The example of the route's own description, or what stands for any bytes. */
const sampleOf = (operation: Operation | undefined): { readonly type: string; readonly body: string } | undefined => {
  const [type, sample] = Object.entries(operation?.requestBody?.content ?? {})[0] ?? [];
  if (type === undefined) return undefined;
  return { type, body: type.includes('json') ? JSON.stringify(sample?.example ?? {}) : '%PDF-1.7' };
};

const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  return text !== '' && (response.headers.get('content-type') ?? '').includes('json') ? (JSON.parse(text) as unknown) : text;
};

const asking = ({ api, issuer }: Addresses): Ask => {
  const tokens = new Map<string, string>();
  let keys = 0;
  const tokenOf = async ({ subject, name, roles: held }: Person): Promise<string> => {
    const known = tokens.get(subject);
    if (known !== undefined) return known;
    const response = await fetch(`${issuer}/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ subject, name, roles: held }) });
    const { access_token: token } = (await response.json()) as { readonly access_token: string };
    tokens.set(subject, token);
    return token;
  };
  const ask: Ask = async (method, url, as, operation) => {
    const sample = sampleOf(operation);
    const headers = {
      ...(as !== null && { authorization: `Bearer ${await tokenOf(as)}` }),
      ...(method !== 'GET' && { 'idempotency-key': `walk-${(keys += 1)}` }),
      ...(sample !== undefined && { 'content-type': sample.type }),
    };
    const response = await fetch(`${api}${url}`, { method, headers, ...(sample !== undefined && { body: sample.body }) });
    const body = await bodyOf(response);
    return response.status === 429 ? pause(100).then(() => ask(method, url, as, operation)) : { status: response.status, body };
  };
  return ask;
};
