import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '@program-ledger/event-sourcing';
import type { Logger } from 'pino';
import { ApiController, HealthController, MetricsController, OPEN_API } from './host.controllers.js';
import { CommandKeys } from './http/command-keys.js';
import { registerContent } from './http/content.js';
import { ExchangeInterceptor } from './http/exchange.interceptor.js';
import { openApiOf } from './http/openapi.js';
import { ProblemCatalogue } from './http/problem-catalogue.js';
import { ProblemFilter } from './http/problem.filter.js';
import { headerOf, type HostRequest } from './http/requests.js';
import { routesOf } from './http/routes.js';
import { securityHeaders } from './http/security-headers.js';
import type { ListenerTls } from './http/tls.js';
import { Traffic, type TrafficLimits } from './http/traffic.js';
import { ValidationPipe } from './http/validation.js';
import { AccessGuard } from './identity/access-guard.js';
import { Tokens, type IdentitySettings } from './identity/tokens.js';
import { Services } from './service/services.js';
import { Health } from './telemetry/health.js';
import { nestLogger } from './telemetry/logs.js';
import { Metrics } from './telemetry/metrics.js';
import type { Tracing } from './telemetry/tracing.js';

/** What stands around the services of one process. */
export type Surroundings = {
  readonly identity: IdentitySettings;
  readonly traffic: TrafficLimits;
  readonly tls: ListenerTls | null;
  readonly logs: Logger;
  readonly tracing: Tracing;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly services: Services;
  readonly catalogue: ProblemCatalogue;
  readonly version: string;
  /** Holds what is being received. */
  readonly directory: string;
};

export type HostApp = {
  readonly nest: NestFastifyApplication;
  readonly traffic: Traffic;
  /** The OpenAPI document of everything that is routed. */
  readonly openApi: JsonObject;
};

@Module({})
class HostModule {}

/** Nest on Fastify with everything that no service should have to think of; not yet listening. */
export const createApp = async (surroundings: Surroundings, modules: readonly DynamicModule[]): Promise<HostApp> => {
  const { logs, services, catalogue } = surroundings;
  const filter = new ProblemFilter(catalogue, logs);
  const traffic = new Traffic(surroundings.traffic);
  const openApi: { current: JsonObject } = { current: {} };
  for (const { definition } of services.all()) catalogue.add(definition.name, definition.rejections);
  const adapter = fastifyAdapter(filter, surroundings.tls);
  const host = hostModule(surroundings, modules, [
    { provide: APP_FILTER, useValue: filter },
    { provide: Traffic, useValue: traffic },
    { provide: OPEN_API, useValue: openApi },
  ]);
  const nest = await NestFactory.create<NestFastifyApplication>(host, adapter, { logger: nestLogger(logs), abortOnError: false, bodyParser: false });
  observe(nest, surroundings, traffic);
  const titles = new Map(services.all().map(({ definition }) => [definition.name, definition.title]));
  openApi.current = openApiOf(routesOf(nest), { title: 'program-ledger', version: surroundings.version, servers: ['/'], titles });
  return { nest, traffic, openApi: openApi.current };
};

/** Bodies of ten seconds, headers of 16 KiB, parameters of 200 characters; what fails before Nest is answered like everything else. */
const fastifyAdapter = (filter: ProblemFilter, tls: ListenerTls | null): FastifyAdapter => {
  const failed = (error: Error, request: unknown, reply: unknown): void => filter.answer(error, request as FastifyRequest, reply as FastifyReply);
  return new FastifyAdapter({
    ...(tls !== null && { https: tls }),
    skipMiddie: true,
    routerOptions: { maxParamLength: 200 },
    requestTimeout: 60_000,
    keepAliveTimeout: 10_000,
    return503OnClosing: true,
    trustProxy: false,
    frameworkErrors: failed,
    clientErrorHandler: (error, socket) => filter.hangUp(error, socket),
  });
};

const hostModule = (surroundings: Surroundings, modules: readonly DynamicModule[], providers: readonly Provider[]): DynamicModule => {
  const { identity, services, catalogue, metrics, health } = surroundings;
  const own = [
    { provide: Tokens, useValue: new Tokens(identity) },
    { provide: Services, useValue: services },
    { provide: ProblemCatalogue, useValue: catalogue },
    { provide: Metrics, useValue: metrics },
    { provide: Health, useValue: health },
    { provide: CommandKeys, useValue: new CommandKeys() },
  ];
  return {
    module: HostModule,
    imports: [DiscoveryModule, ...modules],
    controllers: [HealthController, MetricsController, ApiController],
    providers: [
      ...own,
      ...providers,
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_INTERCEPTOR, useClass: ExchangeInterceptor },
      { provide: APP_PIPE, useClass: ValidationPipe },
    ],
  };
};

/** Security headers, strict bodies, a span and a measurement for every request, also for those that match no route. */
const observe = (nest: NestFastifyApplication, { tracing, metrics, directory }: Surroundings, traffic: Traffic): void => {
  const fastify = nest.getHttpAdapter().getInstance();
  registerContent(fastify, directory);
  fastify.addHook('onRequest', (request: HostRequest, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    request.traced = tracing.begin({ name: `${request.method} ${route}`, kind: 'server', parent: headerOf(request, 'traceparent'), attributes: { 'http.request.method': request.method, 'http.route': route } });
    reply.headers(securityHeaders).header('x-trace-id', request.traced.traceId);
    done();
  });
  // A connection that is kept for a next request would keep the listener open for as long.
  fastify.addHook('onSend', (_, reply, _payload, done) => {
    if (traffic.isDraining) reply.header('connection', 'close');
    done();
  });
  fastify.addHook('onResponse', (request: HostRequest, reply, done) => {
    const status = reply.statusCode;
    metrics.http({ method: request.method, route: request.routeOptions.url ?? 'none', status: String(status) }, reply.elapsedTime / 1000);
    request.traced?.end({ attributes: { 'http.response.status_code': status }, ...(status >= 500 && { error: `status ${status}` }) });
    done();
  });
};
