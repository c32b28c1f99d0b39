import { processEnvironment } from '@program-ledger/host';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the environment says of where engines are to be had. */
const variables = ['JAVA_HOME', 'EVENTSTOREDB_URL', 'EVENTSTOREDB_HOME', 'EVENTSTOREDB_IMAGE'] as const;
export type Asked = Readonly<Partial<Record<(typeof variables)[number], string>>>;

const file = (directory: string): string => join(directory, 'asked.json');

/** Left by `up` for the keeper, which may have begun in another environment; an address may hold a password. */
export const leaveAsked = (directory: string): void => {
  const environment = processEnvironment();
  const asked = Object.fromEntries(variables.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])));
  writeFileSync(file(directory), JSON.stringify(asked), { mode: 0o600 });
};

/** What the latest `up` left. */
export const readAsked = (directory: string): Asked => JSON.parse(readFileSync(file(directory), 'utf8')) as Asked;
