import { guardOf, stopProcess } from '@program-ledger/embedded-postgres/processes';
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The image that compose runs. */
const imageOf = (): string => /image: (eventstore\/eventstore:\S+)/u.exec(readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8'))?.[1] ?? 'eventstore/eventstore';

/** It cannot be had on this machine; the message says what would help. */
export class EventStoreAbsent extends Error {
  override readonly name = 'EventStoreAbsent';
}

export type Asked = {
  readonly directory: string;
  readonly ports: { readonly node: number; readonly replication: number };
  /** `EVENTSTOREDB_URL`: a server that somebody else runs. */
  readonly url: string | undefined;
  /** `EVENTSTOREDB_HOME`: the folder of an installation. */
  readonly home: string | undefined;
};

export type EventStoreServer = { readonly url: string; readonly version: string; readonly data: string; stop(): Promise<void> };

const startMsMax = 90_000;
const programs = ['kurrentd', 'KurrentDB', 'eventstored', 'EventStore.ClusterNode'] as const;
/** Telemetry can be switched off by the environment alone. */
const silent = ['EVENTSTORE_TELEMETRY_OPTOUT=true', 'KURRENTDB_TELEMETRY_OPTOUT=true'] as const;

/** The server that a variable names, or one from an installation, or one in Docker. @throws EventStoreAbsent */
export const startEventStore = async (asked: Asked): Promise<EventStoreServer> => {
  if (asked.url !== undefined) return named(asked.url);
  if (asked.home !== undefined) return installed(asked, asked.home);
  return inDocker(asked);
};

const named = async (url: string): Promise<EventStoreServer> => {
  const { protocol, host } = new URL(url.replace(/^[\w+]+:/u, url.includes('tls=false') ? 'http:' : 'https:'));
  const version = await leaderAt(`${protocol}//${host}`, AbortSignal.timeout(5_000));
  if (version === undefined) throw new EventStoreAbsent(`EVENTSTOREDB_URL names ${host}, where no server says that it leads.`);
  return { url, version, data: 'where its owner keeps it', stop: () => Promise.resolve() };
};

const installed = async ({ directory, ports }: Asked, home: string): Promise<EventStoreServer> => {
  const program = ['', 'bin'].flatMap((folder) => programs.map((name) => join(home, folder, name))).find((path) => existsSync(path));
  if (program === undefined) throw new EventStoreAbsent(`EVENTSTOREDB_HOME is ${home}, and none of ${programs.join(', ')} is in it.`);
  const data = join(directory, 'data');
  mkdirSync(data, { recursive: true });
  const output = join(directory, 'server.out');
  const log = openSync(output, 'w', 0o600);
  const { node, replication } = ports;
  const flags = ['--insecure', '--node-ip=127.0.0.1', `--node-port=${node}`, '--replication-ip=127.0.0.1', `--replication-port=${replication}`, `--db=${data}`, `--log=${join(directory, 'log')}`, '--run-projections=None'];
  const server = spawn('/usr/bin/env', [...silent, program, ...flags], { cwd: home, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  server.on('error', () => undefined);
  const { pid } = server;
  if (pid === undefined) throw new EventStoreAbsent(`${program} does not run here.`);
  // Whoever ends this process, kill -9 included, ends the server.
  const guard = guardOf(pid, { signal: 'TERM' });
  server.once('exit', () => guard.kill('SIGKILL'));
  const stop = (): Promise<void> => stopProcess(pid, [{ signal: 'SIGTERM', waitMs: 20_000 }, { signal: 'SIGKILL', waitMs: 5_000 }]);
  const version = await ready(node, () => server.exitCode === null && server.signalCode === null);
  if (version !== undefined) return { url: `esdb://127.0.0.1:${node}?tls=false`, version, data, stop };
  await stop();
  throw new EventStoreAbsent(`${program} did not become ready: see ${output}.`);
};

const inDocker = async ({ ports: { node } }: Asked): Promise<EventStoreServer> => {
  const docker = (...words: readonly string[]) => promisify(execFile)('docker', [...words]);
  const there = await docker('version', '--format', '{{.Server.Version}}').then(() => true, () => false);
  if (!there)
    throw new EventStoreAbsent('no package registry carries it: set EVENTSTOREDB_HOME to an installation, or EVENTSTOREDB_URL to a server, or start Docker, which does not answer here.');
  const image = imageOf();
  const name = `program-ledger-eventstoredb-${node}`;
  const variables = ['EVENTSTORE_INSECURE=true', 'EVENTSTORE_RUN_PROJECTIONS=None', ...silent].flatMap((each) => ['--env', each]);
  const stop = async (): Promise<void> => void (await docker('stop', '--time', '20', name).catch(() => undefined));
  await docker('rm', '--force', name).catch(() => undefined);
  await docker('run', '--detach', '--rm', '--name', name, '--publish', `127.0.0.1:${node}:2113`, '--volume', `${name}:/var/lib/eventstore`, ...variables, image).catch((cause: Error) => {
    throw new EventStoreAbsent(`Docker could not run ${image}: ${cause.message}`, { cause });
  });
  const version = await ready(node, () => true);
  if (version !== undefined) return { url: `esdb://127.0.0.1:${node}?tls=false`, version, data: `Docker's volume ${name}`, stop };
  await stop();
  throw new EventStoreAbsent(`${image} did not become ready.`);
};

const ready = async (port: number, alive: () => boolean): Promise<string | undefined> => {
  for (const until = Date.now() + startMsMax; Date.now() < until && alive(); await sleep(200)) {
    const version = await leaderAt(`http://127.0.0.1:${port}`, AbortSignal.timeout(2_000));
    if (version !== undefined) return version;
  }
  return undefined;
};

/** The version of a server that leads. `/health/live` says yes before it does. */
const leaderAt = async (url: string, signal: AbortSignal): Promise<string | undefined> => {
  try {
    const said = (await (await fetch(`${url}/info`, { signal })).json()) as { readonly state?: string; readonly esVersion?: string; readonly dbVersion?: string };
    return said.state === 'leader' ? (said.dbVersion ?? said.esVersion ?? 'unknown') : undefined;
  } catch {
    return undefined;
  }
};
