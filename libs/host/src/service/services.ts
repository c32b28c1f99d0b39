import type { EventStore } from '@program-ledger/event-sourcing';
import type { RoleAssignments } from '@program-ledger/programme-directory';
import type { Views } from '@program-ledger/read-models';
import type { ServiceDefinition } from './service-definition.js';

/** What the rim needs of a service that runs in this process. */
export type RunningService = {
  readonly definition: ServiceDefinition;
  readonly store: EventStore;
  readonly views: Views;
  readonly roles: Pick<RoleAssignments, 'rolesOf'>;
};

/** The services of this process by the first segment of their paths. */
export class Services {
  private readonly running = new Map<string, RunningService>();

  add(service: RunningService): void {
    this.running.set(service.definition.name, service);
  }

  /** The service whose path it is; none for the host's own routes. */
  ofPath(path: string): RunningService | undefined {
    return this.running.get(firstSegment(path));
  }

  all(): readonly RunningService[] {
    return [...this.running.values()];
  }
}

/** `review` of `/review/programmes?x=1`. */
export const firstSegment = (path: string): string => /^\/([^/?#]*)/.exec(path)?.[1] ?? '';
