import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { accountToRunAs, type Account } from './account.js';
import { claim, homeOf, passwordOf, type Home } from './home.js';
import { postmasterOf, removeForeignLock } from './postmaster.js';
import { guardOf, stopProcess } from './processes.js';
import { programsFor, type Programs } from './programs.js';
import { EmbeddedPostgresRefused } from './refused.js';

export type EmbeddedPostgresOptions = {
  /** Holds everything of this database; made when absent. */
  readonly directory: string;
  /** On 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** Hears, in short sentences, what takes long or lies elsewhere than asked. */
  readonly onProgress?: (sentence: string) => void;
  /** Hears that the database died too often and is not started again. */
  readonly onGivenUp?: () => void;
  /** For tests: nothing is flushed to disk, and the directory is removed at the end, also when this process is killed. */
  readonly throwAway?: boolean;
};

export type EmbeddedPostgres = {
  /** Superuser, database `postgres`; holds the password, so it is never logged. */
  readonly url: string;
  readonly port: number;
  /** Where the data really lies. */
  readonly directory: string;
  /** Waits briefly for clients to leave, then stops the database with everything flushed. */
  stop(): Promise<void>;
};

/** Named so that nobody waits for ever. */
export const embeddedPostgresLimits = { connectionsMax: 200, startMsMax: 60_000, drainMsMax: 1_500, restartsPerMinuteMax: 5 } as const;

