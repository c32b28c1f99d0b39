import replyFrom from '@fastify/reply-from';
import { docsPage, docsScript, docsStyle, hostProblem, listenerTls, Metrics, ProblemCatalogue, ProblemFilter, securityHeaders, startLogs, startTracing, type HealthReport, type Traced, type Tracing } from '@program-ledger/host';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnreached, problemOf } from './failures.js';
import type { GatewaySettings } from './gateway-settings.js';
import { Instances } from './instances.js';
import { WholeSystem } from './whole-system.js';

export type Gateway = { readonly url: string; readonly stop: () => Promise<void> };

type Passing = FastifyRequest & { traced?: Traced };

/** One listener with the paths of the embedded platform before services that run apart. It believes nobody and decides nothing: tokens are the services' to check. */
export const startGateway = async (settings: GatewaySettings): Promise<Gateway> => {
  const services = [...settings.GATEWAY_UPSTREAMS].map(([service, origins]) => new Instances(service, origins));
  const { LEDGER_OTLP_URL: otlpUrl, LEDGER_LOG_LEVEL: level } = settings;
  const tracing = await startTracing({ service: 'gateway', ...(otlpUrl !== undefined && { otlpUrl }) });
  const filter = new ProblemFilter(new ProblemCatalogue(), startLogs({ level, process: 'gateway' }));
  const draining = { now: false };
  const app = listener(filter, settings);
  observe(app, { tracing, metrics: new Metrics(), draining });
  ownRoutes(app, new WholeSystem(services), draining);
  await passOn(app, services, settings.GATEWAY_TIMEOUT_SECONDS);
  const url = await app.listen({ host: settings.LEDGER_HOST, port: settings.LEDGER_PORT });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    draining.now = true;
    await Promise.race([app.close(), sleep(settings.LEDGER_DRAIN_SECONDS * 1_000, undefined, { ref: false })]);
    await tracing.stop();
  };
  return { url, stop: () => (stopped ??= stop()) };
};

/** Headers of 16 KiB and times as the services have them. Bodies pass as they come: how large one may be is for the service to say. */
const listener = (filter: ProblemFilter, settings: GatewaySettings): FastifyInstance => {
  const app = fastify({
    https: listenerTls(settings),
    bodyLimit: Number.MAX_SAFE_INTEGER,
    requestTimeout: 60_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => filter.answer(error, request, reply as unknown as FastifyReply),
    clientErrorHandler: (error, socket) => filter.hangUp(error, socket),
  });
  app.setErrorHandler((error, request, reply) => filter.answer(error, request, reply));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  return app;
};

type Observing = { readonly tracing: Tracing; readonly metrics: Metrics; readonly draining: { readonly now: boolean } };

/** A span and a measurement for every request; its trace goes on into the service. */
const observe = (app: FastifyInstance, { tracing, metrics, draining }: Observing): void => {
  const routeOf = (request: FastifyRequest): string => `/${segmentOf(request.url)}`;
  app.addHook('onRequest', (request: Passing, reply, done) => {
    const parent = request.headers.traceparent;
    request.traced = tracing.begin({ name: `${request.method} ${routeOf(request)}`, kind: 'server', parent: typeof parent === 'string' ? parent : undefined, attributes: { 'http.request.method': request.method } });
    reply.headers(securityHeaders).header('x-trace-id', request.traced.traceId);
    done();
  });
  // A connection that is kept for a next request would keep the listener open for as long.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining.now) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request: Passing, reply, done) => {
    const status = reply.statusCode;
    metrics.http({ method: request.method, route: routeOf(request), status: String(status) }, reply.elapsedTime / 1_000);
    request.traced?.end({ attributes: { 'http.response.status_code': status }, ...(status >= 500 && { error: `status ${status}` }) });
    done();
  });
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.registry.metrics()));
};

const segmentOf = (url: string): string => /^\/([^/?#]*)/.exec(url)?.[1] ?? '';

/** The paths that are of no service: what the embedded platform answers there, of all services together. */
const ownRoutes = (app: FastifyInstance, system: WholeSystem, draining: { readonly now: boolean }): void => {
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply): Promise<HealthReport> => {
    const report = await system.health();
    const status = draining.now ? 'not-ready' : report.status;
    if (status === 'not-ready') reply.status(503);
    return { ...report, status };
  });
  app.get('/openapi.json', () => system.openApi());
  app.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(docsPage));
  app.get('/docs/page.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(docsScript));
  app.get('/docs/page.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(docsStyle));
  app.get('/problems', () => system.problems());
  app.get<{ Params: { owner: string; code: string } }>('/problems/:owner/:code', async ({ params: { owner, code } }) => {
    const found = (await system.problems()).find((line) => line.owner === owner && line.code === code);
    if (found === undefined) throw hostProblem('not-found');
    return found;
  });
};

/** Everything else goes, as it is, to the service that its first segment names. */
const passOn = async (app: FastifyInstance, services: readonly Instances[], seconds: number): Promise<void> => {
  await app.register(replyFrom, {
    disableCache: true,
    undici: { headersTimeout: seconds * 1_000, bodyTimeout: seconds * 1_000, connect: { timeout: 5_000 }, connections: 256, pipelining: 1, keepAliveTimeout: 5_000 },
    disableRequestLogging: true,
  });
  const bySegment = new Map(services.map((instances) => [instances.service, instances]));
  app.setNotFoundHandler((request: Passing, reply) => {
    const instances = bySegment.get(segmentOf(request.url));
    if (instances === undefined) throw hostProblem('route-unknown');
    const origin = instances.take();
    return reply.from(`${origin}${request.url}`, {
      retriesCount: 0,
      rewriteRequestHeaders: (_request, headers) => withTrace(headers as IncomingHttpHeaders, request.traced),
      onError: (_reply, { error }) => {
        if (isUnreached(error)) instances.failed(origin);
        app.errorHandler(problemOf(error, instances.service, seconds), request, reply);
      },
    });
  });
};

/** The trace goes on; what a client says of its own way here is not believed. */
const withTrace = (headers: IncomingHttpHeaders, traced: Traced | undefined): IncomingHttpHeaders => {
  const { forwarded: _, ...rest } = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-forwarded-')));
  return { ...rest, ...(traced !== undefined && { traceparent: traced.traceparent }) };
};
