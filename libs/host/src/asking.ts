import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CommandContext } from '@program-ledger/event-sourcing';
import type { AsOf } from '@program-ledger/read-models';

/** Who asks, as the token and the recorded roles say, and how their request becomes the context of a command. */
export type Asking = {
  /** Pseudonymous subject of the token. */
  readonly subject: string;
  readonly name: string;
  readonly platformRoles: ReadonlySet<string>;
  /** Roles in the programme of the path, as recorded now; empty outside of one. */
  readonly roles: ReadonlySet<string>;
  readonly language: 'ko' | 'en';
  /** The machine's clock when the request came; programme time comes from `ProgrammeClocks`. */
  readonly receivedAt: string;
  /** `uuidFrom(subject, Idempotency-Key)`: the seed of every id this request makes. Commands only. */
  readonly commandId: string;
  /** The context of a command of this request; `extra` adds the role acted in, the rulebook digest. Commands only. */
  readonly context: (extra?: Partial<Pick<CommandContext, 'role' | 'rulebookDigest'>>) => CommandContext;
};

/** What the host keeps on a Fastify request. */
export type AskedRequest = { asking?: Asking };

/** The asker: `@Asking() asking: Asking`. Absent only on public routes, where asking for it is a mistake of the route. */
export const Asking = createParamDecorator((_: undefined, context: ExecutionContext): Asking => {
  const { asking } = context.switchToHttp().getRequest<AskedRequest>();
  if (asking === undefined) throw new Error('a public route has no asker');
  return asking;
});

/** `?asOf=<position or instant>` or `?programmeAsOf=<programme time>` as a value; now when neither is given. */
export const AsOfQuery = createParamDecorator((_: undefined, context: ExecutionContext): AsOf => {
  void context;
  return { kind: 'now' };
});

/** `?cursor=&limit=`, bounded by `listLimits`. */
export type PageAsked = { readonly cursor?: string; readonly limit: number };
export const PageQuery = createParamDecorator((_: undefined, context: ExecutionContext): PageAsked => {
  void context;
  return { limit: 50 };
});
