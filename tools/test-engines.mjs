// npm run test:engines: the suites and the story on every real engine that this machine has, then what ran and what did not, and why.
import { spawn, spawnSync } from 'node:child_process';

const eventStore = process.env.EVENTSTOREDB_URL;
const has = (program, ...args) => spawnSync(program, args, { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;
const missing = [...(has('java', '-version') ? [] : ['Java 17']), ...(has('mvn', '-v') ? [] : ['Maven'])];
const noKafka = missing.length === 0 ? undefined : `${missing.join(' and ')} not on this machine`;
const noServer = eventStore === undefined ? 'EVENTSTOREDB_URL names no server' : undefined;

const jest = (...args) => ['tools/jest.mjs', ...args];
const parts = [
  { name: 'Kafka: contract suite, its faults, messages as they are on the wire, TLS and access', run: jest('--runInBand', '\\.engines\\.spec\\.ts$'), env: { LEDGER_TEST_ENGINES: '1' }, unless: noKafka },
  { name: 'EventStoreDB: contract suite on the server', run: jest('--runInBand', 'libs/eventstoredb/src/eventstoredb.int.spec.ts'), unless: noServer },
  { name: 'story on five processes, on two instances, and with kills, over Kafka', run: ['apps/journeys/dist/main.js', 'journeys', 'distributed', 'second-chance', '--broker', 'kafka'], unless: noKafka },
  { name: 'story on five processes, the log on the server', run: ['apps/journeys/dist/main.js', 'journeys', 'distributed', 'nipa-2025', '--broker', noKafka === undefined ? 'kafka' : 'postgres'], unless: noServer },
  { name: 'failure run, smoke', run: ['apps/journeys/dist/torture/main.js', '--smoke'], unless: noKafka },
];

const outcomes = [];
let counted = '';
for (const { name, run, env = {}, unless } of parts) {
  if (unless !== undefined) {
    outcomes.push({ name, said: `DID NOT RUN: ${unless}` });
    continue;
  }
  process.stderr.write(`\n· ${name}\n`);
  const began = Date.now();
  const code = await ended(run, env);
  outcomes.push({ name, said: `${code === 0 ? 'passed' : `FAILED (${code})`} in ${Math.round((Date.now() - began) / 1000)} s`, failed: code !== 0 });
}

process.stdout.write('\n');
for (const { name, said } of outcomes) process.stdout.write(`${said.padEnd(20)} ${name}\n`);
if (counted !== '') process.stdout.write(`${counted}\n`);
process.exitCode = outcomes.some(({ failed }) => failed) ? 1 : 0;

/** The line in which Jest counts its tests is kept, and said again at the end. */
function ended(args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, ...env } });
    child.stderr.on('data', (chunk) => {
      process.stderr.write(chunk);
      counted = /^Tests: .*$/m.exec(String(chunk))?.[0] ?? counted;
    });
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
}
