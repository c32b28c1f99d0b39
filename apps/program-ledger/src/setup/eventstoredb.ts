import type { InstanceMode } from '@program-ledger/event-sourcing';
import { grantEventStoreDbAccess, guardStreams, UsersRefused } from '@program-ledger/eventstoredb/access';
import { Refused } from '../refused.js';
import { categoriesOf, serviceNames } from './access.js';
import { declared } from './declared.js';
import { identityOf, type Secrets } from './secrets.js';

export type EventStoreDbSetup = {
  readonly adminUrl: string;
  readonly secrets: Secrets;
  /** Also gives every stream that is there its own access list. */
  readonly streams: boolean;
  /** Says, as the first event of the log, what the instance is; a log that is to be migrated into stays empty. */
  readonly declare: InstanceMode | null;
  readonly say: (line: string) => void;
};

/** Makes an EventStoreDB fit the URLs that services read: their users, in the groups that the log is readable and writable by. @throws Refused */
export const setUpEventStoreDb = async ({ adminUrl, secrets, streams, declare, say }: EventStoreDbSetup): Promise<void> => {
  const users = serviceNames.flatMap((service) => {
    if (!secrets.has(`${service}-log-url`)) return [];
    const { user: name, password } = identityOf(service, secrets.url(`${service}-log-url`));
    return [{ name, password, categories: categoriesOf(service) }];
  });
  if (users.length === 0) throw new Refused('There is no <service>-log-url among the secrets: nobody would be let in.');
  try {
    await grantEventStoreDbAccess({ adminUrl, users });
    for (const { name, categories } of users) say(`${name} reads the log${categories.length === 0 ? '' : ' and appends'}`);
    if (declare !== null) await declared(adminUrl, declare);
    if (streams) say(`${await guardStreams({ adminUrl, users })} streams were given an access list of their own`);
  } catch (error) {
    if (error instanceof UsersRefused) throw new Refused(`EventStoreDB: ${error.message}`, { cause: error });
    throw error;
  }
};
