import pg from 'pg';
import { failure } from './failures.js';

/** A role of the server that may append to these categories, and to no other; with none it only reads. */
export type LogRole = { readonly role: string; readonly categories: readonly string[] };

export const logAccessLimits = { rolesMax: 200, categoriesPerRoleMax: 500 } as const;

/**
 * Lets roles use a log, as its owner, in one transaction: each reads everything and appends, through the function that asks whose
 * category it is, to its own categories. What a role was given before is taken back first, so that saying it again is how it changes.
 * No role but the owner of the schema can insert, change, delete or truncate a row, nor alter a table.
 * @throws Error for a role that the server does not know; EventStoreUnavailable when it cannot be reached.
 */
export const grantLogAccess = async (url: string, roles: readonly LogRole[]): Promise<void> => {
  assertGrantable(roles);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtext('event_store'))`);
    for (const statement of closed) await client.query(statement);
    for (const each of roles) await grant(client, each);
    await client.query('commit');
  } catch (error) {
    throw failure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Functions are everybody's when they are made; a log of an earlier version has left them so. */
const closed = [
  'revoke all on schema event_store from public',
  'revoke all on all tables in schema event_store from public',
  'revoke all on all functions in schema event_store from public',
] as const;

const grant = async (client: pg.Client, { role, categories }: LogRole): Promise<void> => {
  const grantee = pg.escapeIdentifier(role);
  await client.query(`revoke all on all tables in schema event_store from ${grantee}`);
  await client.query(`revoke all on all functions in schema event_store from ${grantee}`);
  await client.query(`grant usage on schema event_store to ${grantee}`);
  await client.query(`grant select on event_store.format, event_store.events to ${grantee}`);
  await client.query(`grant execute on function event_store.position_at(bigint) to ${grantee}`);
  await client.query('delete from event_store.category_owner where role = $1', [role]);
  if (categories.length === 0) return;
  await client.query(`grant execute on function event_store.append to ${grantee}`);
  await client.query('insert into event_store.category_owner (role, category) select $1, unnest($2::text[])', [role, categories]);
};

const assertGrantable = (roles: readonly LogRole[]): void => {
  const { rolesMax, categoriesPerRoleMax } = logAccessLimits;
  if (roles.length > rolesMax) throw new Error(`rolesMax is ${rolesMax}, got ${roles.length}`);
  for (const { role, categories } of roles) {
    if (categories.length > categoriesPerRoleMax) throw new Error(`categoriesPerRoleMax is ${categoriesPerRoleMax}, ${role} has ${categories.length}`);
    const wrong = categories.find((category) => !/^[A-Za-z][A-Za-z0-9]*$/.test(category));
    if (wrong !== undefined) throw new TypeError(`${JSON.stringify(wrong)} of ${role} is no category`);
  }
};
