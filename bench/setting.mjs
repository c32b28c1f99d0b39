// What every measure stands on: one PostgreSQL with durable settings for all sides, a process for each side, and an end in any case.
import { kafkaVersion } from '../libs/embedded-kafka/dist/index.js';
import { startEmbeddedPostgres } from '../libs/embedded-postgres/dist/index.js';
import { fork, spawnSync } from 'node:child_process';
import { fdatasyncSync, mkdirSync, mkdtempSync, openSync, closeSync, rmSync, writeSync, readFileSync } from 'node:fs';
import { cpus, totalmem, type as systemName, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { emmettInstalled } from './emmett/installed.mjs';
import { median } from './rounds.mjs';
import { tables } from './table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const minutesMax = 15;

export const say = (text) => void process.stderr.write(`· ${text}\n`);

/** Runs measures, each with its name, one after another and ends everything it started, also when it is interrupted or one takes too long. */
export const runMeasures = async (measures, { quick }) => {
  mkdirSync(join(root, '.data'), { recursive: true });
  // Beside the data of the platform: a temporary directory may be in memory, where durable means nothing.
  const directory = mkdtempSync(join(root, '.data', 'bench-'));
  const ending = [() => rmSync(directory, { recursive: true, force: true })];
  const end = async () => {
    for (let next = ending.pop(); next !== undefined; next = ending.pop()) await next();
  };
  const abandon = (reason) => void end().finally(() => (say(reason), process.exit(1)));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => abandon('interrupted: nothing is written'));
  try {
    say('starting PostgreSQL');
    const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres') });
    ending.push(async () => {
      await postgres.stop();
      rmSync(postgres.directory, { recursive: true, force: true });
    });
    const setting = settingOf({ postgres, directory, quick, emmett: measures.every(([name]) => tables.engines.holds(name)) ? null : emmettInstalled(say), ending });
    const surroundings = await surroundingsOf(setting);
    const rows = [];
    for (const [name, measure] of measures) {
      const overdue = setTimeout(() => abandon(`${name} was not done after ${minutesMax} minutes: nothing is written`), minutesMax * 60_000);
      rows.push(...(await measure(setting)).map((row) => ({ ...row, of: name })));
      clearTimeout(overdue);
    }
    return { surroundings, rows };
  } finally {
    await end();
  }
};

const settingOf = ({ postgres, directory, quick, emmett, ending }) => {
  const query = async (text) => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    quick,
    directory,
    /** Version of Emmett, or null where it could not be installed. */
    emmett,
    query,
    /** Rounds are short in a quick run. */
    milliseconds: (whole) => (quick ? Math.min(whole, 400) : whole),
    rounds: (whole) => (quick ? 2 : whole),
    /** A new, empty database. */
    database: async (name) => {
      await query(`create database ${name}`);
      return Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
    },
    /** Before each round, so that nobody pays for the pages that another has dirtied. */
    checkpoint: () => query('checkpoint'),
    /** One side in a process of its own: `contenders/<name>.mjs`, opened with the options. */
    contender: async (name, options) => {
      const contender = await forked(new URL(`./${name}.mjs`, import.meta.url).href, options);
      ending.push(contender.end);
      return contender;
    },
    onEnd: (close) => ending.push(close),
  };
};

/** A child that answers one question at a time. */
const forked = async (module, options) => {
  const child = fork(fileURLToPath(new URL('./contender.mjs', import.meta.url)), [module, JSON.stringify(options)], { serialization: 'advanced' });
  const gone = new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`${module} ended with ${code}`))));
  gone.catch(() => undefined);
  const answer = () => Promise.race([new Promise((resolve) => child.once('message', resolve)), gone]);
  const asked = async (question, argument) => {
    child.send({ question, argument });
    const { error, value } = await answer();
    if (error !== undefined) throw new Error(`${module}: ${error}`);
    return value;
  };
  const { error } = await answer();
  if (error !== undefined) throw new Error(`${module}: ${error}`);
  return {
    pid: child.pid,
    ask: asked,
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const killed = setTimeout(() => child.kill('SIGKILL'), 10_000);
      child.send({ question: 'close' });
      await new Promise((resolve) => child.once('exit', resolve));
      clearTimeout(killed);
    },
  };
};

const surroundingsOf = async ({ query, directory, emmett }) => {
  const [{ version }] = await query(`select current_setting('server_version') as version`);
  const [{ durable }] = await query(
    `select concat('fsync ', current_setting('fsync'), ', synchronous_commit ', current_setting('synchronous_commit')) as durable`,
  );
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: processors[0]?.model.trim() ?? process.arch,
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()} ${release()}`,
    flushMs: flushMs(directory),
    node: process.versions.node,
    postgres: version,
    durable,
    emmett,
    kafka: kafkaVersion,
    commit: commitOf(),
  };
};

/** What a durable commit costs on this disk at least: 8 KiB written and flushed. */
const flushMs = (directory) => {
  const file = openSync(join(directory, 'flushed'), 'w');
  const page = Buffer.alloc(8_192, 1);
  const flush = () => {
    const began = performance.now();
    writeSync(file, page, 0, page.length, 0);
    fdatasyncSync(file);
    return performance.now() - began;
  };
  const times = Array.from({ length: 200 }, flush);
  closeSync(file);
  return median(times);
};

const commitOf = () => spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout?.trim() || 'unknown';

/** Resident memory of a process in MiB; null where the system does not say. */
export const residentMiB = (pid) => {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    const told = Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout);
    return told > 0 ? told / 1024 : null;
  }
};
