import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import type { InstanceMode } from '@program-ledger/event-sourcing';
import { Problem } from '../http/problem.js';
import { parseStrictJson } from '../http/strict-json.js';
import { platformRoles } from './access.js';

export type DevelopmentIssuerOptions = {
  readonly mode: InstanceMode;
  /** Where the signing key is kept, so that tokens outlive a restart. */
  readonly directory: string;
  /** 0 lets the machine choose. */
  readonly port: number;
  readonly audience: string;
};

/** An OpenID Connect issuer that believes whatever it is told: it listens on loopback only and never in production. */
export type DevelopmentIssuer = {
  readonly url: string;
  /** A signed token, as `POST /token` gives it. */
  readonly token: (asked: TokenAsked) => Promise<string>;
  readonly close: () => Promise<void>;
};

const lifetime = { secondsDefault: 86_400, secondsMax: 7 * 86_400 } as const;

const tokenAsked = z.strictObject({
  subject: z.string().regex(/^(?!service:)[A-Za-z0-9][A-Za-z0-9._:@|-]{0,127}$/),
  name: z.string().min(1).max(200).optional(),
  roles: z.array(z.enum(platformRoles)).max(platformRoles.length).optional(),
  expiresInSeconds: z.int().min(1).max(lifetime.secondsMax).optional(),
});
export type TokenAsked = z.infer<typeof tokenAsked>;

/** @throws DevelopmentIssuerRefused in production, before anything listens or any key is read. */
export const startDevelopmentIssuer = async (options: DevelopmentIssuerOptions): Promise<DevelopmentIssuer> => {
  if (options.mode === 'production') throw new DevelopmentIssuerRefused();
  const { key, jwk } = await signingKey(options.directory);
  const issued = { url: '' };
  const token = (asked: TokenAsked): Promise<string> => sign(asked, { key, jwk, issuer: issued.url, audience: options.audience });
  const server = createServer((request, response) => {
    answer(request, { issuer: issued.url, jwk, token }).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, 500, { error: error instanceof Error ? error.name : 'failure' }),
    );
  });
  issued.url = await listen(server, options.port);
  return { url: issued.url, token, close: () => close(server) };
};

export class DevelopmentIssuerRefused extends Error {
  override readonly name = 'DevelopmentIssuerRefused';
  constructor() {
    super('The development issuer gives a token to anybody who asks: it does not start in production. Name an OpenID Connect issuer instead (LEDGER_ISSUER).');
  }
}

type Signing = { readonly key: CryptoKey | Uint8Array; readonly jwk: JWK };

const signingKey = async (directory: string): Promise<Signing> => {
  const file = join(directory, 'development-issuer.jwk.json');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const jwk = kept === undefined ? await makeKey(directory, file) : (JSON.parse(kept) as JWK);
  return { key: await importJWK(jwk, 'ES256'), jwk };
};

/** Written beside and renamed: a crash leaves the whole key or none. */
const makeKey = async (directory: string, file: string): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: `development-${Date.now()}`, alg: 'ES256', use: 'sig' };
  await mkdir(directory, { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(jwk), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return jwk;
};

const sign = async (asked: TokenAsked, { key, jwk, issuer, audience }: Signing & { readonly issuer: string; readonly audience: string }): Promise<string> => {
  const { subject, name = subject, roles = [], expiresInSeconds = lifetime.secondsDefault } = tokenAsked.parse(asked);
  return new SignJWT({ name, roles })
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid ?? '' })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(key);
};

type Answer = { readonly status: number; readonly body: unknown };
type Answering = { readonly issuer: string; readonly jwk: JWK; readonly token: (asked: TokenAsked) => Promise<string> };

const answer = async (request: IncomingMessage, { issuer, jwk, token }: Answering): Promise<Answer> => {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /.well-known/openid-configuration')
    return { status: 200, body: { issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token`, id_token_signing_alg_values_supported: ['ES256'] } };
  if (route === 'GET /jwks') {
    const { d: _, ...published } = jwk;
    return { status: 200, body: { keys: [published] } };
  }
  if (route === 'POST /token') return mint(await readBody(request), token);
  return { status: 404, body: { error: 'not_found', try: ['POST /token', 'GET /jwks', 'GET /.well-known/openid-configuration'] } };
};

const mint = async (bytes: Uint8Array | null, token: Answering['token']): Promise<Answer> => {
  if (bytes === null) return { status: 413, body: { error: 'invalid_request', reason: 'body too large' } };
  try {
    const asked = tokenAsked.safeParse(parseStrictJson(bytes));
    if (!asked.success) return { status: 400, body: { error: 'invalid_request', faults: asked.error.issues.map(({ path, message }) => ({ path, message })) } };
    const access_token = await token(asked.data);
    return { status: 200, body: { access_token, token_type: 'Bearer', expires_in: asked.data.expiresInSeconds ?? lifetime.secondsDefault } };
  } catch (error) {
    if (error instanceof Problem) return { status: 400, body: { error: 'invalid_request', reason: error.fields.code } };
    throw error;
  }
};

const bodyBytesMax = 16_384;

const readBody = async (request: IncomingMessage): Promise<Uint8Array | null> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
};

const listen = (server: Server, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
    });
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
