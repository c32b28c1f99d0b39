import { claimDirectory, DirectoryInUse } from '@program-ledger/embedded-postgres/owner';
import { alive, guardOf, signatureOf, stopProcess } from '@program-ledger/embedded-postgres/processes';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { javaFor, jars, logConfiguration } from './distribution.js';
import { answers, assertFree, freePort } from './ports.js';
import { EmbeddedKafkaRefused } from './refused.js';
import { brokerLimits, serverProperties, type KafkaSecurity, type Ports } from './server-properties.js';
import { assertSameUsers, format, homeOf, writeKeys, type Home, type Java } from './storage.js';

export type EmbeddedKafkaOptions = {
  /** Holds everything of this broker; made when absent. */
  readonly directory: string;
  /** On 127.0.0.1; a free one when absent. */
  readonly port?: number | undefined;
  /** TLS, passwords, certificates and access; absent means that everybody on this machine may do everything. */
  readonly security?: KafkaSecurity | undefined;
  readonly heapMb?: number;
  /** Over the broker's own, by Kafka's names: `{ 'log.dirs': … }` is not for you. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** Where the jars are kept, `.data/engines` of this clone when absent. */
  readonly cache?: string;
  /** The program, `java` of the path when absent. */
  readonly java?: string;
  /** Hears, in short sentences, what takes long. */
  readonly onProgress?: (sentence: string) => void;
  /** Hears that the broker died by itself; nobody starts it again but `restart`. */
  readonly onDeath?: () => void;
  /** For tests: the directory is removed at the end, also when this process is killed. */
  readonly throwAway?: boolean;
};

export type EmbeddedKafka = {
  /** `host:port` for clients: without TLS, or SASL SCRAM-SHA-512 over TLS when there is security. */
  readonly brokers: readonly string[];
  /** `host:port` for clients that show a certificate; empty when there is no security. */
  readonly certificateBrokers: readonly string[];
  readonly directory: string;
  /** Of the broker that runs, or ran last. */
  readonly pid: number;
  /** `kill -9`: what was acknowledged is in the system's memory, and nothing was told to anybody. */
  kill(): Promise<void>;
  /** Starts it again where it was, killed or not; resolves when it answers. */
  restart(): Promise<void>;
  /** The process stands still, its connections stay open: a broker that is slow without end. */
  pause(): void;
  resume(): void;
  /** Ends it in order, with everything flushed. */
  stop(): Promise<void>;
};

/** Named so that nobody waits for ever. */
export const embeddedKafkaLimits = { startMsMax: 60_000, stopMsMax: 20_000, ...brokerLimits } as const;

/**
 * Starts one Kafka broker that is its own controller (KRaft) on loopback, from Maven Central's jars. Makes its storage when there is none,
 * resumes it later, also after a kill.
 * @throws EmbeddedKafkaRefused when Java, Maven, a jar, a port or the directory does not allow it.
 */
