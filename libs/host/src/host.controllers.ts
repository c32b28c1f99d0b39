import { Controller, Get, Header, HttpCode, Inject, Param, Res } from '@nestjs/common';
import type { JsonObject } from '@program-ledger/event-sourcing';
import { type FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApiDoc } from './http/api-doc.js';
import { docsPage, docsScript, docsStyle } from './http/docs-page.js';
import { ProblemCatalogue } from './http/problem-catalogue.js';
import { hostProblem } from './http/problem-document.js';
import { Public } from './identity/access.js';
import { Health } from './telemetry/health.js';
import { Metrics } from './telemetry/metrics.js';

/** Token of the OpenAPI document, which exists once all routes do. */
export const OPEN_API = Symbol('OpenAPI document');

@Controller('health')
@Public('a probe has no token, and the answer names parts and lags only')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  @ApiDoc({ summary: 'The process answers', answer: z.object({ status: z.literal('live') }) })
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiDoc({ summary: 'Every view, relay and reaction runs and is not far behind; 503 otherwise' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const report = await this.health.report();
    if (report.status === 'not-ready') reply.status(503);
    return report;
  }
}

@Controller('metrics')
@Public('a scraper has no token, and the amounts concern no person')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiDoc({ summary: 'Prometheus metrics' })
  read(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}

@Controller()
@Public('it describes the interface, which is open source')
export class ApiController {
  constructor(
    @Inject(OPEN_API) private readonly document: { readonly current: JsonObject },
    private readonly catalogue: ProblemCatalogue,
  ) {}

  @Get('openapi.json')
  @ApiDoc({ summary: 'This interface as OpenAPI 3.1' })
  openApi(): JsonObject {
    return this.document.current;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiDoc({ summary: 'This interface as a page' })
  docs(): string {
    return docsPage;
  }

  @Get('docs/page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @ApiDoc({ summary: 'The script of the page' })
  script(): string {
    return docsScript;
  }

  @Get('docs/page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @ApiDoc({ summary: 'The style of the page' })
  style(): string {
    return docsStyle;
  }

  @Get('problems')
  @ApiDoc({ summary: 'Every problem code, with its sentences' })
  problems() {
    return this.catalogue.entries();
  }

  @Get('problems/:owner/:code')
  @HttpCode(200)
  @ApiDoc({ summary: 'What one problem code means' })
  problem(@Param('owner') owner: string, @Param('code') code: string) {
    const found = this.catalogue.entries().find((entry) => entry.owner === owner && entry.code === code);
    if (found === undefined) throw hostProblem('not-found');
    return found;
  }
}
