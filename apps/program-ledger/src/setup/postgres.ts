import { topics } from '@program-ledger/contracts/topics';
import type { InstanceMode } from '@program-ledger/event-sourcing';
import { createBrokerSchema, declareTopics, grantBrokerAccess } from '@program-ledger/postgres-broker';
import { createEventStoreSchema, grantLogAccess } from '@program-ledger/postgres-event-store';
import pg from 'pg';
import { Refused } from '../refused.js';
import { brokerRoleOf, logRoleOf, serviceNames, type ServiceName } from './access.js';
import { declared } from './declared.js';
import { identityOf, type Secrets } from './secrets.js';

export type PostgresSetup = {
  /** A role that may make roles and databases; it owns the log and the broker, and no service runs as it. */
  readonly adminUrl: string;
  readonly secrets: Secrets;
  /** Says, as the first event of the log, what the instance is; a log that is to be migrated into stays empty. */
  readonly declare: InstanceMode | null;
  readonly say: (line: string) => void;
};

/**
 * Makes a PostgreSQL server fit the URLs that services read: their roles and databases; the log and the broker, where they are in
 * PostgreSQL, with each role let in to its own categories, topics and groups. Said again, also after a release that adds a category or
 * topic, it brings everything up to date and loses nothing. @throws Refused
 */
export const setUpPostgres = async (setup: PostgresSetup): Promise<void> => {
  const { adminUrl, secrets, say } = setup;
  await withClient(adminUrl, async (client) => {
    for (const [name, url] of secrets.ending('database-url')) {
      await makeRole(client, identityOf(name, url));
      await makeDatabase(client, databaseIn(name, url), identityOf(name, url).user);
      say(`database of ${name}: ${databaseIn(name, url)}, for ${identityOf(name, url).user} alone`);
    }
  });
  const logs = servicesOn(secrets, 'log-url');
  const brokers = servicesOn(secrets, 'broker-url');
  if (logs.length > 0) await setUpLog(setup, logs);
  if (brokers.length > 0) await setUpBroker(setup, brokers);
};

type OnPostgres = { readonly service: ServiceName; readonly user: string; readonly password: string; readonly database: string };

const servicesOn = (secrets: Secrets, kind: string): readonly OnPostgres[] =>
  serviceNames.flatMap((service) => {
    if (!secrets.has(`${service}-${kind}`)) return [];
    const url = secrets.url(`${service}-${kind}`);
    return isPostgres(url) ? [{ service, ...identityOf(service, url), database: databaseIn(service, url) }] : [];
  });

const isPostgres = ({ protocol }: URL): boolean => ['postgres:', 'postgresql:'].includes(protocol);

const databaseIn = (name: string, url: URL): string => {
  const database = decodeURIComponent(url.pathname.slice(1));
  if (!isPostgres(url) || database === '') throw new Refused(`The URL of ${name} names no database of PostgreSQL.`);
  return database;
};

const setUpLog = async ({ adminUrl, declare, say }: PostgresSetup, users: readonly OnPostgres[]): Promise<void> => {
  const url = await sharedDatabase(adminUrl, 'log', users);
  say(`event log: ${await createEventStoreSchema(url)}`);
  await grantLogAccess(
    url,
    users.map(({ service, user }) => logRoleOf(service, user)),
  );
  for (const { service, user } of users) say(`event log: ${user} appends to ${logRoleOf(service, user).categories.join(', ') || 'nothing'}`);
  if (declare !== null) await declared(url, declare);
};

const setUpBroker = async ({ adminUrl, say }: PostgresSetup, users: readonly OnPostgres[]): Promise<void> => {
  const url = await sharedDatabase(adminUrl, 'broker', users);
  say(`broker: ${await createBrokerSchema(url)}`);
  await declareTopics(url, topics);
  const roles = users.map(({ service, user }) => brokerRoleOf(service, user));
  await grantBrokerAccess(url, roles);
  for (const { role, topics: own, groups } of roles) say(`broker: ${role} writes ${own.length} topics and is in the groups ${groups.join(', ') || 'none'}`);
};

