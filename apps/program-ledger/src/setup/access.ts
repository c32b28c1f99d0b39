import { serviceOfCategory } from '@program-ledger/contracts/audit-ledger';
import { consumerGroups, topics } from '@program-ledger/contracts/topics';
import type { BrokerRole } from '@program-ledger/postgres-broker';
import type { LogRole } from '@program-ledger/postgres-event-store';

/** What each service may write, out of the contracts; a test holds the list against the services themselves. */

export const serviceNames = ['applications', 'review', 'gpu-grants', 'funding', 'audit-ledger'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Database of a service, unless its URL says otherwise; its role has the same name. */
export const databaseOf = (service: string): string => `ledger_${service.replaceAll('-', '_')}`;

/** No service owns the category that says what the instance is: that is the operator's. */
export const categoriesOf = (service: ServiceName): readonly string[] =>
  Object.entries(serviceOfCategory).flatMap(([category, owner]) => (owner === service ? [category] : []));

export const logRoleOf = (service: ServiceName, role: string): LogRole => ({ role, categories: categoriesOf(service) });

export const brokerRoleOf = (service: ServiceName, role: string): BrokerRole => ({
  role,
  topics: topics.flatMap((topic) => (topic.service === service ? [topic.name] : [])),
  groups: consumerGroups.flatMap((group) => (group.service === service ? [group.group] : [])),
});
