import { readSettings, secret, type Environment } from '@program-ledger/host';
import { z } from 'zod';
import type { Person } from './client.js';

const settings = z.object({
  PEOPLE_PASSWORD: secret(z.string().min(1).optional()).describe('password of the people of the stories, at an issuer that is not the development issuer'),
});

/** Of the client that the realm lets the stories be played with. */
const clientId = 'stories';

/** The issuer answered, and gives this person no token: asking again changes nothing. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/**
 * A token for a person of a story. The development issuer believes who asks; any other wants the password that all of them have there
 * (`PEOPLE_PASSWORD`, or the file that `PEOPLE_PASSWORD_FILE` names) and is asked by the password grant of OAuth 2.0, where it says that it takes it.
 * @throws TokenRefused
 */
export const tokenFor = async (person: Person, issuer: string, environment?: Environment): Promise<string> => {
  const { PEOPLE_PASSWORD: password } = readSettings(settings, environment);
  return password === undefined ? believed(person, issuer) : granted(person, issuer, password);
};

const believed = ({ subject, name, roles }: Person, issuer: string): Promise<string> =>
  tokenIn(`${issuer}/token`, { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ subject, name, roles }) }, subject);

const granted = async ({ subject }: Person, issuer: string, password: string): Promise<string> => {
  const described = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { token_endpoint: endpoint } = described.ok ? ((await described.json()) as { readonly token_endpoint?: string }) : {};
  if (endpoint === undefined) throw new TokenRefused(`${issuer} does not say where it gives tokens: ${described.status}`);
  return tokenIn(endpoint, { body: new URLSearchParams({ grant_type: 'password', client_id: clientId, username: subject, password }) }, subject);
};

const tokenIn = async (url: string, init: RequestInit, subject: string): Promise<string> => {
  const response = await fetch(url, { ...init, method: 'POST' });
  if (response.status >= 500) throw new Error(`the issuer cannot give a token: ${response.status}`);
  if (!response.ok) throw new TokenRefused(`${url} refused a token for ${subject}: ${response.status} ${await response.text()}${response.status === 404 ? ' (an issuer that is not the development issuer wants PEOPLE_PASSWORD_FILE)' : ''}`);
  return ((await response.json()) as { readonly access_token: string }).access_token;
};
