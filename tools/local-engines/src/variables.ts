import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineNames, type State } from './state.js';

/** Services that stand on these engines, each with a database of its own. */
export const services = ['applications', 'review', 'gpu-grants', 'funding', 'audit-ledger'] as const;
export type ServiceName = (typeof services)[number];

type Variables = Readonly<Record<string, string>>;

/** The development issuer where it listens by itself. */
const issuer = 'http://127.0.0.1:7401';

/** Later engines take over what an earlier one could do as well: the log is EventStoreDB's where there is one, the broker Kafka. */
export const variablesOf = ({ engines }: State): Variables =>
  engineNames.reduce<Variables>((known, name) => {
    const engine = engines[name];
    return { ...known, ...(engine.is === 'ready' ? engine.variables : {}) };
  }, {});

/** Where the files are that a shell sources: `all`, and one for each service. */
export const environmentIn = (directory: string): string => join(directory, 'env');

/** As a shell takes it, whatever is in it. */
export const exported = (variables: Variables): string =>
  Object.entries(variables)
    .map(([key, value]) => `export ${key}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join('');

/**
 * Writes what a process has to be told to run on these engines, readable by this user alone: what all of them are told (`all`), and for each
 * service that and what is its own.
 */
export const writeEnvironments = (directory: string, state: State): void => {
  const folder = environmentIn(directory);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { LEDGER_LOG_URL, LEDGER_BROKER_URL } = variablesOf(state);
  const common = { ...(LEDGER_LOG_URL !== undefined && { LEDGER_LOG_URL }), ...(LEDGER_BROKER_URL !== undefined && { LEDGER_BROKER_URL }), LEDGER_ISSUER: issuer, LEDGER_DATA: join(directory, 'services') };
  write(join(folder, 'all'), exported(common));
  const { databases = {} } = state;
  for (const service of services) {
    const own = { LEDGER_DATABASE_URL: databases[service] ?? '', ...(service === 'review' && { REVIEW_SEALING_SECRET_FILE: sealingSecretIn(directory) }) };
    write(join(folder, service), exported({ ...common, ...own }));
  }
};

/** Made once: what it sealed could not be opened with another. */
const sealingSecretIn = (directory: string): string => {
  const file = join(directory, 'review-sealing-secret');
  if (!existsSync(file)) write(file, randomBytes(24).toString('hex'));
  return file;
};

const write = (file: string, text: string): void => {
  writeFileSync(`${file}.draft`, text, { mode: 0o600 });
  renameSync(`${file}.draft`, file);
};
