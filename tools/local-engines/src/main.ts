import { stopProcess } from '@program-ledger/embedded-postgres/processes';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { directoryOf, engineNames, running, type EngineState, type State } from './state.js';

const usage = 'usage: npm run engines -- up | down | status [--data DIRECTORY]';
const upMsMax = 900_000;
/** For people; what goes to standard output can be evaluated by a shell. */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Starts what is not running, waits until every engine is ready or has said why not, and prints the variables. */
const up = async (directory: string): Promise<number> => {
  const keeper = running(directory) === undefined ? launch(directory) : undefined;
  const said = new Set<string>();
  for (const until = Date.now() + upMsMax; Date.now() < until && (keeper?.exitCode ?? null) === null; await sleep(100)) {
    const state = running(directory);
    if (state?.settled === true) return show(state, directory);
    for (const line of progressOf(state).filter((each) => !said.has(each))) {
      say(line);
      said.add(line);
    }
  }
  say(`The engines did not come up: see ${join(directory, 'keeper.log')}`);
  return 1;
};

const launch = (directory: string) => {
  mkdirSync(directory, { recursive: true });
  const log = openSync(join(directory, 'keeper.log'), 'w', 0o600);
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./keeper.js', import.meta.url)), directory], { detached: true, stdio: ['ignore', log, log], cwd: directory });
  closeSync(log);
  keeper.unref();
  return keeper;
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
const show = ({ engines }: State, directory: string): number => {
  for (const name of engineNames) say(line(name, engines[name]));
  say(`\nData, logs and ports: ${directory}. To stop: npm run engines -- down\n`);
  // Later engines take over what an earlier one could do as well: the log is EventStoreDB's where there is one, the broker Kafka.
  const variables = engineNames.reduce<Readonly<Record<string, string>>>((known, name) => ({ ...known, ...variablesOf(engines[name]) }), {});
  for (const [key, value] of Object.entries(variables)) process.stdout.write(`export ${key}='${value}'\n`);
  return engineNames.some((name) => engines[name].is === 'failed') ? 1 : 0;
};

const variablesOf = (engine: EngineState) => (engine.is === 'ready' ? engine.variables : {});

const line = (name: string, engine: EngineState): string =>
  engine.is === 'ready' ? `${name.padEnd(13)}ready   ${engine.version.padEnd(8)} data: ${engine.data}` : `${name.padEnd(13)}${engine.is.padEnd(8)}${engine.sentence}`;

const commands = new Map([['up', up], ['down', down], ['status', status]]);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } });
const command = positionals.length === 1 ? commands.get(positionals[0] ?? '') : undefined;
if (command === undefined) say(usage);
process.exitCode = command === undefined ? 2 : await command(directoryOf(values.data));
