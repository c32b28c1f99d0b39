import { describeSettings, type Environment, type ServiceDefinition } from '@program-ledger/host';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * In a rehearsal, makes the secrets that services say may be made, once, each in a file of its own that its `<KEY>_FILE` then names. In
 * production nothing is made: what is missing is named, and nothing starts.
 */
export const withMadeSecrets = (environment: Environment, services: readonly ServiceDefinition[], directory: string): Environment => {
  const made = services
    .flatMap(({ settings }) => (settings === undefined ? [] : [...describeSettings(settings)]))
    .filter(([key, { madeInRehearsal }]) => madeInRehearsal === true && environment[key] === undefined && environment[`${key}_FILE`] === undefined)
    .map(([key]) => [`${key}_FILE`, kept(directory, key)]);
  return { ...environment, ...Object.fromEntries(made) };
};

const kept = (directory: string, key: string): string => {
  const file = join(directory, key);
  if (existsSync(file)) return file;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, randomBytes(32).toString('hex'), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
};
