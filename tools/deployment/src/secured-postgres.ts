import { startEmbeddedPostgres, type EmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { chmodSync, chownSync, copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** PostgreSQL as its container runs it: with the certificate of `make-secrets`, and the rules of `infra/postgres` for who may connect. */
export const startSecuredPostgres = async (directory: string, { secrets, rules }: { readonly secrets: string; readonly rules: string }): Promise<EmbeddedPostgres> => {
  const postgres = await startEmbeddedPostgres({ directory, throwAway: true });
  try {
    await secure(postgres, { secrets, rules });
    return postgres;
  } catch (error) {
    await postgres.stop();
    throw error;
  }
};

const secure = async (postgres: EmbeddedPostgres, { secrets, rules }: { readonly secrets: string; readonly rules: string }): Promise<void> => {
  const data = join(postgres.directory, 'data');
  const { uid, gid } = statSync(data);
  for (const [name, mode] of [['postgres.pem', 0o644], ['postgres.key', 0o600]] as const) {
    copyFileSync(join(secrets, name), join(data, name));
    chmodSync(join(data, name), mode);
    chownSync(join(data, name), uid, gid);
  }
  writeFileSync(join(data, 'pg_hba.conf'), readFileSync(rules));
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  for (const setting of ["ssl_cert_file = 'postgres.pem'", "ssl_key_file = 'postgres.key'", "ssl_min_protocol_version = 'TLSv1.3'", 'ssl = on']) await client.query(`alter system set ${setting}`);
  await client.query('select pg_reload_conf()');
  await client.end();
};

/** The text of a secret, and another in its place. */
export const secretsIn = (directory: string) => {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const rewrite = (name: string, change: (url: string) => string): void => {
    chmodSync(join(directory, name), 0o600);
    writeFileSync(join(directory, name), change(read(name)));
  };
  return { read, rewrite };
};

/** Has the URLs of `make-secrets` name this PostgreSQL where they name a container; the log is in it too, since no registry carries EventStoreDB. */
export const pointAt = (directory: string, { url: adminUrl, port }: EmbeddedPostgres): void => {
  const { read, rewrite } = secretsIn(directory);
  const ending = (end: string): readonly string[] => readdirSync(directory).filter((name) => name.endsWith(end));
  for (const name of ending('-url')) rewrite(name, (url) => url.replace('@postgres:5432', `@localhost:${port}`));
  rewrite('postgres-url', () => `${adminUrl.replace('127.0.0.1', 'localhost')}?sslmode=verify-full`);
  rmSync(join(directory, 'eventstoredb-url'));
  for (const name of ending('-log-url')) rewrite(name, () => read(name.replace('-log-', '-database-')).replace(/\/ledger_\w+\?/, '/ledger_log?'));
};