/** One database for all, of the operator; every role may connect to it. Answers its URL for the operator. */
const sharedDatabase = async (adminUrl: string, what: string, users: readonly OnPostgres[]): Promise<string> => {
  const names = [...new Set(users.map(({ database }) => database))];
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Refused(`All services share one ${what}, and their URLs name ${names.join(' and ')}.`);
  await withClient(adminUrl, async (client) => {
    for (const user of users) await makeRole(client, user);
    await makeDatabase(client, name, null);
    for (const { user } of users) await client.query(`grant connect on database ${pg.escapeIdentifier(name)} to ${pg.escapeIdentifier(user)}`);
  });
  return Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
};

type Role = { readonly superuser: boolean; readonly operator: boolean; readonly members: readonly string[]; readonly powers: readonly string[] };

/** What PostgreSQL knows of a role, if it does: `powers` as options that take them away, named only where it has them, since an operator may not even say the others. */
const roleIn = async (client: pg.Client, user: string): Promise<Role | undefined> => {
  const { rows } = await client.query<Role>(
    `select rolsuper as superuser, pg_has_role(oid, current_user, 'member') as operator,
       array(select m.roleid::regrole::text from pg_auth_members m where m.member = r.oid order by 1) as members,
       array_remove(array[case when rolcreatedb then 'nocreatedb' end, case when rolcreaterole then 'nocreaterole' end,
         case when rolbypassrls then 'nobypassrls' end, case when rolreplication then 'noreplication' end], null) as powers
     from pg_roles r where rolname = $1`,
    [user],
  );
  return rows[0];
};

const assertOrdinary = (user: string, { superuser, operator, members }: Role): void => {
  if (superuser) throw new Refused(`${user} is a superuser of this server, above every rule: give services roles of their own.`);
  if (operator) throw new Refused(`${user} is the operator that sets this server up, or may become it: give services roles of their own.`);
  if (members.length > 0) throw new Refused(`${user} has the rights of ${members.join(' and ')} too, whatever setup gives it: revoke them, or give the service a role of its own.`);
};

/**
 * Long transactions of a service would hold up the log for all: a role that leaves one open is cut off. An operator that is no superuser
 * takes the role's rights too: only so can it give the role a database, and move what is in it later.
 */
const makeRole = async (client: pg.Client, { user, password }: { readonly user: string; readonly password: string }): Promise<void> => {
  const role = pg.escapeIdentifier(user);
  const there = await roleIn(client, user);
  if (there !== undefined) assertOrdinary(user, there);
  const powers = there?.powers ?? ['nosuperuser', 'nocreatedb', 'nocreaterole', 'nobypassrls', 'noreplication'];
  await client.query(`${there === undefined ? 'create' : 'alter'} role ${role} login ${powers.join(' ')} password ${pg.escapeLiteral(password)}`);
  await client.query(`alter role ${role} set idle_in_transaction_session_timeout = '30s'`);
  const { rows } = await client.query<{ member: boolean }>(`select pg_has_role(current_user, $1, 'usage') as member`, [user]);
  if (rows[0]?.member !== true) await client.query(`grant ${role} to current_user`);
};

const makeDatabase = async (client: pg.Client, name: string, owner: string | null): Promise<void> => {
  const database = pg.escapeIdentifier(name);
  const { rows } = await client.query('select 1 from pg_database where datname = $1', [name]);
  // A crash between the two leaves a database open to every role of this server: said again, it is closed.
  if (rows.length === 0) await client.query(`create database ${database}`);
  await client.query(`revoke connect, temporary on database ${database} from public`);
  if (owner !== null) await client.query(`alter database ${database} owner to ${pg.escapeIdentifier(owner)}`);
};

const withClient = async (url: string, run: (client: pg.Client) => Promise<void>): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw new Refused(`The server cannot be reached as its operator: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  try {
    await run(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};
