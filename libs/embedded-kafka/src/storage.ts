import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedKafkaRefused } from './refused.js';
import { serverProperties, type KafkaSecurity, type KeyFiles } from './server-properties.js';

/** Everything of one broker: `data` (Kafka's own), `server.properties`, keys (0600), `owner.json` and `broker.json` (who runs it now), `broker.log`. */
export type Home = { readonly directory: string; readonly data: string; readonly properties: string; readonly log: string; readonly console: string; readonly process: string };

export const homeOf = (directory: string): Home => {
  mkdirSync(directory, { recursive: true });
  const at = (name: string): string => join(directory, name);
  return { directory, data: at('data'), properties: at('server.properties'), log: at('broker.log'), console: at('broker.out'), process: at('broker.json') };
};

export type Java = { readonly java: string; readonly jars: string };

/** A path or a word as the files of arguments that `java @file` reads want it. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/**
 * Formats the storage once. Built aside and renamed, so that a crash in the middle leaves nothing that looks like a broker's data. The users'
 * passwords go by a file that only this user reads: an argument would be seen by everybody on the machine.
 */
export const format = async (home: Home, { java, jars }: Java, security: KafkaSecurity | undefined): Promise<void> => {
  for (const name of readdirSync(home.directory)) if (name.startsWith('data.draft-')) rmSync(join(home.directory, name), { recursive: true });
  const draft = mkdtempSync(`${home.data}.draft-`);
  const properties = join(draft, 'format.properties');
  const secret = { mode: 0o600 } as const;
  const ports = { client: 9092, controller: 9093, certificate: 9094 };
  writeFileSync(properties, serverProperties(ports, join(draft, 'data'), undefined, {}), secret);
  const users = Object.entries(security?.users ?? {}).flatMap(([name, password]) => ['--add-scram', scram(name, password)]);
  const words = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', `-Dbroker.log=${home.log}`, '-cp', join(jars, '*'), 'kafka.tools.StorageTool'];
  const cluster = randomBytes(16).toString('base64url').replace(/^-/u, 'A');
  const command = [...words, 'format', '--cluster-id', cluster, '--config', properties, ...users];
  writeFileSync(join(draft, 'arguments'), command.map(quoted).join('\n'), secret);
  try {
    await promisify(execFile)(java, [`@${join(draft, 'arguments')}`]);
    renameSync(join(draft, 'data'), home.data);
    writeFileSync(join(home.directory, 'users.json'), namesOf(security), secret);
  } catch (cause) {
    const said = String((cause as { stderr?: string }).stderr ?? cause).trim().split('\n').at(-1) ?? '';
    throw new EmbeddedKafkaRefused('start-failed', `The storage of Kafka could not be made in ${home.directory}: ${said}`, { cause });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
};

const scram = (name: string, password: string): string => {
  if (!/^[\w.~-]{1,200}$/u.test(name) || !/^[\w.~-]{1,200}$/u.test(password)) throw new TypeError('A user of Kafka and the password are letters, digits and . _ ~ -');
  return `SCRAM-SHA-512=[name=${name},password=${password}]`;
};

const namesOf = (security: KafkaSecurity | undefined): string => JSON.stringify(security === undefined ? null : Object.keys(security.users).sort());

/** Storage knows the users that it was made with, and no others. */
export const assertSameUsers = (home: Home, security: KafkaSecurity | undefined): void => {
  const file = join(home.directory, 'users.json');
  if (existsSync(file) && readFileSync(file, 'utf8') === namesOf(security)) return;
  throw new EmbeddedKafkaRefused('directory-of-other-security', `The data in ${home.directory} was made for other users of Kafka: choose another directory, or remove this one.`);
};

/** Writes the keys where the broker reads them, and only it. */
export const writeKeys = (home: Home, security: KafkaSecurity | undefined): KeyFiles | undefined => {
  if (security === undefined) return undefined;
  const keys = { own: join(home.directory, 'broker.pem'), trusted: join(home.directory, 'ca.pem') };
  writeFileSync(keys.own, `${security.key.trim()}\n${security.certificate.trim()}\n`, { mode: 0o600 });
  writeFileSync(keys.trusted, security.ca, { mode: 0o600 });
  return keys;
};
