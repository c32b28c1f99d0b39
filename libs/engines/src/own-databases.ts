import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Connection of one owner to the one database that is theirs. */
export type OwnDatabases = ReadonlyMap<string, string>;

/**
 * A database and a role for each owner, made when missing. A role reaches its own database only; its password is new at every start
 * and lives in this process alone, unless somebody says what it is.
 */
export const ownDatabases = async (serverUrl: string, owners: readonly string[], passwordOf: (owner: string) => string = fresh): Promise<OwnDatabases> => {
  const client = new pg.Client({ connectionString: serverUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const urls = new Map<string, string>();
    for (const owner of owners) urls.set(owner, await ownDatabase(client, serverUrl, { owner, password: passwordOf(owner) }));
    return urls;
  } finally {
    await client.end();
  }
};

const fresh = (): string => randomBytes(24).toString('base64url');

const ownDatabase = async (client: pg.Client, serverUrl: string, { owner, password }: { readonly owner: string; readonly password: string }): Promise<string> => {
  const name = `ledger_${owner.replaceAll('-', '_')}`;
  const role = pg.escapeIdentifier(name);
  const { rows: roles } = await client.query('select 1 from pg_roles where rolname = $1', [name]);
  const options = `login nosuperuser nocreatedb nocreaterole password ${pg.escapeLiteral(password)}`;
  await client.query(`${roles.length === 0 ? 'create' : 'alter'} role ${role} ${options}`);
  const { rows: databases } = await client.query('select 1 from pg_database where datname = $1', [name]);
  // A crash between the two leaves a database open to every role of this server: the next start closes it.
  if (databases.length === 0) await client.query(`create database ${role} owner ${role}`);
  await client.query(`revoke connect, temporary on database ${role} from public`);
  const url = new URL(serverUrl);
  url.username = name;
  url.password = password;
  url.pathname = `/${name}`;
  return url.href;
};
