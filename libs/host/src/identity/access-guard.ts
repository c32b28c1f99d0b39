import { Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { id } from '@program-ledger/contracts/vocabulary';
import { askingOf } from '../http/asking.js';
import { hostProblem } from '../http/problem-document.js';
import { headerOf, isCommand, parameterOf, type HostRequest } from '../http/requests.js';
import { Services } from '../service/services.js';
import { accessKeys, type Access } from './access.js';
import { Tokens, type Identity } from './tokens.js';

/** Every way in that a route declares, on the method or else on the controller. */
export const declaredAccess = (handler: object, controller: Type): readonly Access[] => {
  const own = read(handler);
  return own.length > 0 ? own : read(controller);
};

const read = (target: object): readonly Access[] => Object.values(accessKeys).flatMap((key) => (Reflect.getMetadata(key, target) as Access | undefined) ?? []);

/** Stands before every route of the process. What is not declared is closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly tokens: Tokens,
    private readonly services: Services,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const accesses = declaredAccess(context.getHandler(), context.getClass());
    if (accesses.length === 0) throw hostProblem('route-undeclared');
    if (accesses.some(({ kind }) => kind === 'public')) return true;
    const request = context.switchToHttp().getRequest<HostRequest>();
    const identity = await this.tokens.verify(bearerOf(request));
    const roles = await this.rolesIn(request, identity);
    const entry = accesses.map((access) => entryBy(access, identity, roles)).find((found) => found !== undefined) ?? auditing(request, identity);
    if (entry === undefined) throw hostProblem('role-missing', { roles: accesses.flatMap((access) => ('roles' in access ? access.roles : [])).join(', ') });
    request.asking = askingOf(request, identity, roles, entry.role);
    return true;
  }

  private async rolesIn(request: HostRequest, { subject }: Identity): Promise<ReadonlySet<string>> {
    const programmeId = parameterOf(request, 'programmeId');
    const service = this.services.ofPath(request.url);
    if (programmeId === undefined || service === undefined || !id.safeParse(programmeId).success) return noRoles;
    return service.roles.rolesOf(subject, programmeId);
  }
}

const noRoles: ReadonlySet<string> = new Set();

type Entry = { readonly role: string | undefined };

const entryBy = (access: Access, identity: Identity, roles: ReadonlySet<string>): Entry | undefined => {
  switch (access.kind) {
    case 'public':
    case 'authenticated':
      return { role: undefined };
    case 'platform-roles':
      return held(access.roles, identity.platformRoles);
    case 'programme-roles':
      return held(access.roles, roles);
  }
};

const held = (wanted: readonly string[], had: ReadonlySet<string>): Entry | undefined => {
  const role = wanted.find((one) => had.has(one));
  return role === undefined ? undefined : { role };
};

/** An auditor may read everything, and do nothing. */
const auditing = (request: HostRequest, { platformRoles }: Identity): Entry | undefined => (!isCommand(request) && platformRoles.has('auditor') ? { role: 'auditor' } : undefined);

const bearerOf = (request: HostRequest): string => {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(headerOf(request, 'authorization') ?? '')?.[1];
  if (token === undefined) throw hostProblem('token-missing');
  return token;
};
