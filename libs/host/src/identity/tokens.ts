import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { hostProblem } from '../http/problem-document.js';
import { platformRoles } from './access.js';

/** Whom a token speaks for. */
export type Identity = { readonly subject: string; readonly name: string; readonly platformRoles: ReadonlySet<string> };

export const tokenLimits = { tokenLengthMax: 8_192, cachedTokensMax: 10_000, cacheSecondsMax: 60, rolesMax: 20 } as const;

export type IdentitySettings = {
  readonly issuer: string;
  readonly audience: string;
  readonly clockToleranceSeconds: number;
  /** Where the keys are; by discovery (OpenID Connect Discovery 1.0) from the issuer when absent. */
  readonly jwksUrl?: string;
};

// `service:` fronts the actors of reactions: no person is called that.
const claimsSchema = z.object({
  sub: z.string().regex(/^(?!service:)[A-Za-z0-9][A-Za-z0-9._:@|-]{0,127}$/),
  name: z.string().max(200).optional(),
  exp: z.number(),
  roles: z.array(z.string().max(64)).max(tokenLimits.rolesMax).optional(),
});

const algorithms = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'];

/** Verifies bearer tokens (RFC 6750, RFC 7519) of one issuer; keys are fetched when first needed and when an unknown one is named. */
export class Tokens {
  private readonly cache = new Map<string, { readonly identity: Identity; readonly until: number }>();
  private keys: JWTVerifyGetKey | undefined;

  constructor(private readonly settings: IdentitySettings) {}

  /** @throws Problem 401 `token-invalid`, or 503 `identity-unavailable` when the keys cannot be fetched. */
  async verify(token: string): Promise<Identity> {
    const cached = this.cache.get(token);
    if (cached !== undefined && cached.until > Date.now()) return cached.identity;
    if (token.length > tokenLimits.tokenLengthMax) throw hostProblem('token-invalid', { reason: 'longer than any real one' });
    const { identity, expiresAt } = await this.check(token);
    this.remember(token, identity, Math.min(expiresAt * 1000, Date.now() + tokenLimits.cacheSecondsMax * 1000));
    return identity;
  }

  private async check(token: string): Promise<{ identity: Identity; expiresAt: number }> {
    const { issuer, audience, clockToleranceSeconds } = this.settings;
    try {
      this.keys ??= await keysOf(this.settings);
      const { payload } = await jwtVerify(token, this.keys, { issuer, audience, clockTolerance: clockToleranceSeconds, algorithms });
      const claims = claimsSchema.safeParse(payload);
      if (!claims.success) throw hostProblem('token-invalid', { reason: `claim ${claims.error.issues[0]?.path.join('.') ?? ''}` });
      const { sub, name = sub, roles = [], exp } = claims.data;
      const known = platformRoles.filter((role) => roles.includes(role));
      return { identity: { subject: sub, name, platformRoles: new Set(known) }, expiresAt: exp };
    } catch (error) {
      throw refusalOf(error);
    }
  }

  private remember(token: string, identity: Identity, until: number): void {
    if (this.cache.size >= tokenLimits.cachedTokensMax) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(token, { identity, until });
  }
}

const refusalOf = (error: unknown): unknown => {
  if (error instanceof errors.JWKSTimeout) return hostProblem('identity-unavailable', {}, error);
  if (error instanceof errors.JOSEError) return hostProblem('token-invalid', { reason: error.code }, error);
  return error;
};

const keysOf = async ({ issuer, jwksUrl }: IdentitySettings): Promise<JWTVerifyGetKey> => {
  const url = jwksUrl ?? (await discovered(issuer));
  return createRemoteJWKSet(new URL(url), { [customFetch]: reach });
};

const discovered = async (issuer: string): Promise<string> => {
  const answer = await reach(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(5_000) });
  const document = discoverySchema.safeParse(await answer.json());
  if (!document.success || document.data.issuer !== issuer) throw hostProblem('identity-unavailable');
  return document.data.jwks_uri;
};

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Whatever keeps the keys from coming is no fault of the token. */
const reach = async (url: string, options: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, options);
  } catch (error) {
    throw hostProblem('identity-unavailable', {}, error);
  }
};
