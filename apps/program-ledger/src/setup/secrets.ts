import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '../refused.js';
import { databaseOf, serviceNames } from './access.js';

/**
 * A directory with a file for each URL that a process reads by `LEDGER_…_URL_FILE`: `review-database-url`, `review-log-url`,
 * `review-broker-url` … and the operator's own, `postgres-url`, `eventstoredb-url`. Setting a server up makes it fit what they say.
 */
export class Secrets {
  constructor(private readonly directory: string) {
    if (!existsSync(directory)) throw new Refused(`${directory} is not there: it should hold a file for each URL that the services read; --make makes them for PostgreSQL.`);
  }

  has(name: string): boolean {
    return existsSync(join(this.directory, name));
  }

  /** @throws Refused when there is no such file. */
  text(name: string): string {
    const file = join(this.directory, name);
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (cause) {
      throw new Refused(`${file} cannot be read.`, { cause });
    }
  }

  /** @throws Refused when there is no such file, or no URL in it. */
  url(name: string): URL {
    try {
      return new URL(this.text(name));
    } catch (cause) {
      throw new Refused(`${join(this.directory, name)} holds no URL.`, { cause });
    }
  }

  /** Those of the files whose names end so, by what comes before. */
  ending(end: string): ReadonlyMap<string, URL> {
    const names = readdirSync(this.directory).filter((name) => name.endsWith(`-${end}`));
    return new Map(names.toSorted().map((name) => [name.slice(0, -end.length - 1), this.url(name)]));
  }
}

/** Who connects, from a URL. @throws Refused when it does not say. */
export const identityOf = (name: string, url: URL): { readonly user: string; readonly password: string } => {
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (user === '' || password === '') throw new Refused(`The URL of ${name} says no user, or no password.`);
  return { user, password };
};

/** Makes the files that are missing for services on one PostgreSQL, with new passwords, readable by nobody else; what is there is kept. */
export const makePostgresSecrets = (directory: string, adminUrl: string): readonly string[] => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return serviceNames.flatMap((service) => {
    const password = passwordIn(directory, service) ?? randomBytes(24).toString('base64url');
    const urlOf = (database: string): string => {
      const url = new URL(adminUrl);
      Object.assign(url, { username: databaseOf(service), password, pathname: `/${database}` });
      return url.href;
    };
    const files = { 'database-url': urlOf(databaseOf(service)), 'log-url': urlOf('ledger_log'), 'broker-url': urlOf('ledger_broker') };
    return Object.entries(files).flatMap(([kind, url]) => {
      const file = join(directory, `${service}-${kind}`);
      if (existsSync(file)) return [];
      writeFileSync(file, url, { mode: 0o600 });
      return [file];
    });
  });
};

/** A role has one password, whichever of its databases it connects to. */
const passwordIn = (directory: string, service: string): string | undefined => {
  const file = ['database-url', 'log-url', 'broker-url'].map((kind) => join(directory, `${service}-${kind}`)).find((each) => existsSync(each));
  return file === undefined ? undefined : decodeURIComponent(new URL(readFileSync(file, 'utf8').trim()).password);
};
