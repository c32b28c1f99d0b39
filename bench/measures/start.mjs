import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPlatform, platformDirectory, settled } from '../platform.mjs';
import { median } from '../rounds.mjs';
import { residentMiB, say } from '../setting.mjs';
import { atMost, count } from '../table.mjs';

const main = fileURLToPath(new URL('../../apps/platform/dist/main.js', import.meta.url));
const readyMsMax = 60_000;
const idleMs = 8_000;

/** What `npm start` runs, from spawn to ready on existing data, PostgreSQL included; then what it holds when nothing happens. */
export const start = async (setting) => {
  const { events, issuer } = await existingData(setting);
  const directory = platformDirectory(setting);
  const rounds = [];
  for (let round = setting.rounds(5); round > 0; round -= 1) {
    const running = await spawned(directory);
    const last = round === 1;
    if (last) await sleep(setting.milliseconds(idleMs));
    rounds.push({ ...running, resident: residentMiB(running.pid) });
    await running.stop();
  }
  const ms = median(rounds.map(({ readyMs }) => readyMs));
  const { resident } = rounds.at(-1);
  const bare = await bareStart(setting, issuer);
  say(`start: ready after ${count(ms)} ms, ${count(resident)} MiB; bare ${count(bare.readyMs)} ms, ${count(bare.resident)} MiB`);
  return [
    {
      measure: `start to ready, ${count(events)} events in the log`,
      ours: `${(ms / 1000).toFixed(2)} s with PostgreSQL`,
      beside: `bare Nest route, PostgreSQL running: ${(bare.readyMs / 1000).toFixed(2)} s`,
      emmett: null,
      targets: [atMost('s', ms / 1000, 5)],
    },
    {
      measure: 'memory when idle',
      ours: `${count(resident)} MiB resident`,
      beside: `bare Nest route: ${count(bare.resident)} MiB`,
      emmett: null,
      targets: [atMost('MB without PostgreSQL', (resident * 2 ** 20) / 1e6, 300)],
    },
  ];
};

/** What earlier measures left, and more of it. */
const existingData = async (setting) => {
  const platform = await openPlatform(setting);
  const load = await setting.contender('contenders/load', { issuer: platform.issuer });
  await load.ask('reviewers', { api: platform.api, connections: 32, milliseconds: setting.milliseconds(2_000) });
  await settled(platform.api);
  const events = await platform.ask('events');
  for (const side of [load, platform]) await side.end();
  return { events, issuer: platform.issuer };
};

const spawned = async (directory) => {
  const [port, issuerPort] = await Promise.all([freePort(), freePort()]);
  const began = performance.now();
  const child = spawn(process.execPath, [main, '--data', directory, '--port', String(port), '--issuer-port', String(issuerPort)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4_000)));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    const killed = setTimeout(() => child.kill('SIGKILL'), 30_000);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(killed);
  };
  process.once('exit', () => child.kill('SIGKILL'));
  while (performance.now() < began + readyMsMax && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (answer?.ok) return { readyMs: performance.now() - began, pid: child.pid, stop };
    await answer?.text();
    await sleep(10);
  }
  await stop();
  throw new Error(`the platform did not become ready; it said:\n${said}`);
};

/** Spawn to listening; the guard asks the issuer only when somebody comes. */
const bareStart = async (setting, issuer) => {
  const url = await setting.database('bare_start');
  const times = [];
  let resident = 0;
  for (let round = setting.rounds(5); round > 0; round -= 1) {
    const began = performance.now();
    const bare = await setting.contender('contenders/bare-route', { url, issuer });
    times.push(performance.now() - began);
    if (round === 1) {
      await sleep(setting.milliseconds(idleMs));
      resident = residentMiB(bare.pid);
    }
    await bare.end();
  }
  return { readyMs: median(times), resident };
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
