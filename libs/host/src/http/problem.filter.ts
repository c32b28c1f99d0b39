import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { firstSegment } from '../service/services.js';
import type { ProblemCatalogue } from './problem-catalogue.js';
import { hostProblem, languageOf, problemDocument, toProblem, type ProblemDocument } from './problem-document.js';
import type { Language, Problem } from './problem.js';
import { headerOf, type HostRequest } from './requests.js';

/** Answers everything thrown as a problem document; what is our fault is logged with its cause, once. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly catalogue: ProblemCatalogue,
    private readonly logs: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<HostRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also called by Fastify for what fails before Nest sees it. */
  answer(thrown: unknown, request: FastifyRequest & Pick<HostRequest, 'traced'>, reply: FastifyReply): void {
    const trace = request.traced?.traceId ?? String(request.id);
    const language = languageOf(headerOf(request, 'accept-language'));
    const { problem, document } = this.documented(toProblem(thrown, trace), { service: firstSegment(request.url), language, trace });
    if (document.status >= 500) this.logs.error({ err: problem.cause ?? thrown, code: document.code, method: request.method, url: request.url, trace }, 'request failed');
    void reply
      .status(document.status)
      .headers({ ...problem.fields.headers, 'content-type': 'application/problem+json; charset=utf-8', 'content-language': language, 'cache-control': 'no-store', vary: 'Accept-Language' })
      .removeHeader('etag')
      .send(JSON.stringify(document));
  }

  /** A code that nobody put into words is our fault, and says so. */
  private documented(problem: Problem, { service, language, trace }: { readonly service: string; readonly language: Language; readonly trace: string }): { problem: Problem; document: ProblemDocument } {
    try {
      return { problem, document: problemDocument(problem, this.catalogue, service, language) };
    } catch (error) {
      const internal = hostProblem('internal', { trace }, error);
      return { problem: internal, document: problemDocument(internal, this.catalogue, service, language) };
    }
  }

  /** For what is no request at all: there is no reply to write to, only the connection. */
  hangUp(error: Error & { readonly code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const problem = hostProblem(error.code === 'HPE_HEADER_OVERFLOW' ? 'request-headers-too-large' : 'request-malformed');
    const { status, ...document } = problemDocument(problem, this.catalogue, '', 'en');
    const body = JSON.stringify({ ...document, status });
    socket.end(`HTTP/1.1 ${status} ${document.title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  }
}
