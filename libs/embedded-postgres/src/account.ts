import { execFileSync, spawnSync } from 'node:child_process';
import { EmbeddedPostgresRefused } from './refused.js';

/** Who runs the database: this user, or another when this user is root, whom PostgreSQL refuses. */
export type Account = { readonly name: string; readonly ids: { readonly uid: number; readonly gid: number } | Record<string, never> };

/** The accounts that root may lend to the database, the first that this machine has. */
const accountsForRoot = ['postgres', 'nobody'] as const;

export const accountToRunAs = (): Account => {
  if (process.getuid?.() !== 0) return { name: 'this user', ids: {} };
  for (const name of accountsForRoot) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { name, ids: { uid, gid } };
  }
  throw new EmbeddedPostgresRefused(
    'no-account',
    'PostgreSQL refuses to run as root and there is no account "postgres" or "nobody" to run it as: start as an ordinary user.',
  );
};

const idOf = (flag: '-u' | '-g', name: string): number | undefined => {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
};

/** Whether the account can use a path: asked as that account, since a 0700 directory anywhere above it is enough to say no. */
export const canReach = (account: Account, path: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { cwd: '/', ...account.ids, stdio: 'ignore' }).status === 0;
