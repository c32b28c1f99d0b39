import type { AsOf } from '@program-ledger/read-models';
import type { FastifyRequest } from 'fastify';
import type { Traced } from '../telemetry/tracing.js';
import type { Asking } from './asking.js';

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

/** One query parameter; the first of several. */
export const queryOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = (request.query as Readonly<Record<string, unknown>> | undefined)?.[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
};

/** Whether it asks for something to happen: those carry an idempotency key. */
export const isCommand = (request: FastifyRequest): boolean => request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS';
