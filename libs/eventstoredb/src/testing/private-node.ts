import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDb } from '../eventstoredb.js';

/** A server that is ours to kill. */
export type PrivateNode = {
  readonly url: string;
  /** `kill -9`, then the same program on the same data, until it takes connections. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
};

const programs = ['kurrentd', 'KurrentDB', 'eventstored', 'EventStore.ClusterNode'] as const;
const startMsMax = 90_000;

/** The program of an installation, or undefined when none is in that folder. */
export const programIn = (home: string): string | undefined => ['', 'bin'].flatMap((folder) => programs.map((name) => join(home, folder, name))).find((path) => existsSync(path));

/** One node on loopback, insecure, on data of its own. */
export const startPrivateNode = async (program: string): Promise<PrivateNode> => {
  const [folder, port, replication] = [mkdtempSync(join(tmpdir(), 'eventstoredb-')), await freePort(), await freePort()];
  const output = openSync(join(folder, 'server.out'), 'a', 0o600);
  const flags = ['--insecure', '--node-ip=127.0.0.1', `--node-port=${port}`, '--replication-ip=127.0.0.1', `--replication-port=${replication}`];
  const paths = [`--db=${join(folder, 'data')}`, `--log=${join(folder, 'log')}`, '--run-projections=None'];
  // Telemetry can be switched off by the environment alone.
  const env = { ...process.env, EVENTSTORE_TELEMETRY_OPTOUT: 'true', KURRENTDB_TELEMETRY_OPTOUT: 'true' };
  let node: ChildProcess;
  const start = async (): Promise<void> => {
    node = spawn(program, [...flags, ...paths], { stdio: ['ignore', output, output], env });
    node.once('error', () => undefined);
    for (const giveUpAt = Date.now() + startMsMax; !(await takes(port)); await sleep(50))
      if (Date.now() > giveUpAt || node.exitCode !== null || node.pid === undefined) throw new Error(`${program} did not become ready: see ${folder}`);
  };
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => (node.exitCode === null && node.signalCode === null ? node.once('exit', resolve) : resolve(undefined)));
    node.kill('SIGKILL');
    await ended;
  };
  process.once('exit', () => node.kill('SIGKILL'));
  await start();
  const url = `esdb://127.0.0.1:${port}?tls=false`;
  await leads(url);
  return {
    url,
    restart: async () => {
      await kill();
      await start();
    },
    dispose: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const takes = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
  });

/** Its port is open before it leads. */
const leads = async (url: string): Promise<void> => {
  for (const giveUpAt = Date.now() + startMsMax; ; ) {
    try {
      return await (await EventStoreDb.open({ url })).close();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await sleep(200);
    }
  }
};
