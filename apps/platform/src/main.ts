import { processEnvironment, SettingsInvalid } from '@program-ledger/host';
import { EmbeddedPostgresRefused } from '@program-ledger/embedded-postgres';
import { announcement } from './announcement.js';
import { startPlatform } from './platform.js';
import { readPlatformSettings, settingsOfArguments } from './platform-settings.js';
import { PlatformRefused } from './refused.js';

const say = (line: string): void => void process.stderr.write(`· ${line}\n`);

/** What can be expected to go wrong is one sentence; anything else keeps its stack. */
const complain = (error: unknown): void => {
  const expected = error instanceof SettingsInvalid || error instanceof PlatformRefused || error instanceof EmbeddedPostgresRefused;
  process.stderr.write(`${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
};

const run = async (): Promise<number> => {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const settings = readPlatformSettings({ ...processEnvironment(), ...settingsOfArguments(process.argv.slice(2)) });
  const platform = await startPlatform(settings, { say });
  process.stdout.write(announcement(platform, performance.now()));
  try {
    await Promise.race([interrupted, platform.failed]);
  } finally {
    process.once('SIGINT', () => process.exit(130));
    say('draining, then stopping the database (Ctrl-C again to leave at once)');
    await platform.stop();
    say('stopped; the data is where it was');
  }
  return 0;
};

process.exit(
  await run().catch((error: unknown) => {
    complain(error);
    return 1;
  }),
);
