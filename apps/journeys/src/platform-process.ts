import { processEnvironment } from '@program-ledger/host';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, runChild, untilAtRest, untilReady } from './child-process.js';
import type { Addresses } from './client.js';
import { endingWith } from './ending.js';

/** The built platform: what `npm start` runs. */
const entry = fileURLToPath(new URL('main.js', import.meta.resolve('@program-ledger/platform')));
/** The same in every run, so that seals of one run are those of another. Worth nothing outside a rehearsal. */
export const sealingSecret = 'an invented secret for rehearsals only';

/** Faults on purpose, as the platform takes them in `LEDGER_FAULTS`; `crash` ends the process as kill -9 would. */
export type Faults = Readonly<Record<string, unknown>> & { readonly crash?: { readonly point: string; readonly pass: number } };

export type PlatformProcess = {
  readonly addresses: Addresses;
  /** How often a process ended by itself and was started again. */
  readonly restarts: () => number;
  /** Resolves when nothing is left to be done anywhere: no event, no message lies before any part. */
  readonly atRest: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** A directory of its own in the temporary one, in which an account of the database can enter. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'program-ledger-'));
  chmodSync(directory, 0o755);
  return directory;
};

/**
 * A platform of its own in a temporary directory. Each start takes the next of `faults` (the last for all starts after it); a process
 * that ends by itself is started again on the same data and ports.
 */
export const runPlatform = async (faults: readonly Faults[] = [{}]): Promise<PlatformProcess> => {
  const directory = temporaryDirectory();
  const [port, issuerPort] = [await freePort(), await freePort()];
  const addresses = { api: `http://127.0.0.1:${port}`, issuer: `http://127.0.0.1:${issuerPort}` };
  const environment = (starts: number): Record<string, string | undefined> => {
    const { crash: _, ...lasting } = faults.at(-1) ?? {};
    const chosen = faults[starts] ?? lasting;
    return { ...ownEnvironment(processEnvironment()), REVIEW_SEALING_SECRET: sealingSecret, ...(Object.keys(chosen).length === 0 ? {} : { LEDGER_FAULTS: JSON.stringify({ seed: 1, ...chosen }) }) };
  };
  const child = runChild({ name: 'platform', entry, args: ['--data', directory, '--port', String(port), '--issuer-port', String(issuerPort)], environment });
  const stop = endingWith(async () => {
    await child.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  await untilReady(addresses.api, [child]).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { addresses, restarts: child.restarts, atRest: () => untilAtRest([addresses.api]), stop };
};

/** Without what this shell may have been told for services that run apart: an embedded platform stands on its own engines. */
export const ownEnvironment = (environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('LEDGER_')));

/** Whether a platform answers there already. */
export const answers = async (addresses: Addresses): Promise<boolean> => (await fetch(`${addresses.api}/health/ready`).catch(() => undefined))?.ok ?? false;
