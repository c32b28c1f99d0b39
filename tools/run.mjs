// What the root scripts call: installs what is missing, builds what is stale, then runs. Needs nothing but Node and npm.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
process.env.NX_DAEMON ??= 'false';

const [command, ...rest] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node ${process.versions.node} is too old: program-ledger needs Node 20.19 or later.`);

const node = (script, ...args) => run(process.execPath, [script, ...args]);
const nx = (...args) => node('node_modules/nx/dist/bin/nx.js', ...args);
const jest = (...args) => node('tools/jest.mjs', ...args);

const commands = {
  start: () => platform('apps/platform/dist/main.js'),
  service,
  'program-ledger': () => platform('apps/program-ledger/dist/main.js'),
  story: () => platform('apps/journeys/dist/main.js', 'story'),
  journeys: () => platform('apps/journeys/dist/main.js', 'journeys'),
  torture: () => platform('apps/journeys/dist/torture/main.js'),
  bench: async () => (await built()) || node('bench/run.mjs', ...rest),
  engines: () => platform('tools/local-engines/dist/main.js'),
  'test:engines': () => platform('tools/test-engines.mjs'),
  build: built,
  bundle: async () => (await built()) || node('tools/bundle/dist/main.js', ...rest),
  laws,
  docs: async () => (await built()) || node('tools/reference/dist/index.js', ...rest),
  test: async () => (await built()) || (await laws()) || (await jest(...rest)),
};

if (!Object.hasOwn(commands, command)) fail(`usage: node tools/run.mjs ${Object.keys(commands).join(' | ')}`);
await installed();
process.exit(await commands[command]());

/** `npm ci` when the lockfile changed since the last one, or never ran. */
async function installed() {
  const stamp = 'node_modules/.installed-from';
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing packages from the lockfile (about a minute, once)');
  if ((await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' })) !== 0) fail('npm ci failed: see its message above.');
  mkdirSync('node_modules', { recursive: true });
  writeFileSync(stamp, lock);
}

/** The compiler itself knows what is stale; with nothing to do this takes a fraction of a second. */
async function built() {
  const fresh = existsSync('apps/platform/dist/main.js');
  if (!fresh) say('building (a few seconds, once)');
  return node('node_modules/typescript7/bin/tsc', '-b');
}

/** Types of everything with its tests, then the rules of the tree. The project graph comes first: without it the boundary rule is silently skipped. */
async function laws() {
  say('checking types and laws');
  return (await node('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.spec.json')) || (await nx('graph', '--file=.nx/graph.json')) || node('node_modules/eslint/bin/eslint.js', '--max-warnings', '0', 'apps', 'libs', 'tools');
}

/** One service as a process of its own, the gateway before them, the development issuer, or the step that prepares log and broker for all. */
async function service() {
  const entries = {
    ...Object.fromEntries(['applications', 'review', 'gpu-grants', 'funding', 'audit-ledger', 'gateway', 'issuer'].map((name) => [name, `apps/${name}/dist/main.js`])),
    prepare: 'libs/engines/dist/prepare-main.js',
  };
  const name = rest.shift();
  if (!Object.hasOwn(entries, name)) fail(`usage: npm run service -- ${Object.keys(entries).join(' | ')}`);
  if ((await built()) !== 0) return 1;
  const { serviceNodeFlags } = await import('../libs/engines/dist/node-flags.js');
  return run(process.execPath, [...serviceNodeFlags, entries[name], ...rest]);
}

async function platform(script, ...args) {
  return (await built()) || node(script, ...args, ...rest);
}

function run(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    // The terminal sends Ctrl-C to the child as well: it drains, and this process waits for it. A kill is passed on.
    const ignore = () => {};
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore).on('SIGTERM', pass);
    child.on('error', (error) => fail(`${file}: ${error.message}`));
    child.on('exit', (code, signal) => {
      process.off('SIGINT', ignore).off('SIGTERM', pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

function say(text) {
  process.stderr.write(`· ${text}\n`);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
