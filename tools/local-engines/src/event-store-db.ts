import { guardOf, stopProcess } from '@program-ledger/embedded-postgres/processes';
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Asked } from './asked.js';
import { askingOf, leaderOf } from './leader.js';

/** The image that compose runs. */
const imageOf = (): string => /EVENTSTOREDB_IMAGE:-([^}]+)\}/u.exec(readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8'))?.[1] ?? 'eventstore/eventstore';

/** It cannot be had on this machine; the message says what would help. */
export class EventStoreAbsent extends Error {
  override readonly name = 'EventStoreAbsent';
}

export type Wanted = {
  readonly directory: string;
  readonly ports: { readonly node: number; readonly replication: number };
  /** A server that somebody else runs, the folder of an installation, another image. */
  readonly asked: Asked;
};

export type EventStoreServer = {
  readonly url: string;
  readonly version: string;
  readonly data: string;
  /** Resolves when it is no more, asked for or not. */
  readonly gone: Promise<void>;
  stop(): Promise<void>;
};

const startMsMax = 90_000;
/** The image may have to be fetched. */
const dockerMsMax = 600_000;
const watchMs = 5_000;
const programs = ['kurrentd', 'KurrentDB', 'eventstored', 'EventStore.ClusterNode'] as const;
/** Telemetry can be switched off by the environment alone. */
const silent = ['EVENTSTORE_TELEMETRY_OPTOUT=true', 'KURRENTDB_TELEMETRY_OPTOUT=true'] as const;

/** The server that a variable names, or one from an installation, or one in Docker. @throws EventStoreAbsent */
export const startEventStore = async (wanted: Wanted): Promise<EventStoreServer> => {
  const { EVENTSTOREDB_URL: url, EVENTSTOREDB_HOME: home } = wanted.asked;
  mkdirSync(wanted.directory, { recursive: true });
  if (url !== undefined) return named(url);
  if (home !== undefined) return installed(wanted, home);
  return inDocker(wanted);
};

const named = async (url: string): Promise<EventStoreServer> => {
  const asking = askingOf(url);
  if (asking === undefined) throw new EventStoreAbsent('EVENTSTOREDB_URL is no address of EventStoreDB: it begins with esdb:// or kurrentdb:// (or esdb+discover://).');
  const version = await leaderOf(asking);
  const names = asking.servers.map(({ host, port }) => `${host}:${port}`).join(', ');
  if (version === undefined) throw new EventStoreAbsent(`EVENTSTOREDB_URL names ${names}, where no server says that it leads.`);
  let stopped = false;
  // Twice in a row: a cluster that chooses another leader is not gone.
  const watching = async (): Promise<void> => {
    for (let missed = 0; !stopped && missed < 2; await sleep(watchMs, undefined, { ref: false })) missed = (await leaderOf(asking)) === undefined ? missed + 1 : 0;
  };
  const stop = (): Promise<void> => Promise.resolve(void (stopped = true));
  return { url, version, data: 'where its owner keeps it', gone: watching(), stop };
};

const installed = async ({ directory, ports: { node, replication } }: Wanted, home: string): Promise<EventStoreServer> => {
  const program = ['', 'bin'].flatMap((folder) => programs.map((name) => join(home, folder, name))).find((path) => existsSync(path));
  if (program === undefined) throw new EventStoreAbsent(`EVENTSTOREDB_HOME is ${home}, and none of ${programs.join(', ')} is in it.`);
  const data = join(directory, 'data');
  mkdirSync(data, { recursive: true });
  const flags = ['--insecure', '--node-ip=127.0.0.1', `--node-port=${node}`, '--replication-ip=127.0.0.1', `--replication-port=${replication}`, `--db=${data}`, `--log=${join(directory, 'log')}`, '--run-projections=None'];
  return kept({ directory, node, data, words: ['/usr/bin/env', ...silent, program, ...flags], home, what: program, msMax: startMsMax });
};

const inDocker = async ({ directory, ports: { node }, asked }: Wanted): Promise<EventStoreServer> => {
  const docker = (...words: readonly string[]) => promisify(execFile)('docker', [...words]);
  const there = await docker('version', '--format', '{{.Server.Version}}').then(() => true, () => false);
  if (!there)
    throw new EventStoreAbsent('no package registry carries it: set EVENTSTOREDB_HOME to an installation, or EVENTSTOREDB_URL to a server, or start Docker, which does not answer here.');
  const image = asked.EVENTSTOREDB_IMAGE ?? imageOf();
  const name = `program-ledger-eventstoredb-${node}`;
  const variables = ['EVENTSTORE_INSECURE=true', 'EVENTSTORE_RUN_PROJECTIONS=None', ...silent].flatMap((each) => ['--env', each]);
  await docker('rm', '--force', name).catch(() => undefined);
  // Attached: Docker's program lives as long as the container, and passes on the signal that ends it.
  const words = ['/usr/bin/env', 'docker', 'run', '--rm', '--name', name, '--publish', `127.0.0.1:${node}:2113`, '--volume', `${name}:/var/lib/eventstore`, ...variables, image];
  return kept({ directory, node, data: `Docker's volume ${name}`, words, home: directory, what: image, msMax: dockerMsMax });
};

type Kept = { readonly directory: string; readonly node: number; readonly data: string; readonly words: readonly string[]; readonly home: string; readonly what: string; readonly msMax: number };

/** Runs it until it leads. Whoever ends this process, kill -9 included, ends the server. */
const kept = async ({ directory, node, data, words: [file = '', ...words], home, what, msMax }: Kept): Promise<EventStoreServer> => {
  const output = join(directory, 'server.out');
  const log = openSync(output, 'w', 0o600);
  const server = spawn(file, words, { cwd: home, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  server.on('error', () => undefined);
  const { pid } = server;
  if (pid === undefined) throw new EventStoreAbsent(`${what} does not run here.`);
  const guard = guardOf(pid, { signal: 'TERM' });
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve(void guard.kill('SIGKILL'))));
  const stop = (): Promise<void> => stopProcess(pid, [{ signal: 'SIGTERM', waitMs: 20_000 }, { signal: 'SIGKILL', waitMs: 5_000 }]);
  const version = await ready(node, { alive: () => server.exitCode === null && server.signalCode === null, msMax });
  if (version !== undefined) return { url: `esdb://127.0.0.1:${node}?tls=false`, version, data, gone, stop };
  await stop();
  throw new EventStoreAbsent(`${what} did not become ready: see ${output}.`);
};

const ready = async (port: number, { alive, msMax }: { readonly alive: () => boolean; readonly msMax: number }): Promise<string | undefined> => {
  const asking = { servers: [{ host: '127.0.0.1', port }], tls: false, ca: undefined, auth: undefined };
  for (const until = Date.now() + msMax; Date.now() < until && alive(); await sleep(200)) {
    const version = await leaderOf(asking);
    if (version !== undefined) return version;
  }
  return undefined;
};
