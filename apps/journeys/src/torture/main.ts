import { processEnvironment } from '@program-ledger/host';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { endingWith, endOnSignals } from '../ending.js';
import { loadOf } from './sample.js';
import { killsByDefault, scheduleOf, type Kill } from './schedule.js';
import { killsByTarget, torture, type RunReport } from './torture.js';

const usage = 'npm run torture -- [--events N] [--seed N] [--kills N] [--smoke] [--report FILE] [--keep]';
const smokeEvents = 20_000;
const longEvents = 500_000;
const sayEveryMs = 5_000;

const say = (line: string): void => void process.stderr.write(`· ${line}\n`);
const shown = (n: number): string => n.toLocaleString('en');

const asked = () => {
  const { values } = parseArgs({
    options: { events: { type: 'string' }, seed: { type: 'string', default: '1' }, kills: { type: 'string' }, smoke: { type: 'boolean', default: false }, report: { type: 'string' }, keep: { type: 'boolean', default: false } },
  });
  const seed = Number(values.seed);
  const load = loadOf(seed, Number(values.events ?? (values.smoke ? smokeEvents : longEvents)));
  const kills = Number(values.kills ?? killsByDefault(load.events));
  if (![seed, load.events, kills].every(Number.isSafeInteger) || load.events < 1_000) throw new Error(usage);
  return { ...values, seed, load, schedule: scheduleOf({ seed, events: load.events, kills }) };
};

/** On a log elsewhere, under a prefix of this run's own. */
const eventStoreDbOf = (seed: number): { readonly url: string; readonly prefix: string } | undefined => {
  const url = processEnvironment()['EVENTSTOREDB_URL'];
  return url === undefined || url === '' ? undefined : { url, prefix: `torture${seed}x${Date.now().toString(36)}` };
};

const scheduleLine = (schedule: readonly Kill[]): string => schedule.map(({ after, target, downMs }) => `${target}@${after}+${downMs}ms`).join(' ');

const progressing = (events: number, kills: number) => {
  let saidAt = 0;
  return ({ applied, kills: done, seconds }: { readonly applied: number; readonly kills: number; readonly seconds: number }): void => {
    if (Date.now() - saidAt < sayEveryMs) return;
    saidAt = Date.now();
    say(`${shown(applied)} of ${shown(events)} applied, ${done} of ${kills} kills, ${Math.round(seconds)} s`);
  };
};

const table = (report: RunReport): string => {
  const { audit, load } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['additions asked for, on keys', `${shown(load.events)} on ${shown(load.streams)}`],
    ['log', report.log],
    ['events in the log, with answers', shown(audit.events)],
    ['acknowledged to the writer', shown(audit.acknowledged)],
    ['messages on the topic (of these again)', `${shown(audit.messages)} (${shown(audit.repeats)})`],
    ['effects, projected rows', `${shown(audit.effects)}, ${shown(audit.rows)}`],
    ...killsByTarget(report).map(({ target, kills, upAgainMsMax }) => [`kill -9 of ${target} (longest return)`, `${kills} (${shown(upAgainMsMax)} ms)`] as const),
    ['longest stall of the whole', `${shown(report.longestStallMs)} ms`],
    ['duration, rate', `${shown(Math.round(report.seconds))} s, ${shown(report.eventsPerSecond)}/s`],
    ['lost', shown(audit.counts.lost)],
    ['applied twice', shown(audit.counts.twice)],
    ['out of order per key', shown(audit.counts.order)],
    ['otherwise strange', shown(audit.counts.strange)],
    ['digest of the log', audit.digest.slice(0, 16)],
  ];
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`), ''].join('\n');
};

/** Beside the data of the platform: a temporary directory may be in memory, where durable means nothing. */
const newDirectory = (): string => {
  const data = resolve('.data');
  mkdirSync(data, { recursive: true });
  const directory = mkdtempSync(join(data, 'torture-'));
  chmodSync(directory, 0o755);
  return directory;
};

/** With the database, which lies elsewhere where its account could not reach the directory. */
const remove = (directory: string): void => {
  const elsewhere = join(directory, 'postgres', 'database-location');
  const places = existsSync(elsewhere) ? [readFileSync(elsewhere, 'utf8').trim(), directory] : [directory];
  for (const place of places) rmSync(place, { recursive: true, force: true, maxRetries: 5 });
};

const run = async (): Promise<number> => {
  const { seed, load, schedule, keep, report: file = join('.data', 'torture', `report-${seed}.json`) } = asked();
  const directory = newDirectory();
  const end = endingWith(() => Promise.resolve(remove(directory)));
  say(`seed ${seed}: ${scheduleLine(schedule)}`);
  const eventStoreDb = eventStoreDbOf(seed);
  say(eventStoreDb === undefined ? 'the log is in PostgreSQL' : `the log is in EventStoreDB, under ${eventStoreDb.prefix}`);
  const report = await torture({ load, schedule, directory, eventStoreDb, say, progress: progressing(load.events, schedule.length) });
  const sound = report.missed.length === 0 && Object.values(report.audit.counts).every((count) => count === 0);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...report, schedule }, null, 2)}\n`);
  process.stdout.write(table(report));
  for (const { target, after } of report.missed) process.stdout.write(`missed: the kill of ${target} after ${shown(after)} found nothing to kill\n`);
  for (const { law, says } of report.audit.findings) process.stdout.write(`${law}: ${says}\n`);
  say(`report in ${file}`);
  if (sound && !keep) await end();
  else say(`everything is left in ${directory}`);
  return sound ? 0 : 1;
};

endOnSignals();
process.exitCode = await run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
