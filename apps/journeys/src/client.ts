import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { TokenRefused, tokenFor } from './tokens.js';

/** A person of a story: who they are to the identity provider, and what people call them. */
export type Person = { readonly subject: string; readonly name: string; readonly roles: readonly string[] };

/** A GET as it was answered, to be asked again later as of the position that it named. */
export type Captured = { readonly person: Person; readonly path: string; readonly position: string; readonly body: string };

export type Answer<Body = unknown> = { readonly status: number; readonly body: Body; readonly etag: string | null; readonly position: string | null; readonly raw: string };

/** What a command answers. */
export type Decided = { readonly id: string; readonly stream: string; readonly revision: number; readonly position: string };

type Headers = Readonly<Record<string, string>>;

export type Addresses = { readonly api: string; readonly issuer: string };

/** How long a client keeps asking a platform that is away (killed, restarting) before it gives up. */
const patienceMs = 60_000;
const retryMs = 150;

/** What the service refused, with its problem document. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly code: string,
    readonly problem: Readonly<Record<string, unknown>>,
    request: string,
  ) {
    super(`${request} was refused: ${status} ${JSON.stringify(problem)}`);
  }
}

/**
 * The public HTTP APIs as one person sees them. A command carries an Idempotency-Key made of the run, the person and its place in the
 * story, so that asking again after a lost answer decides nothing twice, and the same run on an empty log makes the same ids.
 */
export class Client {
  private readonly tokens = new Map<string, string>();
  private readonly asked = new Map<string, number>();
  /** Where in the log the latest command of each service was recorded: its views are asked to have come that far. */
  private readonly written = new Map<string, string>();
  readonly captured: Captured[] = [];

  constructor(
    private readonly addresses: Addresses,
    private readonly run: string,
  ) {}

  /** A command: `{ id, stream, revision, position }` comes back, also when it was decided by an earlier attempt. */
  async post<Body = Decided>(person: Person, path: string, body: unknown, headers: Headers = {}): Promise<Body> {
    return this.command<Body>(person, { method: 'POST', path, body, headers });
  }

  async put<Body = Decided>(person: Person, path: string, body: unknown, headers: Headers = {}): Promise<Body> {
    return this.command<Body>(person, { method: 'PUT', path, body, headers });
  }

  /** Bytes as they are, for attachments. */
  async upload(person: Person, path: string, bytes: Uint8Array<ArrayBuffer>, headers: Headers): Promise<Answer> {
    return this.send(person, 'PUT', path, { headers: { 'idempotency-key': keyOf(`${this.run}/${person.subject}/PUT ${path}`), ...headers }, body: bytes });
  }

  async get<Body>(person: Person, path: string): Promise<Body> {
    const written = this.written.get(serviceOf(path));
    const answer = await this.send(person, 'GET', path, written === undefined ? {} : { headers: { 'x-min-position': written } });
    if (answer.position !== null) this.captured.push({ person, path, position: answer.position, body: answer.raw });
    return answer.body as Body;
  }

  /** Asks until the answer is as wanted: how a client waits for what another service does. */
  async until<Body>(person: Person, path: string, wanted: (body: Body) => boolean, what: string): Promise<Body> {
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const answer = await this.sendOnce(person, 'GET', path, {}).catch((error: unknown) => {
        if (error instanceof TokenRefused) throw error;
        return undefined;
      });
      if (answer?.status === 200 && wanted(answer.body as Body)) {
        if (answer.position !== null) this.captured.push({ person, path, position: answer.position, body: answer.raw });
        return answer.body as Body;
      }
      if (Date.now() > giveUpAt) throw new Error(`waited ${patienceMs / 1000} s for ${what} at ${path}; last answer: ${answer?.raw ?? 'none'}`);
      await pause(25);
    }
  }

  async raw(person: Person, path: string): Promise<Answer> {
    return this.send(person, 'GET', path, {});
  }

  private async command<Body>(person: Person, { method, path, body, headers }: { readonly method: string; readonly path: string; readonly body: unknown; readonly headers: Headers }): Promise<Body> {
    const place = `${this.run}/${person.subject}/${method} ${path}`;
    const nth = (this.asked.get(place) ?? 0) + 1;
    this.asked.set(place, nth);
    const answer = await this.send(person, method, path, {
      headers: { 'content-type': 'application/json', 'idempotency-key': keyOf(`${place}/${nth}`), ...headers },
      body: JSON.stringify(body),
    });
    if (answer.position !== null) this.written.set(serviceOf(path), later(answer.position, this.written.get(serviceOf(path))));
    return answer.body as Body;
  }

  private async send(person: Person, method: string, path: string, init: RequestInit): Promise<Answer> {
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const answer = await this.sendOnce(person, method, path, init).catch((error: unknown) => {
        if (error instanceof TokenRefused) throw error;
        if (Date.now() > giveUpAt) throw new Error(`${method} ${path}: the platform does not answer`, { cause: error });
        return undefined;
      });
      if (answer !== undefined && (answer.status < 500 || Date.now() > giveUpAt)) {
        if (answer.status >= 400) throw refused(answer, `${person.subject}: ${method} ${path}`);
        return answer;
      }
      await pause(retryMs);
    }
  }

  private async sendOnce(person: Person, method: string, path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.addresses.api}${path}`, { ...init, method, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${await this.token(person)}` } });
    const raw = await response.text();
    const body: unknown = raw === '' || !(response.headers.get('content-type') ?? '').includes('json') ? raw : JSON.parse(raw);
    return { status: response.status, body, raw, etag: response.headers.get('etag'), position: response.headers.get('x-log-position') };
  }

  private async token(person: Person): Promise<string> {
    const known = this.tokens.get(person.subject);
    if (known !== undefined) return known;
    const token = await tokenFor(person, this.addresses.issuer);
    this.tokens.set(person.subject, token);
    return token;
  }
}

const refused = (answer: Answer, request: string): Refused => {
  const problem = (typeof answer.body === 'object' && answer.body !== null ? answer.body : { detail: answer.raw }) as Readonly<Record<string, unknown>>;
  return new Refused(answer.status, String(problem['code'] ?? 'unknown'), problem, request);
};

/** A key of fixed length: the place itself may be longer than a header should be. */
const keyOf = (place: string): string => createHash('sha256').update(place).digest('hex').slice(0, 40);

const serviceOf = (path: string): string => path.split('/')[1] ?? '';
const later = (one: string, other = '0'): string => (BigInt(one) > BigInt(other) ? one : other);
