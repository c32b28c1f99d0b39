import { claimDirectory, DirectoryInUse } from '@program-ledger/embedded-postgres/owner';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EmbeddedKafkaRefused } from './refused.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** What is pinned: the pom, the checksum of every jar, and how the broker logs. */
const pinned = join(root, 'infra/kafka');

/** The broker's version, as the pom pins it. */
export const kafkaVersion = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(join(pinned, 'pom.xml'), 'utf8'))?.[1] ?? 'unknown';

export const logConfiguration = join(pinned, 'log4j2.properties');

/** Where the jars go, for every clone's directory and every process of it. */
const cacheByDefault = join(root, '.data/engines');

const javaMajorMin = 17;
const fetchMsMax = 600_000;

/** The `java` to run the broker with: new enough for Kafka 4. */
export const javaFor = async (java: string): Promise<string> => {
  const said = await promisify(execFile)(java, ['-version']).catch((cause: unknown) => {
    throw new EmbeddedKafkaRefused('java-absent', `Kafka needs Java ${javaMajorMin} or later, and "${java}" does not run here: install a JRE.`, { cause });
  });
  const [, major = '0'] = /version "(\d+)/.exec(said.stderr) ?? [];
  if (Number(major) < javaMajorMin) throw new EmbeddedKafkaRefused('java-absent', `Kafka needs Java ${javaMajorMin} or later, and "${java}" is Java ${major}.`);
  return java;
};

export type Fetching = { readonly cache?: string | undefined; readonly maven?: string | undefined; readonly pins?: string | undefined; readonly onProgress: (sentence: string) => void };

/**
 * The folder with the broker's jars, each with the checksum that is kept here. Fetched by Maven when absent: into a folder aside that is
 * renamed once it is right, by one process while others wait for it.
 */
export const jars = async ({ cache = cacheByDefault, maven = 'mvn', pins = pinned, onProgress }: Fetching): Promise<string> => {
  const sums = readFileSync(join(pins, 'checksums.sha256'), 'utf8');
  const folder = join(cache, `kafka-${kafkaVersion}-${createHash('sha256').update(sums).digest('hex').slice(0, 8)}`);
  mkdirSync(cache, { recursive: true });
  const { release } = await claimInTurn(cache, onProgress);
  try {
    if (!existsSync(folder)) await fetchInto(folder, { sums, maven, pins, onProgress });
    else verify(folder, sums);
  } finally {
    release();
  }
  return folder;
};

const claimInTurn = async (cache: string, onProgress: (sentence: string) => void): Promise<{ release: () => void }> => {
  let said = false;
  for (const until = performance.now() + fetchMsMax; ; await sleep(100)) {
    try {
      return claimDirectory(cache);
    } catch (error) {
      if (!(error instanceof DirectoryInUse)) throw error;
      if (performance.now() > until) throw new EmbeddedKafkaRefused('fetch-failed', error.message, { cause: error });
      if (!said) onProgress('waiting for another process that looks at the jars of Kafka');
      said = true;
    }
  }
};

const fetchInto = async (folder: string, { sums, maven, pins, onProgress }: { readonly sums: string; readonly maven: string; readonly pins: string } & Pick<Fetching, 'onProgress'>) => {
  for (const name of readdirSync(join(folder, '..'))) if (name.startsWith('kafka.draft-')) rmSync(join(folder, '..', name), { recursive: true });
  await promisify(execFile)(maven, ['-v']).catch((cause: unknown) => {
    throw new EmbeddedKafkaRefused('maven-absent', `Kafka comes from Maven Central, and "${maven}" does not run here: install Maven.`, { cause });
  });
  onProgress(`fetching Kafka ${kafkaVersion} from Maven Central (45 MB, once)`);
  const draft = mkdtempSync(join(folder, '..', 'kafka.draft-'));
  try {
    await copyDependencies(maven, pins, draft);
    verify(draft, sums);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
};

/** `-C`: what Maven Central itself says of a file must hold as well. */
const copyDependencies = async (maven: string, pins: string, into: string): Promise<void> => {
  const goals = ['-B', '-q', '-C', '-f', join(pins, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${into}`, '-DincludeScope=runtime'];
  try {
    await promisify(execFile)(maven, goals, { timeout: fetchMsMax });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const why = `${stdout}\n${stderr}`.split('\n').find((line) => line.includes('[ERROR]')) ?? String(cause);
    throw new EmbeddedKafkaRefused('fetch-failed', `Maven could not fetch Kafka ${kafkaVersion}: ${why.trim()}`, { cause });
  }
};

/** The jars are the ones that are written down, all of them and no other. */
const verify = (folder: string, sums: string): void => {
  const wanted = new Map(sums.trim().split('\n').map((line) => [line.slice(66), line.slice(0, 64)] as const));
  const found = new Map(readdirSync(folder).map((name) => [name, createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')] as const));
  const wrong = [...new Set([...wanted.keys(), ...found.keys()])].filter((name) => wanted.get(name) !== found.get(name)).sort();
  if (wrong.length > 0)
    throw new EmbeddedKafkaRefused('checksum-mismatch', `The jars in ${folder} are not those of infra/kafka/checksums.sha256 (${wrong.join(', ')}): nothing of them is run.`);
};
