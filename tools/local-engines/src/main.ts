import { stopProcess } from '@program-ledger/embedded-postgres/processes';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { leaveAsked } from './asked.js';
import { directoryOf, engineNames, isSettled, running, type EngineState, type State } from './state.js';
import { environmentIn, exported, variablesOf } from './variables.js';

const usage = 'usage: npm run engines -- up | down | status [--data DIRECTORY]';
const upMsMax = 900_000;
/** How long a keeper that ended may have another beside it that has said nothing yet. */
const otherMsMax = 5_000;
/** For people; what goes to standard output can be evaluated by a shell, under `npm run --silent`. */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Starts what is not running, waits until every engine is ready or has said why not, and prints the variables. */
const up = async (directory: string): Promise<number> => {
  mkdirSync(directory, { recursive: true });
  leaveAsked(directory);
  const before = running(directory);
  const state = await (before === undefined ? settled(directory, { after: 0, hasGone: launch(directory) }) : settled(directory, { after: askAgain(before), hasGone: () => true }));
  if (state !== undefined) return show(state, directory);
  say(`The engines did not come up: see ${join(directory, 'keeper.log')}`);
  return 1;
};

/** The state once every engine has said how it is, after so many attempts; undefined when nobody keeps them, or not in time. */
const settled = async (directory: string, { after, hasGone }: { readonly after: number; readonly hasGone: () => boolean }): Promise<State | undefined> => {
  const said = new Set<string>();
  for (const until = Date.now() + upMsMax; Date.now() < until; await sleep(100)) {
    const state = running(directory);
    if (state === undefined && hasGone()) return undefined;
    if (state !== undefined && state.attempts > after && isSettled(state)) return state;
    for (const line of progressOf(state).filter((each) => !said.has(each))) {
      say(line);
      said.add(line);
    }
  }
  return undefined;
};

/** Has the keeper try what does not run once more. Answers how many attempts are not the one that is waited for. */
const askAgain = (state: State): number => {
  if (!isSettled(state) || engineNames.every((name) => state.engines[name].is === 'ready')) return state.attempts - 1;
  for (const name of engineNames.filter((each) => state.engines[each].is !== 'ready')) say(`· ${name}: was ${state.engines[name].is}, and is tried again`);
  process.kill(state.pid, 'SIGHUP');
  return state.attempts;
};

/** Begins a keeper. Answers whether it has gone, and no other that was begun at the same time has come forward either. */
const launch = (directory: string): (() => boolean) => {
  const log = openSync(join(directory, 'keeper.log'), 'a', 0o600);
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./keeper.js', import.meta.url)), directory], { detached: true, stdio: ['ignore', log, log], cwd: directory });
  closeSync(log);
  keeper.unref();
  let ended = Infinity;
  keeper.once('exit', () => (ended = Date.now()));
  return () => Date.now() > ended + otherMsMax;
};

const progressOf = (state: State | undefined): readonly string[] =>
  engineNames.flatMap((name) => {
    const engine = state?.engines[name];
    return engine?.is === 'starting' ? [`· ${name}: ${engine.sentence}`] : [];
  });

const down = async (directory: string): Promise<number> => {
  const state = running(directory);
  if (state === undefined) say(`No engines run in ${directory}.`);
  else {
    await stopProcess(state.pid, [{ signal: 'SIGTERM', waitMs: 60_000 }, { signal: 'SIGKILL', waitMs: 5_000 }]);
    say(`The engines are stopped; their data stays in ${directory}.`);
  }
  return 0;
};

const status = async (directory: string): Promise<number> => {
  const state = running(directory);
  if (state !== undefined) return show(state, directory);
  say(`No engines run in ${directory}. To start them: npm run engines -- up`);
  return 1;
};

/** What is up, and what is not and why; then what to type. Fails when an engine that could be had does not run. */
const show = (state: State, directory: string): number => {
  for (const name of engineNames) say(line(name, state.engines[name]));
  say(`\nData, logs and ports: ${directory}. To stop: npm run engines -- down`);
  say(`For a shell to source: ${join(environmentIn(directory), 'all')}, and beside it a file for each service.\n`);
  process.stdout.write(exported(variablesOf(state)));
  return engineNames.some((name) => state.engines[name].is === 'failed') ? 1 : 0;
};

const line = (name: string, engine: EngineState): string =>
  engine.is === 'ready' ? `${name.padEnd(13)}ready   ${engine.version.padEnd(8)} data: ${engine.data}` : `${name.padEnd(13)}${engine.is.padEnd(8)}${engine.sentence}`;

const commands = new Map([['up', up], ['down', down], ['status', status]]);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } });
const command = positionals.length === 1 ? commands.get(positionals[0] ?? '') : undefined;
if (command === undefined) say(usage);
process.exitCode = command === undefined ? 2 : await command(directoryOf(values.data));
