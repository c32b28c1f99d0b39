import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { endingWith } from '../ending.js';
import { deadLetterTopic, startEngines, type RunEngines } from './engines.js';
import { openedLog, type PartSettings } from './parts.js';
import { answer, answeredEvery, topic, type Load } from './sample.js';
import { aheadOf, targets, type Kill, type Target } from './schedule.js';
import { supervise, type Supervised } from './supervised.js';

/** What the auditor prints. */
export type Audit = {
  readonly events: number;
  readonly acknowledged: number;
  readonly messages: number;
  readonly repeats: number;
  readonly effects: number;
  readonly rows: number;
  readonly digest: string;
  readonly counts: Readonly<Record<'lost' | 'twice' | 'order' | 'strange', number>>;
  readonly findings: readonly { readonly law: string; readonly says: string }[];
};

export type Killed = Kill & { readonly at: number; readonly upAgainMs: number };
export type RunReport = {
  readonly load: Load;
  readonly log: 'PostgreSQL' | 'EventStoreDB';
  readonly kills: readonly Killed[];
  /** Kills of the schedule that found nothing to kill: a run that has some shows less than it says. */
  readonly missed: readonly Kill[];
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly longestStallMs: number;
  /** Parts that ended by themselves, since an engine was away when they started. */
  readonly falls: number;
  readonly audit: Audit;
};

export type Run = {
  readonly load: Load;
  readonly schedule: readonly Kill[];
  readonly directory: string;
  /** A log elsewhere; one in the run's own PostgreSQL when absent. */
  readonly eventStoreDb?: { readonly url: string; readonly prefix: string } | undefined;
  readonly say: (line: string) => void;
  readonly progress: (done: { readonly applied: number; readonly kills: number; readonly seconds: number }) => void;
};

const lookEveryMs = 200;
const stallMsMax = 180_000;
const auditor = fileURLToPath(new URL('../auditor/audit.js', import.meta.url));

/** One failure run: engines and parts up, killed by the schedule until everything is done, then audited. @throws when nothing moves any more. */
export const torture = async (run: Run): Promise<RunReport> => {
  mkdirSync(run.directory, { recursive: true, mode: 0o755 });
  const engines = await startEngines(run.directory, run.say);
  const files = { settings: join(run.directory, 'parts.json'), acknowledged: join(run.directory, 'acknowledged.txt') };
  const log = run.eventStoreDb === undefined ? { logUrl: engines.logUrl } : { logUrl: run.eventStoreDb.url, logPrefix: run.eventStoreDb.prefix };
  const settings: PartSettings = { ...run.load, ...log, brokerUrl: engines.brokerUrl, serviceUrl: engines.serviceUrl, acknowledged: files.acknowledged };
  writeFileSync(files.settings, JSON.stringify(settings), { mode: 0o600 });
  const part = (name: 'writer' | 'relay' | 'consumer' | 'projector', number = 1): Supervised =>
    supervise(name, { settingsFile: files.settings, logFile: join(run.directory, `${name}-${number}.log`) });
  const parts = { writer: part('writer'), relay: part('relay'), consumers: [part('consumer', 1), part('consumer', 2)] as const, projector: part('projector') };
  const all = [parts.writer, parts.relay, ...parts.consumers, parts.projector];
  const stop = endingWith(async () => {
    await Promise.all(all.map((each) => each.stop()));
    await engines.stop();
  });
  try {
    const driven = await drive(run, settings, { engines, parts });
    for (const [index, each] of all.entries()) if (!(await each.stop())) throw new Error(`part ${index + 1} of ${all.length} did not end when it was asked to: what it had in hand cannot be judged`);
    await engines.stopBroker();
    run.say('auditing');
    const audit = await audited(run, settings, engines);
    return { load: run.load, log: run.eventStoreDb === undefined ? 'PostgreSQL' : 'EventStoreDB', ...driven, falls: all.reduce((sum, { falls }) => sum + falls(), 0), audit };
  } finally {
    await stop();
  }
};

type Parts = { readonly writer: Supervised; readonly relay: Supervised; readonly consumers: readonly [Supervised, Supervised]; readonly projector: Supervised };

