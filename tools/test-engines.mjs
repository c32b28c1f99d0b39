// npm run test:engines: the suites and the story on every real engine that this machine has, then what ran and what did not, and why.
import { spawn, spawnSync } from 'node:child_process';
import { countOf, lineOf } from './local-engines/dist/counted.js';

const has = (program, ...args) => spawnSync(program, args, { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;
const missing = [...(has('java', '-version') ? [] : ['Java 17']), ...(has('mvn', '-v') ? [] : ['Maven'])];
const noKafka = missing.length === 0 ? undefined : `${missing.join(' and ')} not on this machine`;
const server = process.env.EVENTSTOREDB_URL || undefined;
const noServer = server === undefined ? 'EVENTSTOREDB_URL names no server' : undefined;
const noInstallation = process.env.EVENTSTOREDB_HOME ? undefined : 'EVENTSTOREDB_HOME names no installation';

// Not by tools/jest.mjs: a signal must reach Jest itself.
const jest = (...args) => ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--runInBand', ...args];
const story = (name, broker) => ['apps/journeys/dist/main.js', 'journeys', 'distributed', name, '--broker', broker];
const onEngines = { LEDGER_TEST_ENGINES: '1' };
// Only the parts that name the server use it: the others stand on PostgreSQL, so that both are tried.
const noEventStore = { EVENTSTOREDB_URL: undefined };

const parts = [
  { name: 'engines up, used by what they print, down', run: jest('tools/local-engines/.*\\.engines\\.spec\\.ts$'), env: onEngines },
  { name: 'Kafka: contract suite, its faults, messages as they are on the wire, TLS and access', run: jest('(apps|libs|tools/deployment)/.*\\.engines\\.spec\\.ts$'), env: onEngines, unless: noKafka },
  { name: 'EventStoreDB: contract suite, cut connections and killed nodes on the server', run: jest('libs/eventstoredb/src/.*\\.server\\.int\\.spec\\.ts$'), unless: noServer && noInstallation },
  { name: 'EventStoreDB: a log moved to the server, killed and resumed', run: jest('apps/program-ledger/src/migrate-to-server.int.spec.ts'), unless: noServer },
  { name: 'story on five processes, on two instances, and with kills, over Kafka', run: story('second-chance', 'kafka'), env: noEventStore, unless: noKafka },
  // The processes run apart on every machine: where there is no Kafka, over what every machine has.
  ...(noKafka === undefined ? [] : [{ name: 'story on five processes, on two instances, and with kills, over the broker in PostgreSQL', run: story('second-chance', 'postgres'), env: noEventStore }]),
  { name: 'story on five processes, the log on the server', run: story('nipa-2025', noKafka === undefined ? 'kafka' : 'postgres'), unless: noServer },
  { name: 'failure run, smoke', run: ['apps/journeys/dist/torture/main.js', '--smoke'], env: noEventStore, unless: noKafka },
  { name: 'failure run, smoke, the log on the server', run: ['apps/journeys/dist/torture/main.js', '--smoke'], unless: noServer ?? noKafka },
];

const outcomes = [];
const counts = [];
let running;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    interrupted = true;
    // The terminal has sent Ctrl-C to the part as well.
    if (signal === 'SIGTERM') running?.kill('SIGTERM');
  });

for (const { name, run, env = {}, unless } of parts) {
  const reason = interrupted ? 'interrupted' : unless;
  if (reason !== undefined) {
    outcomes.push({ name, said: `DID NOT RUN: ${reason}` });
    continue;
  }
  process.stderr.write(`\n· ${name}\n`);
  const began = Date.now();
  const { code, printed } = await ended(run, env);
  counts.push(countOf(printed, code === 0));
  outcomes.push({ name, said: `${code === 0 ? 'passed' : `FAILED (${code})`} in ${Math.round((Date.now() - began) / 1000)} s` });
}

process.stdout.write('\n');
for (const { name, said } of outcomes) process.stdout.write(`${said.padEnd(20)} ${name}\n`);
process.stdout.write(`\nServers: each part on its own of this machine, since it stops, kills and fills them${process.env.KAFKA_BROKERS ? `; the Kafka at ${process.env.KAFKA_BROKERS} was left alone` : ''}.\n`);
if (server !== undefined) process.stdout.write(`The log's server: the one that EVENTSTOREDB_URL names, ${server.replace(/^[\w+]+:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '')}, each run under a prefix of its own.\n`);
process.stdout.write(`${lineOf(counts)}\n`);
process.exitCode = interrupted || counts.some(({ failed }) => failed > 0) ? 1 : 0;

/** What a part printed last is kept for counting. */
function ended(args, env) {
  return new Promise((resolve) => {
    running = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, ...env } });
    let printed = '';
    running.stderr.on('data', (chunk) => {
      process.stderr.write(chunk);
      printed = (printed + chunk).slice(-4_000);
    });
    running.on('close', (code, signal) => resolve({ code: code ?? signal, printed }));
  });
}
