import type { AsOf } from '@program-ledger/read-models';
import type { FastifyRequest } from 'fastify';
import type { Traced } from '../telemetry/tracing.js';
import type { Asking } from './asking.js';
import { Problem } from './problem.js';

/** What the host keeps on a request, from the first hook to the last. */
export type HostRequest = FastifyRequest & { asking?: Asking; asOf?: AsOf; traced?: Traced };

/** One header field; the first of several. */
export const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** The path as it was asked for, without its query. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!;

/** One parameter of the route's path, when the route has it. */
export const parameterOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = (request.params as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof value === 'string' ? value : undefined;
};

/**
 * One query parameter.
 * @throws Problem 400 when it comes more than once, since then it says nothing, or with a control character, which no database keeps.
 */
export const queryOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = (request.query as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (value === undefined) return undefined;
  const pointer = `query:${name}`;
  if (typeof value !== 'string') throw new Problem({ status: 400, code: 'request-invalid', field: [{ pointer, detail: { ko: '한 번만 적을 수 있습니다', en: 'comes more than once' } }] });
  if (/\p{Cc}/u.test(value)) throw new Problem({ status: 400, code: 'request-invalid', field: [{ pointer, detail: { ko: '제어 문자가 있습니다', en: 'control character' } }] });
  return value;
};

/** Whether it asks for something to happen: those carry an idempotency key. */
export const isCommand = (request: FastifyRequest): boolean => request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS';
