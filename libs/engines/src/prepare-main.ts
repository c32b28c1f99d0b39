import { processEnvironment, SettingsInvalid } from '@program-ledger/host';
import { say } from './main-process.js';
import { prepareEngines } from './prepare.js';
import { StartRefused } from './refused.js';

process.exitCode = await prepareEngines(processEnvironment()).then(
  (lines) => {
    for (const line of lines) say(line);
    return 0;
  },
  (error: unknown) => {
    const expected = error instanceof SettingsInvalid || error instanceof StartRefused;
    process.stderr.write(`${error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error)}\n`);
    return 1;
  },
);