const drive = async (run: Run, settings: PartSettings, { engines, parts }: { readonly engines: RunEngines; readonly parts: Parts }) => {
  const began = Date.now();
  const { events } = run.load;
  const left = [...run.schedule];
  const [killed, missed]: [Killed[], Kill[]] = [[], []];
  const busy = new Map<Target, Promise<void>>();
  const broken = new AbortController();
  let [applied, movedAt, longestStallMs] = [0, began, 0];
  const watch = new Watch(settings);
  const carryOut = async (kill: Kill): Promise<void> => {
    const at = applied;
    const upAgainMs = await killOf(kill, engines, parts);
    if (upAgainMs === undefined) missed.push(kill);
    else killed.push({ ...kill, at, upAgainMs });
  };
  try {
    for (;; await pause(lookEveryMs)) {
      broken.signal.throwIfAborted();
      const seen = await watch.applied();
      if (seen > applied) [longestStallMs, movedAt, applied] = [Math.max(longestStallMs, Date.now() - movedAt), Date.now(), seen];
      for (; left[0] !== undefined && left[0].after <= applied; left.shift()) {
        const kill = left[0];
        busy.set(kill.target, (busy.get(kill.target) ?? Promise.resolve()).then(() => carryOut(kill)).catch((error: unknown) => broken.abort(error)));
      }
      // After the kills that are due: nobody has asked for the last addition before the last of them.
      parts.writer.tell({ allowed: applied + aheadOf(events) });
      const seconds = (Date.now() - began) / 1_000;
      run.progress({ applied: Math.min(applied, events), kills: killed.length, seconds });
      if (parts.writer.done() && killed.length + missed.length === run.schedule.length && (await watch.complete())) return { kills: killed, missed, seconds, eventsPerSecond: Math.round(events / seconds), longestStallMs };
      if (Date.now() - movedAt > stallMsMax) throw new Error(`nothing has moved for ${stallMsMax / 1_000} s after ${applied} additions: see the logs in ${run.directory}`);
    }
  } finally {
    await watch.close();
  }
};

const killOf = ({ target, which, downMs }: Kill, engines: RunEngines, parts: Parts): Promise<number | undefined> => {
  switch (target) {
    case 'broker':
      return engines.killBroker(downMs);
    case 'database':
      return engines.killDatabase();
    case 'consumer':
      return (which === 0 ? parts.consumers[0] : parts.consumers[1]).kill(downMs);
    case 'writer':
    case 'relay':
    case 'projector':
      return parts[target].kill(downMs);
  }
};

/** Looks at the service's database from outside; knows nothing while it is down. */
class Watch {
  private client: pg.Client | null = null;
  private last = 0;

  constructor(private readonly settings: PartSettings) {}

  /** About how many effects there are: numbers that a crash has skipped are counted as well. */
  async applied(): Promise<number> {
    const found = await this.query<{ applied: string }>('select coalesce(max(applied), 0) as applied from effects');
    this.last = found === undefined ? this.last : Number(found.applied);
    return this.last;
  }

  /** Whether all is applied, shown and answered. What is in hand between the last effect and its answer is not done. */
  async complete(): Promise<boolean> {
    const { events, streams } = this.settings;
    const effects = await this.query<{ count: string }>('select count(*) from effects');
    const shown = await this.query<{ sum: string }>('select coalesce(sum(additions), 0) as sum from tallies where valid_to is null');
    if (!(Number(effects?.count) >= events && Number(shown?.sum) >= events)) return false;
    return (await answersIn(this.settings).catch(() => 0)) >= streams * Math.floor(events / streams / answeredEvery);
  }

  async close(): Promise<void> {
    await this.client?.end().catch(() => undefined);
  }

  private async query<T extends object>(statement: string): Promise<T | undefined> {
    try {
      this.client ??= await connected(this.settings.serviceUrl);
      return (await this.client.query<T>(statement)).rows[0];
    } catch {
      await this.client?.end().catch(() => undefined);
      this.client = null;
      return undefined;
    }
  }
}

/** Asked when everything else is there, a few times in a run. */
const answersIn = async (settings: PartSettings): Promise<number> => {
  const log = await openedLog(settings);
  try {
    let count = 0;
    for await (const page of log.readAll({ after: 0n, prefixes: [`${answer.category}-`] })) count += page.length;
    return count;
  } finally {
    await log.close();
  }
};

const connected = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

/** The auditor is another process, and is told only where things lie. */
const audited = async (run: Run, settings: PartSettings, engines: RunEngines): Promise<Audit> => {
  const file = join(run.directory, 'audit.json');
  const log = run.eventStoreDb === undefined ? { kind: 'postgres', url: engines.logUrl } : { kind: 'eventstoredb', ...run.eventStoreDb };
  const { streams, events } = run.load;
  const asking = { streams, perStream: events / streams, answeredEvery, gapless: run.eventStoreDb === undefined, log, serviceUrl: engines.serviceUrl, brokerData: engines.brokerData, topic, deadLetterTopic, acknowledged: settings.acknowledged };
  writeFileSync(file, JSON.stringify(asking), { mode: 0o600 });
  const child = spawn(process.execPath, [auditor, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the auditor ended with ${String(code)}`);
  return JSON.parse(printed) as Audit;
};

/** By target: how often it was killed, and how long it took to be there again. */
export const killsByTarget = ({ kills }: RunReport): readonly { readonly target: Target; readonly kills: number; readonly upAgainMsMax: number }[] =>
  targets.map((target) => {
    const own = kills.filter((kill) => kill.target === target);
    return { target, kills: own.length, upAgainMsMax: Math.max(0, ...own.map(({ upAgainMs }) => upAgainMs)) };
  });
