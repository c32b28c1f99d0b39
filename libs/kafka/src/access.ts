import { clientOf } from './client.js';
import { failure } from './failures.js';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, ResourcePatternTypes, type AclEntry, type Admin } from './kafkajs.js';
import { Link } from './link.js';
import { kafkaLimits, type KafkaConnection } from './options.js';
import { operating } from './spoken.js';

/** What one user may do to one topic or group, by Kafka's names; reading and writing imply describing. */
export type KafkaGrant = { readonly principal: string; readonly resourceType: 'TOPIC' | 'GROUP'; readonly resourceName: string; readonly operations: readonly ('READ' | 'WRITE')[] };

/** What became of it: rules that are new, and rules of these users that are no more. */
export type Granted = { readonly added: number; readonly removed: number };

/**
 * The operator's act: afterwards each user of the list may do what it says there and nothing else. Users that are not in it are left alone.
 * @throws BrokerUnavailable, BrokerAccessDenied
 */
export const grantKafkaAccess = async (connection: KafkaConnection, grants: readonly KafkaGrant[]): Promise<Granted> => {
  const around = { ...connection, clientId: 'grant-access', limits: kafkaLimits, report: () => undefined };
  const { config, sockets } = clientOf(around);
  const admin = new Kafka(config).admin();
  try {
    await (await Link.open(around, operating)).close();
    await admin.connect();
    const principals = [...new Set(grants.map(({ principal }) => principal))];
    const there = (await Promise.all(principals.map((principal) => rulesOf(admin, principal)))).flat();
    const wanted = new Map(grants.flatMap(entriesOf).map((entry) => [keyOf(entry), entry]));
    const known = new Set(there.map(keyOf));
    const added = [...wanted].flatMap(([key, entry]) => (known.has(key) ? [] : [entry]));
    const surplus = there.filter((entry) => !wanted.has(keyOf(entry)));
    if (added.length > 0) await admin.createAcls({ acl: added });
    if (surplus.length > 0) await admin.deleteAcls({ filters: surplus });
    return { added: added.length, removed: surplus.length };
  } catch (error) {
    throw failure(error);
  } finally {
    sockets.destroy();
    await admin.disconnect().catch(() => undefined);
  }
};

const entriesOf = ({ principal, resourceType, resourceName, operations }: KafkaGrant): readonly AclEntry[] =>
  operations.map((operation) => ({
    principal,
    host: '*',
    resourceType: AclResourceTypes[resourceType],
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }));

const keyOf = ({ principal, host, resourceType, resourceName, resourcePatternType, operation, permissionType }: AclEntry): string =>
  JSON.stringify([principal, host, resourceType, resourceName, resourcePatternType, operation, permissionType]);

const rulesOf = async (admin: Admin, principal: string): Promise<readonly AclEntry[]> => {
  const { resources } = await admin.describeAcls({ principal, resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY });
  return resources.flatMap(({ acls, resourceType, resourceName, resourcePatternType }) => acls.map((acl) => ({ ...acl, resourceType, resourceName, resourcePatternType })));
};
