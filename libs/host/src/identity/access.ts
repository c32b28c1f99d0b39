import { SetMetadata } from '@nestjs/common';

/** Roles that a token may carry; everything else comes from recorded events. */
export type PlatformRole = 'administrator' | 'auditor' | 'operator';
export const platformRoles: readonly PlatformRole[] = ['administrator', 'auditor', 'operator'];

/** What lets somebody in: any one of the declared ways is enough. A route that declares none is refused, always. */
export type Access =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'platform-roles'; readonly roles: readonly PlatformRole[] }
  | { readonly kind: 'programme-roles'; readonly roles: readonly string[] }
  | { readonly kind: 'authenticated'; readonly reason: string };

export const accessKeys = { public: 'access:public', platformRoles: 'access:platform-roles', programmeRoles: 'access:programme-roles', authenticated: 'access:authenticated' } as const;

/** Anybody, without a token; the reason is printed in the API document. */
export const Public = (reason = 'nothing in it concerns a person or a programme') => SetMetadata(accessKeys.public, { kind: 'public', reason } satisfies Access);

/** Holders of one of these roles in their token. */
export const PlatformRoles = (...roles: readonly PlatformRole[]) => SetMetadata(accessKeys.platformRoles, { kind: 'platform-roles', roles } satisfies Access);

/** Holders of one of these roles in the programme of the path's `:programmeId`, as recorded now. */
export const ProgrammeRoles = (...roles: readonly string[]) => SetMetadata(accessKeys.programmeRoles, { kind: 'programme-roles', roles } satisfies Access);

/** Anybody with a token: the handler itself checks whose thing it is, and `reason` says how. */
export const Authenticated = (reason: string) => SetMetadata(accessKeys.authenticated, { kind: 'authenticated', reason } satisfies Access);
