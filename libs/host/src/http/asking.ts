import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { canonicalJson, sha256, uuidFrom, type CommandContext } from '@program-ledger/event-sourcing';
import { listLimits } from '@program-ledger/contracts/vocabulary';
import type { AsOf } from '@program-ledger/read-models';
import type { Identity } from '../identity/tokens.js';
import { Problem, type Language } from './problem.js';
import { ReceivedBytes } from './received-bytes.js';
import { languageOf } from './problem-document.js';
import { headerOf, pathOf, queryOf, type HostRequest } from './requests.js';

/** Who asks, as the token and the recorded roles say, and how their request becomes the context of a command. */
export type Asking = {
  /** Pseudonymous subject of the token. */
  readonly subject: string;
  readonly name: string;
  readonly platformRoles: ReadonlySet<string>;
  /** Roles in the programme of the path, as recorded now; empty outside of one. */
  readonly roles: ReadonlySet<string>;
  readonly language: Language;
  /** The machine's clock when the request came; programme time comes from `ProgrammeClocks`. */
  readonly receivedAt: string;
  /** `uuidFrom(subject, Idempotency-Key)`: the seed of every id this request makes. Commands only. */
  readonly commandId: string;
  /** SHA-256 of method, path and canonical body: tells a retry from a reused key. Commands only. */
  readonly commandDigest: string;
  /** The context of a command of this request; `extra` adds the role acted in, the rulebook digest. Commands only. */
  readonly context: (extra?: Partial<Pick<CommandContext, 'role' | 'rulebookDigest'>>) => CommandContext;
};

/** The asker: `@Asking() asking: Asking`. Absent only on public routes, where asking for it is a mistake of the route. */
export const Asking = createParamDecorator((_: unknown, context: ExecutionContext): Asking => {
  const { asking } = context.switchToHttp().getRequest<HostRequest>();
  if (asking === undefined) throw new Error('a public route has no asker');
  return asking;
});

/** `?asOf=<position or instant>` or `?programmeAsOf=<programme time>` as a value; now when neither is given. */
export const AsOfQuery = createParamDecorator((_: unknown, context: ExecutionContext): AsOf => context.switchToHttp().getRequest<HostRequest>().asOf ?? { kind: 'now' });

/** `?cursor=&limit=`, bounded by `listLimits`. */
export type PageAsked = { readonly cursor?: string; readonly limit: number };
export const PageQuery = createParamDecorator((_: unknown, context: ExecutionContext): PageAsked => {
  const request = context.switchToHttp().getRequest<HostRequest>();
  const cursor = queryOf(request, 'cursor');
  const asked = queryOf(request, 'limit') ?? String(listLimits.pageSizeDefault);
  const limit = /^\d{1,6}$/.test(asked) ? Number(asked) : 0;
  if (limit < 1 || limit > listLimits.pageSizeMax) throw invalid('query:limit', `1 – ${listLimits.pageSizeMax}`);
  if (cursor !== undefined && cursor.length > cursorLengthMax) throw invalid('query:cursor', `<= ${cursorLengthMax}`);
  return cursor === undefined ? { limit } : { cursor, limit };
});

const cursorLengthMax = 500;
const idempotencyKeyForm = /^[\x20-\x7e]{1,255}$/;

const invalid = (pointer: string, detail: string): Problem => new Problem({ status: 400, code: 'request-invalid', field: [{ pointer, detail }] });

/** Builds the asker of one request; ids and digest are made when a command wants them, once. */
export const askingOf = (request: HostRequest, identity: Identity, roles: ReadonlySet<string>, actingAs: string | undefined): Asking => {
  let command: { readonly commandId: string; readonly commandDigest: string } | undefined;
  const asked = () => (command ??= { commandId: uuidFrom(identity.subject, idempotencyKeyOf(request)), commandDigest: commandDigestOf(request) });
  return {
    subject: identity.subject,
    name: identity.name,
    platformRoles: identity.platformRoles,
    roles,
    language: languageOf(headerOf(request, 'accept-language')),
    receivedAt: new Date().toISOString(),
    get commandId() {
      return asked().commandId;
    },
    get commandDigest() {
      return asked().commandDigest;
    },
    context: (extra = {}) => contextOf(request, { ...asked(), actor: identity.subject, ...(actingAs !== undefined && { role: actingAs }), ...extra }),
  };
};

