import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { canReach, type Account } from './account.js';
import { claimDirectory, DirectoryInUse } from './owner.js';
import { EmbeddedPostgresRefused } from './refused.js';

/** Where data and programs go that root must keep out of directories which the database's account cannot enter. */
export const elsewhere = '/var/lib/program-ledger';

/** Everything of one database: `data` (PostgreSQL's own), `password` (0600), `owner.json` (who runs it now), `postgres.log`. */
export type Home = { readonly directory: string; readonly data: string };

/**
 * The home is the directory itself, or, when the account cannot reach it, a place under `elsewhere` that the file
 * `database-location` in the directory names. Once chosen it stays; deleting the directory forgets it.
 */
export const homeOf = (directory: string, account: Account, onProgress: (sentence: string) => void): Home => {
  const asked = resolve(directory);
  make(asked);
  const pointer = join(asked, 'database-location');
  const home = existsSync(pointer)
    ? readFileSync(pointer, 'utf8').trim()
    : canReach(account, asked) || existsSync(join(asked, 'data'))
      ? asked
      : moved(asked, pointer);
  if (home !== asked) onProgress(`the account ${account.name} cannot reach ${asked}: the data lies in ${home}`);
  if (!canReach(account, home))
    throw new EmbeddedPostgresRefused(
      'directory-unreachable',
      `The account ${account.name} cannot reach the data in ${home}: make the directories above it traversable, or start as the user who owns it.`,
    );
  const data = join(home, 'data');
  assertOwn(data, account);
  return { directory: home, data };
};

const moved = (asked: string, pointer: string): string => {
  const home = join(elsewhere, `${basename(dirname(asked))}-${randomBytes(4).toString('hex')}`);
  make(home);
  writeFileSync(join(home, 'belongs-to'), `${asked}\n`);
  writeFileSync(pointer, `${home}\n`);
  return home;
};

const make = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new EmbeddedPostgresRefused('directory-unreachable', `The directory ${directory} cannot be made: ${(cause as Error).message}.`, { cause });
  }
};

const assertOwn = (data: string, account: Account): void => {
  if (!existsSync(data)) return;
  const mine = account.ids.uid ?? process.getuid?.();
  const owner = statSync(data).uid;
  if (mine !== undefined && owner !== mine)
    throw new EmbeddedPostgresRefused('directory-of-other-user', `The data in ${data} belongs to the user with id ${owner}: start as that user, as before.`);
};

/** Kept in a file that only this user reads; made once. */
export const passwordOf = (home: Home): string => {
  const file = join(home.directory, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('hex');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
};

/** Takes the home for this process, until `release`. */
export const claim = (home: Home): { release: () => void } => {
  try {
    return claimDirectory(home.directory);
  } catch (error) {
    if (error instanceof DirectoryInUse) throw new EmbeddedPostgresRefused('directory-in-use', error.message);
    throw error;
  }
};
