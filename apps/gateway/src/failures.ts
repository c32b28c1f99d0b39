import { hostProblem, type Problem } from '@program-ledger/host';

/** Never reached: sending it to another instance, or again, can do nothing twice. */
const unreached = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'FST_REPLY_FROM_SERVICE_UNAVAILABLE'];
const tooSlow = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'FST_REPLY_FROM_GATEWAY_TIMEOUT', 'ETIMEDOUT'];

/** What became of a request on its way to a service, as a problem of ours; a client may send the same again under the same key. */
export const problemOf = (error: Error, service: string, seconds: number): Problem => {
  const codes = codesOf(error);
  if (codes.some((code) => unreached.includes(code))) return hostProblem('service-away', { service }, error);
  if (codes.some((code) => tooSlow.includes(code))) return hostProblem('service-too-slow', { service, seconds }, error);
  return hostProblem('service-broke-off', { service }, error);
};

export const isUnreached = (error: Error): boolean => codesOf(error).some((code) => unreached.includes(code));

/** Codes of the error and of what it wraps. */
const codesOf = (error: unknown): readonly string[] => {
  if (typeof error !== 'object' || error === null) return [];
  const { code, cause, errors = [] } = error as { readonly code?: unknown; readonly cause?: unknown; readonly errors?: readonly unknown[] };
  return [...(typeof code === 'string' ? [code] : []), ...codesOf(cause), ...errors.flatMap(codesOf)];
};