const contextOf = (request: HostRequest, command: Pick<CommandContext, 'commandId' | 'commandDigest' | 'actor' | 'role' | 'rulebookDigest'>): CommandContext => {
  const expectedRevision = expectedRevisionOf(request);
  return {
    ...command,
    correlationId: command.commandId,
    causationId: command.commandId,
    repeating: 'asked',
    ...(request.traced !== undefined && { traceparent: request.traced.traceparent }),
    ...(expectedRevision !== undefined && { expectedRevision }),
  };
};

/** @throws Problem 400 when the header is absent or not 1 to 255 visible ASCII characters. */
export const idempotencyKeyOf = (request: HostRequest): string => {
  const key = headerOf(request, 'idempotency-key');
  if (key === undefined) throw new Problem({ status: 400, code: 'idempotency-key-required', field: 'header:Idempotency-Key' });
  if (!idempotencyKeyForm.test(key)) throw invalid('header:Idempotency-Key', '[ -~]{1,255}');
  return key;
};

const commandDigestOf = (request: HostRequest): string => {
  const { body } = request;
  const written = body instanceof ReceivedBytes ? body.digest : canonicalJson(body ?? null);
  return sha256(`${request.method} ${pathOf(request)}\n${written}`);
};

/** `If-Match: "7"`, or a view's `"7-…"`, as the revision 7. `*` and lists are not taken. */
const expectedRevisionOf = (request: HostRequest): number | undefined => {
  const header = headerOf(request, 'if-match');
  if (header === undefined) return undefined;
  const revision = /^"(\d{1,9})(?:-[\w-]{1,64})?"$/.exec(header)?.[1];
  if (revision === undefined) throw invalid('header:If-Match', '"<revision>"');
  return Number(revision);
};

/** A query's `asOf` as it was written; positions and instants are resolved against the log by the caller. */
export const asOfAsked = (request: HostRequest): AsOf | undefined => {
  const asOf = queryOf(request, 'asOf');
  const programmeAsOf = queryOf(request, 'programmeAsOf');
  if (asOf !== undefined && programmeAsOf !== undefined) throw invalid('query:programmeAsOf', 'asOf | programmeAsOf');
  if (asOf !== undefined) return /^\d{1,18}$/.test(asOf) ? { kind: 'position', position: BigInt(asOf) } : { kind: 'instant', instant: instantOf('asOf', asOf) };
  if (programmeAsOf === undefined) return undefined;
  const programmeId = (request.params as { readonly programmeId?: string }).programmeId;
  if (programmeId === undefined) throw invalid('query:programmeAsOf', '/programmes/:programmeId/…');
  return { kind: 'programme-time', programmeId, instant: instantOf('programmeAsOf', programmeAsOf) };
};

const instantOf = (name: string, written: string): string => {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(written) || Number.isNaN(Date.parse(written))) throw invalid(`query:${name}`, '2026-03-02T01:00:00.000Z');
  return written;
};

/** @throws Problem 400 for a header that is not a position. */
export const minPositionOf = (request: HostRequest): bigint | undefined => {
  const header = headerOf(request, 'x-min-position');
  if (header === undefined) return undefined;
  if (!/^\d{1,18}$/.test(header)) throw invalid('header:X-Min-Position', '<position>');
  return BigInt(header);
};

/** Seconds of `Prefer: wait=<s>` (RFC 7240 section 4.3), bounded; 0 when it is not asked for. */
export const waitSecondsOf = (request: HostRequest): number => {
  const asked = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(headerOf(request, 'prefer') ?? '')?.[1];
  return asked === undefined ? 0 : Math.min(Number(asked), waitLimits.waitSecondsMax);
};

export const waitLimits = { waitSecondsMax: 30, minPositionMs: 10_000, repeatMs: 100 } as const;