/**
 * Starts PostgreSQL from npm's binaries on loopback. Resumes the data that is there; makes a database when there is none; after a
 * crash of whoever ran it, stops what is left and lets PostgreSQL recover. A database that dies by itself is started again.
 * @throws EmbeddedPostgresRefused when a port, a directory or this machine does not allow it.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const onProgress = options.onProgress ?? (() => undefined);
  const account = accountToRunAs();
  const home = homeOf(options.directory, account, onProgress);
  const { release } = claim(home);
  try {
    const left = postmasterOf(home.data);
    if (left !== undefined) {
      onProgress('stopping the database that an earlier run left behind');
      await stopProcess(left.pid, stopFast);
    }
    const programs = programsFor(account, onProgress);
    const password = passwordOf(home);
    if (!existsSync(home.data)) await initialise({ home, account, programs, password, onProgress, throwAway: options.throwAway === true });
    const { onGivenUp = () => undefined } = options;
    const running = await launch({ home, account, programs, onProgress, onGivenUp, throwAway: options.throwAway === true }, options.port);
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${running.port}/postgres`,
      port: running.port,
      directory: home.directory,
      stop: async () => {
        await running.stop();
        release();
        if (options.throwAway === true) rmSync(home.directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    release();
    throw error;
  }
};

type Setup = {
  readonly home: Home;
  readonly account: Account;
  readonly programs: Programs;
  readonly throwAway: boolean;
  readonly onProgress: (sentence: string) => void;
  readonly onGivenUp: () => void;
};

const stopFast = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;
const stopDrained = [{ signal: 'SIGTERM', waitMs: embeddedPostgresLimits.drainMsMax }, ...stopFast] as const;
const stopAtOnce = [{ signal: 'SIGQUIT', waitMs: 5_000 }, ...stopFast] as const;

/** Built aside and renamed: a crash in the middle leaves nothing that looks like a database, nor an initdb that the next one meets. */
const initialise = async ({ home, account, programs, password, onProgress, throwAway }: Omit<Setup, 'onGivenUp'> & { readonly password: string }): Promise<void> => {
  onProgress('making the database (once)');
  for (const name of readdirSync(home.directory)) if (name.startsWith('data.draft-')) discard(join(home.directory, name));
  const draft = mkdtempSync(`${home.data}.draft-`);
  const passwordFile = join(home.directory, 'password.draft');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.ids.uid !== undefined) for (const path of [draft, passwordFile]) chownSync(path, account.ids.uid, account.ids.gid);
  const flags = [
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  try {
    await promisify(execFile)(programs.initdb, [`--pgdata=${draft}`, ...flags, ...(throwAway ? ['--no-sync'] : [])], { cwd: '/', ...account.ids });
  } catch (cause) {
    throw new EmbeddedPostgresRefused(
      'start-failed',
      `The database could not be made in ${home.directory}: ${lastLine(String((cause as { stderr?: string }).stderr ?? cause))}`,
      { cause },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, home.data);
};

/** An initdb whose starter was killed may still be writing there; then a later start discards it. */
const discard = (draft: string): void => {
  try {
    rmSync(draft, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
};

/** Runs the postmaster and keeps it running until `stop`. */
const launch = async (setup: Setup, wanted: number | undefined): Promise<{ readonly port: number; stop(): Promise<void> }> => {
  const port = wanted ?? (await freePort());
  let current = await start(setup, port);
  let stopping = false;
  let restarts: readonly number[] = [];
  const watch = (): void => {
    const { guard } = current;
    current.postmaster.once('exit', () => {
      guard.kill('SIGKILL');
      if (!stopping) void again();
    });
  };
  const again = async (): Promise<void> => {
    restarts = [...restarts.filter((at) => at > Date.now() - 60_000), Date.now()];
    if (restarts.length > embeddedPostgresLimits.restartsPerMinuteMax) {
      setup.onProgress('the database keeps stopping and is not started again');
      return setup.onGivenUp();
    }
    setup.onProgress('the database stopped unexpectedly and is started again');
    try {
      current = await start(setup, port);
      if (stopping) return void current.postmaster.kill('SIGINT');
      watch();
    } catch (error) {
      setup.onProgress(error instanceof Error ? error.message : String(error));
      setTimeout(() => void (stopping || again()), 500).unref();
    }
  };
  watch();
  return {
    port,
    stop: async () => {
      stopping = true;
      const { pid } = current.postmaster;
      if (pid !== undefined) await stopProcess(pid, setup.throwAway ? stopAtOnce : stopDrained);
      current.guard.kill('SIGKILL');
    },
  };
};

type Running = { readonly postmaster: ChildProcess; readonly guard: ChildProcess };

/** One start. Backends that outlive a killed postmaster hold its memory for a moment: that is waited for. */
const start = async (setup: Setup, port: number): Promise<Running> => {
  const until = Date.now() + embeddedPostgresLimits.startMsMax;
  for (;;) {
    await assertFree(port);
    const outcome = await startOnce(setup, port, until);
    if (outcome.running !== undefined) return outcome.running;
    if (!outcome.complaint.includes('pre-existing shared memory') || Date.now() > until)
      throw new EmbeddedPostgresRefused('start-failed', `The database in ${setup.home.directory} did not start: ${lastLine(outcome.complaint)}`);
    await sleep(200);
  }
};

const startOnce = async ({ home, account, programs, throwAway }: Setup, port: number, until: number) => {
  removeForeignLock(home.data);
  const logFile = join(home.directory, 'postgres.log');
  const log = openSync(logFile, 'w');
  chmodSync(logFile, 0o600);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`, ...tuning, ...(throwAway ? careless : [])];
  // A session of its own: Ctrl-C goes to the terminal's group, and the database must outlive the drain of its clients.
  const postmaster = spawn(programs.postgres, ['-D', home.data, ...settings.flatMap((setting) => ['-c', setting])], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    ...account.ids,
  });
  closeSync(log);
  postmaster.unref();
  postmaster.on('error', () => undefined);
  while (postmaster.exitCode === null && postmaster.signalCode === null && postmaster.pid !== undefined) {
    if (postmasterOf(home.data)?.state === 'ready') return { running: { postmaster, guard: guardOf(postmaster.pid, { signal: 'INT', remove: throwAway ? home.directory : undefined }) } };
    if (Date.now() > until) await stopProcess(postmaster.pid, stopFast);
    await sleep(10);
  }
  return { complaint: readFileSync(logFile, 'utf8') };
};

/** For a small machine that it shares with its only client; log lines are for what stops the database, not for each refused statement. */
const tuning = [
  `max_connections=${embeddedPostgresLimits.connectionsMax}`,
  'shared_buffers=128MB',
  'max_parallel_workers_per_gather=0',
  'jit=off',
  'log_min_messages=fatal',
  'log_timezone=UTC',
  'timezone=UTC',
] as const;
const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=4GB', 'checkpoint_timeout=1h'] as const;

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const listening = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });

const freePort = (): Promise<number> => listening(0);

const assertFree = async (port: number): Promise<void> => {
  try {
    await listening(port);
  } catch (cause) {
    throw new EmbeddedPostgresRefused('port-in-use', `Port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another port.`, { cause });
  }
};
