#!/usr/bin/env node
import { StartRefused } from '@program-ledger/engines';
import { processEnvironment, SettingsInvalid } from '@program-ledger/host';
import { run } from './commands.js';
import { Refused } from './refused.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What can be expected to be in the way is a sentence; anything else keeps its stack. */
const complain = (error: unknown): void => {
  const expected = [Refused, SettingsInvalid, StartRefused].some((kind) => error instanceof kind);
  process.stderr.write(`${error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error)}\n`);
};

process.exit(
  await run({ words: process.argv.slice(2), environment: processEnvironment(), say }).then(
    () => 0,
    (error: unknown) => {
      complain(error);
      return 1;
    },
  ),
);
