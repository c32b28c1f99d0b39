import { processEnvironment } from '@program-ledger/host';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Addresses } from './client.js';

/** The built platform: what `npm start` runs. */
const entry = fileURLToPath(new URL('main.js', import.meta.resolve('@program-ledger/platform')));
const startMsMax = 90_000;
/** The same in every run, so that seals of one run are those of another. Worth nothing outside a rehearsal. */
const sealingSecret = 'an invented secret for rehearsals only';

/** Faults on purpose, as the platform takes them in `LEDGER_FAULTS`; `crash` ends the process as kill -9 would. */
export type Faults = Readonly<Record<string, unknown>> & { readonly crash?: { readonly point: string; readonly pass: number } };

export type PlatformProcess = {
  readonly addresses: Addresses;
  /** How often the process ended by itself and was started again. */
  readonly restarts: () => number;
  readonly stop: () => Promise<void>;
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

/**
 * A platform of its own in a temporary directory. Each start takes the next of `faults` (the last for all starts after it); a process
 * that ends by itself is started again on the same data and ports, as an operator's supervisor would.
 */
export const runPlatform = async (faults: readonly Faults[] = [{}]): Promise<PlatformProcess> => {
  const directory = mkdtempSync(join(tmpdir(), 'program-ledger-'));
  // Where the database runs as a user of its own, that user must be able to enter.
  chmodSync(directory, 0o755);
  const [port, issuerPort] = [await freePort(), await freePort()];
  const addresses = { api: `http://127.0.0.1:${port}`, issuer: `http://127.0.0.1:${issuerPort}` };
  let starts = 0;
  let stopping = false;
  let child: ChildProcess;
  let said = '';
  const start = (): void => {
    const { crash: _, ...lasting } = faults.at(-1) ?? {};
    const chosen = faults[starts] ?? lasting;
    starts += 1;
    child = spawn(process.execPath, [entry, '--data', directory, '--port', String(port), '--issuer-port', String(issuerPort)], {
      env: { ...processEnvironment(), REVIEW_SEALING_SECRET: sealingSecret, ...(Object.keys(chosen).length === 0 ? {} : { LEDGER_FAULTS: JSON.stringify({ seed: 1, ...chosen }) }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-8_000); });
    child.once('exit', () => { if (!stopping) start(); });
  };
  start();
  await ready(addresses, () => said);
  return {
    addresses,
    restarts: () => starts - 1,
    stop: async () => {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await gone;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

const ready = async ({ api }: Addresses, said: () => string): Promise<void> => {
  for (const giveUpAt = Date.now() + startMsMax; Date.now() < giveUpAt; await pause(100)) {
    const answer = await fetch(`${api}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`the platform was not ready within ${startMsMax / 1000} s; it said:\n${said()}`);
};

/** Whether a platform answers there already. */
export const answers = async (addresses: Addresses): Promise<boolean> => (await fetch(`${addresses.api}/health/ready`).catch(() => undefined))?.ok ?? false;
