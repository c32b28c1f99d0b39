import { EmbeddedPostgresRefused } from '@program-ledger/embedded-postgres';
import { runMain, say } from '@program-ledger/engines';
import { processEnvironment } from '@program-ledger/host';
import { announcement } from './announcement.js';
import { startPlatform } from './platform.js';
import { readPlatformSettings, settingsOfArguments } from './platform-settings.js';

await runMain(
  async () => {
    const settings = readPlatformSettings({ ...processEnvironment(), ...settingsOfArguments(process.argv.slice(2)) });
    const platform = await startPlatform(settings, { say });
    return { announcement: announcement(platform, performance.now()), failed: platform.failed, stop: platform.stop };
  },
  { expected: [EmbeddedPostgresRefused], ending: 'draining, then stopping the database (again to leave at once); the data stays where it is' },
);