export const startKafka = async (options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> => {
  const onProgress = options.onProgress ?? (() => undefined);
  const programs: Java = { java: await javaFor(options.java ?? 'java'), jars: await jars({ cache: options.cache, onProgress }) };
  const home = homeOf(options.directory);
  const { release } = claim(home);
  try {
    await endLeftBehind(home, onProgress);
    if (!existsSync(home.data)) {
      onProgress('making the storage of Kafka (once)');
      await format(home, programs, options.security);
    } else assertSameUsers(home, options.security);
    const ports = { client: options.port ?? (await freePort()), controller: await freePort(), certificate: await freePort() };
    const setup: Setup = { home, programs, ports, options };
    return handleOf(setup, await start(setup), release);
  } catch (error) {
    release();
    throw error;
  }
};

type Setup = { readonly home: Home; readonly programs: Java; readonly ports: Ports; readonly options: EmbeddedKafkaOptions };
type Running = { readonly broker: ChildProcess; readonly pid: number; readonly guard: ChildProcess; expected: boolean };

const killed = [{ signal: 'SIGKILL', waitMs: 10_000 }] as const;
const inOrder = [{ signal: 'SIGCONT', waitMs: 0 }, { signal: 'SIGTERM', waitMs: embeddedKafkaLimits.stopMsMax }, ...killed] as const;

const claim = (home: Home): { release: () => void } => {
  try {
    return claimDirectory(home.directory);
  } catch (error) {
    if (error instanceof DirectoryInUse) throw new EmbeddedKafkaRefused('directory-in-use', error.message);
    throw error;
  }
};

/** A broker whose owner and whose guard were both killed. */
const endLeftBehind = async (home: Home, onProgress: (sentence: string) => void): Promise<void> => {
  if (!existsSync(home.process)) return;
  const { pid, signature } = JSON.parse(readFileSync(home.process, 'utf8')) as { readonly pid: number; readonly signature: string };
  if (signature === '' || signatureOf(pid) !== signature) return;
  onProgress('stopping the broker that an earlier run left behind');
  await stopProcess(pid, killed);
};

const start = async (setup: Setup): Promise<Running> => {
  const { home, ports, options } = setup;
  for (const port of Object.values(ports)) await assertFree(port);
  writeFileSync(home.properties, serverProperties(ports, home.data, writeKeys(home, options.security), options.properties ?? {}), { mode: 0o600 });
  const running = launch(setup);
  for (const until = Date.now() + embeddedKafkaLimits.startMsMax; running.broker.exitCode === null && running.broker.signalCode === null; await sleep(50)) {
    if (await answers(ports.client, options.security?.ca)) return running;
    if (Date.now() > until) break;
  }
  running.expected = true;
  await stopProcess(running.pid, killed);
  throw new EmbeddedKafkaRefused('start-failed', `Kafka in ${home.directory} did not start: ${complaintOf(home)}`);
};

/** A session of its own: Ctrl-C goes to the terminal's group, and the broker must outlive the drain of its clients. */
const launch = ({ home, programs, options }: Setup): Running => {
  const console = openSync(home.console, 'w', 0o600);
  const heap = `${options.heapMb ?? brokerLimits.heapMbByDefault}m`;
  const machine = [`-Xms${heap}`, `-Xmx${heap}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-XX:+ExitOnOutOfMemoryError', '-Djava.awt.headless=true'];
  const logging = [`-Dlog4j2.configurationFile=${logConfiguration}`, `-Dbroker.log=${home.log}`];
  const broker = spawn(programs.java, [...machine, ...logging, '-cp', join(programs.jars, '*'), 'kafka.Kafka', home.properties], {
    cwd: home.directory,
    detached: true,
    stdio: ['ignore', console, console],
  });
  closeSync(console);
  broker.unref();
  broker.on('error', () => undefined);
  if (broker.pid === undefined) throw new EmbeddedKafkaRefused('java-absent', `"${programs.java}" could not be started.`);
  writeFileSync(home.process, JSON.stringify({ pid: broker.pid, signature: signatureOf(broker.pid) }));
  const running: Running = { broker, pid: broker.pid, guard: guardOf(broker.pid, guarded(options)), expected: false };
  broker.once('exit', () => {
    running.guard.kill('SIGKILL');
    if (!running.expected) options.onDeath?.();
  });
  return running;
};

const guarded = ({ throwAway, directory }: EmbeddedKafkaOptions) => (throwAway === true ? ({ signal: 'KILL', remove: directory } as const) : ({ signal: 'TERM' } as const));

/** The first error of the log says what is wrong; what follows it is the fall. */
const complaintOf = (home: Home): string => {
  const read = (file: string): readonly string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  const log = read(home.log);
  return log.find((line) => / (ERROR|FATAL) /u.test(line)) ?? read(home.console).find((line) => line !== '') ?? `no reason given, see ${home.log}`;
};

const handleOf = (setup: Setup, first: Running, release: () => void): EmbeddedKafka => {
  const { home, ports, options } = setup;
  let current = first;
  const end = async (how: typeof inOrder | typeof killed): Promise<void> => {
    current.expected = true;
    await stopProcess(current.pid, how);
    current.guard.kill('SIGKILL');
  };
  return {
    brokers: [`127.0.0.1:${ports.client}`],
    certificateBrokers: options.security === undefined ? [] : [`127.0.0.1:${ports.certificate}`],
    directory: home.directory,
    get pid() {
      return current.pid;
    },
    kill: () => end(killed),
    restart: async () => {
      if (alive(current.pid)) await end(killed);
      current = await start(setup);
    },
    pause: () => halt(current.pid),
    resume: () => void process.kill(current.pid, 'SIGCONT'),
    stop: async () => {
      await end(options.throwAway === true ? killed : inOrder);
      rmSync(home.process, { force: true });
      release();
      if (options.throwAway === true) rmSync(home.directory, { recursive: true, force: true });
    },
  };
};

const haltMsMax = 2_000;
const moment = new Int32Array(new SharedArrayBuffer(4));

/** Returns when every thread stands still: on another processor one may go on for a moment after the signal, and answer. */
const halt = (pid: number): void => {
  process.kill(pid, 'SIGSTOP');
  for (const until = Date.now() + haltMsMax; Date.now() < until && threadsRun(pid); ) Atomics.wait(moment, 0, 0, 1);
};

/** False where the system does not say. */
const threadsRun = (pid: number): boolean => {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => !/\) [Tt] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')));
  } catch {
    return false;
  }
};
