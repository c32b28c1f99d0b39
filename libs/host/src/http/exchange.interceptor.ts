import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { AsOf } from '@program-ledger/read-models';
import type { FastifyReply } from 'fastify';
import { createHash } from 'node:crypto';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Services, type RunningService } from '../service/services.js';
import { Answered } from './answers.js';
import { asOfAsked, minPositionOf, waitLimits, waitSecondsOf } from './asking.js';
import { CommandKeys } from './command-keys.js';
import { Problem } from './problem.js';
import { hostProblem } from './problem-document.js';
import { headerOf, isCommand, type HostRequest } from './requests.js';
import { Traffic } from './traffic.js';

/** What is the same for every route: keys and limits of commands; positions, ETags and waiting of views. */
@Injectable()
export class ExchangeInterceptor implements NestInterceptor {
  constructor(
    private readonly services: Services,
    private readonly keys: CommandKeys,
    private readonly traffic: Traffic,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<HostRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const run = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    if (request.asking !== undefined) this.traffic.spend(request.asking.subject, performance.now());
    return from(isCommand(request) ? this.command(request, reply, run) : this.view(request, reply, run));
  }

  private async command(request: HostRequest, reply: FastifyReply, run: () => Promise<unknown>): Promise<unknown> {
    const leave = this.traffic.enter();
    let end: (done: boolean) => void = () => undefined;
    let done = false;
    try {
      if (request.asking !== undefined) end = this.keys.begin(request.asking.commandId, request.asking.commandDigest);
      const answer = await run();
      done = true;
      return answer instanceof Answered ? await this.commandAnswered(request, reply, answer) : answer;
    } catch (error) {
      throw preconditionFailed(request, error);
    } finally {
      end(done);
      leave();
    }
  }

  private async commandAnswered(request: HostRequest, reply: FastifyReply, answer: Answered<object>): Promise<unknown> {
    const position = answer.position === 'head' ? await this.services.ofPath(request.url)?.store.head() : answer.position;
    if (answer.revision !== null) reply.header('etag', `"${answer.revision}"`);
    if (position === undefined) return answer.body;
    reply.header('x-log-position', String(position));
    return { ...answer.body, position: String(position) };
  }

  private async view(request: HostRequest, reply: FastifyReply, run: () => Promise<unknown>): Promise<unknown> {
    const service = this.services.ofPath(request.url);
    if (service === undefined) return run();
    await settle(request, service);
    const answer = await changed({ request, service, traffic: this.traffic }, run);
    if (!(answer instanceof Answered)) return answer;
    const written = JSON.stringify(answer.body);
    const etag = etagOf(written, answer.revision);
    reply.header('etag', etag).header('x-log-position', String(answer.position)).header('cache-control', 'private, no-cache');
    if (headerOf(request, 'if-none-match') === etag) {
      reply.status(304);
      return undefined;
    }
    reply.header('content-type', 'application/json; charset=utf-8');
    return written;
  }
}

/** Strong, of the exact bytes; its front is the revision that `If-Match` takes. */
const etagOf = (written: string, revision: number | null): string => {
  const mark = createHash('sha256').update(written).digest('base64url').slice(0, 16);
  return revision === null ? `"${mark}"` : `"${revision}-${mark}"`;
};

/** Resolves `asOf` against the log and waits until the views have come to what the request names. */
const settle = async (request: HostRequest, service: RunningService): Promise<void> => {
  const asOf = await asOfOf(request, service);
  if (asOf !== undefined) request.asOf = asOf;
  if (asOf?.kind === 'position') await reach(service, asOf.position, 'query:asOf');
  const least = minPositionOf(request);
  if (least !== undefined) await reach(service, least, 'header:X-Min-Position');
};

/** An instant is a position from here on, so that every view of the answer is of the same. */
const asOfOf = async (request: HostRequest, { store }: RunningService): Promise<AsOf | undefined> => {
  const asked = asOfAsked(request);
  if (asked?.kind !== 'instant') return asked;
  if (asked.instant > new Date().toISOString()) throw new Problem({ status: 422, code: 'position-ahead', field: 'query:asOf' });
  return { kind: 'position', position: await store.positionAt(asked.instant) };
};

/** A service without views answers from elsewhere, and waits by itself. */
const reach = async ({ views, store, definition }: RunningService, wanted: bigint, field: string): Promise<void> => {
  if (definition.views.length === 0 || (await views.position()) >= wanted) return;
  if (wanted > (await store.head())) throw new Problem({ status: 422, code: 'position-ahead', field });
  if (!(await views.reached(wanted, waitLimits.minPositionMs))) throw hostProblem('position-not-reached');
};

type Waiting = { readonly request: HostRequest; readonly service: RunningService; readonly traffic: Traffic };

/** Runs the route; under `Prefer: wait` again and again, until it answers otherwise than `If-None-Match` says, or is there at all. */
const changed = async ({ request, service: { views }, traffic }: Waiting, run: () => Promise<unknown>): Promise<unknown> => {
  const known = headerOf(request, 'if-none-match');
  const deadline = performance.now() + waitSecondsOf(request) * 1000;
  for (;;) {
    const seen = await views.position();
    const left = deadline - performance.now();
    const last = left <= 0 || request.raw.destroyed || traffic.isDraining;
    const answer = await run().catch((error: unknown) => {
      if (last || !isMissing(error)) throw error;
    });
    const isKnown = answer instanceof Answered && known === etagOf(JSON.stringify(answer.body), answer.revision);
    if (last || (answer !== undefined && !isKnown)) return answer;
    // The position moves with views; roles and other tables move without it, so it is also looked at now and then.
    await views.reached(seen + 1n, Math.min(left, waitLimits.repeatMs));
  }
};

const isMissing = (error: unknown): boolean => error instanceof Problem && error.fields.code === 'not-found';

/** A revision that the asker named and that is no longer so fails a precondition (RFC 9110 section 13.1.1); else it is a conflict. */
const preconditionFailed = (request: HostRequest, error: unknown): unknown =>
  error instanceof Problem && error.fields.code === 'revision-conflict' && headerOf(request, 'if-match') !== undefined
    ? new Problem({ ...error.fields, status: 412, field: 'header:If-Match' }, { cause: error })
    : error;
