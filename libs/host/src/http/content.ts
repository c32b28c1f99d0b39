import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { headerOf } from './requests.js';
import { receive, ReceivedBytes, receivingIn } from './received-bytes.js';
import { bodyLimits, parseStrictJson } from './strict-json.js';

/** Bodies are JSON, read strictly, except on routes that say which bytes they take. What else comes is refused before it is read. */
export const registerContent = (fastify: FastifyInstance, directory: string): void => {
  const received = receivingIn(directory);
  fastify.removeAllContentTypeParsers();
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    done(refusalOf(request), payload);
  });
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: bodyLimits.bodyBytesMax }, (_request, body: Buffer, done) => {
    try {
      done(null, parseStrictJson(body));
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => receive(payload, received, bodyLimits.attachmentBytesMax));
  fastify.addHook('onResponse', async ({ body }) => {
    if (body instanceof ReceivedBytes) await body.remove();
  });
};

/** Why a request's body is not even read; null when it may be. */
const refusalOf = (request: FastifyRequest): Problem | null => {
  const type = written(request, 'content-type').split(';', 1)[0]!.trim();
  const length = Number(headerOf(request, 'content-length') ?? 0);
  if (type === '' && length === 0 && headerOf(request, 'transfer-encoding') === undefined) return null;
  const accepted = (request.routeOptions.config as { readonly acceptsBytes?: readonly string[] }).acceptsBytes ?? ['application/json'];
  if (!accepted.includes(type)) return new Problem({ status: 415, code: 'content-type-unsupported', details: { accepted: accepted.join(', ') }, field: 'header:Content-Type' });
  const misread = misreadOf(request, type);
  if (misread !== null) return misread;
  const limit = accepted.includes('application/json') ? bodyLimits.bodyBytesMax : bodyLimits.attachmentBytesMax;
  return length > limit ? new Problem({ status: 413, code: 'body-too-large', details: { limit } }) : null;
};

/** What a body says of its own bytes is believed or refused, never passed over. JSON is UTF-8 and nothing else (RFC 8259 section 8.1). */
const misreadOf = (request: FastifyRequest, type: string): Problem | null => {
  const charset = charsetOf(request) ?? 'utf-8';
  if (type === 'application/json' && !['utf-8', 'utf8'].includes(charset)) return new Problem({ status: 415, code: 'charset-unsupported', details: { charset }, field: 'header:Content-Type' });
  const coding = written(request, 'content-encoding');
  return ['', 'identity'].includes(coding) ? null : new Problem({ status: 415, code: 'content-encoding-unsupported', details: { coding }, field: 'header:Content-Encoding' });
};

const charsetOf = (request: FastifyRequest): string | undefined => /;\s*charset\s*=\s*"?([^\s;"]*)/.exec(written(request, 'content-type'))?.[1];

const written = (request: FastifyRequest, header: string): string => headerOf(request, header)?.trim().toLowerCase() ?? '';
