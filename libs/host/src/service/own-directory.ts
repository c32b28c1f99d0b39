import { migration } from '@program-ledger/read-models';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';

export const ownDirectoryMigration = migration('OwnDirectory', 4, ['create table own_directory (one boolean primary key default true check (one), mark uuid not null)']);

const markFile = 'belongs-to';

/** The files of a service are not where its database knows them to be: an instance would answer that they do not exist. */
export class ForeignDirectory extends Error {
  override readonly name = 'ForeignDirectory';
  constructor(service: string, directory: string) {
    super(`The files of ${service} are not in ${directory}: its instances share one directory (LEDGER_DATA), and its database knows another.`);
  }
}

/**
 * Makes the directory of a service. One that keeps files is marked, and the database knows the mark: an instance with a directory of its
 * own, or a database that was restored beside other files, does not start.
 * @throws ForeignDirectory
 */
export const ownDirectory = async (database: DataSource, { service, directory, keepsFiles }: { readonly service: string; readonly directory: string; readonly keepsFiles: boolean }): Promise<void> => {
  mkdirSync(directory, { recursive: true });
  if (!keepsFiles) return;
  const file = join(directory, markFile);
  await database.transaction(async (transaction) => {
    await transaction.query(`select pg_advisory_xact_lock(hashtextextended('own directory', 0))`);
    const [known] = await transaction.query<{ mark: string }[]>('select mark from own_directory');
    const found = markIn(file);
    if (known !== undefined) {
      if (found !== known.mark) throw new ForeignDirectory(service, directory);
      return;
    }
    // First the file: a crash before the commit leaves a mark that the next start takes.
    const mark = found ?? randomUUID();
    if (found === undefined) writeFileSync(file, mark, { mode: 0o644 });
    await transaction.query('insert into own_directory (mark) values ($1)', [mark]);
  });
};

const markIn = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
