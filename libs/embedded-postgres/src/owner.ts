import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { signatureOf } from './processes.js';

/** The directory belongs to a process that runs; the message is one sentence for the person at the terminal. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  constructor(directory: string, by: string) {
    super(`The directory ${directory} is in use by ${by}: stop it, or choose another directory.`);
  }
}

/**
 * Takes a directory for this process, until `release`, by its file `owner.json`. The owner's file appears whole (by link), and one left by a process that is gone
 * is taken away by a rename, so that of several starters exactly one wins.
 */
export const claimDirectory = (directory: string): { release: () => void } => {
  const file = join(directory, 'owner.json');
  const mine = JSON.stringify({ pid: process.pid, signature: signatureOf(process.pid), claim: randomBytes(6).toString('hex') });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (linked(draft, file)) return { release: () => readIfThere(file) === mine && rmSync(file) };
      removeDead(file);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new DirectoryInUse(directory, 'another process');
};

const removeDead = (file: string): void => {
  const seen = readIfThere(file);
  if (seen === undefined) return;
  const { pid, signature } = JSON.parse(seen) as { pid: number; signature: string };
  if (signatureOf(pid) === signature) throw new DirectoryInUse(dirname(file), `the process ${pid}`);
  const aside = `${file}.${process.pid}.dead`;
  renameSync(file, aside);
  // Another starter may have claimed between the look and the rename: that one gets its claim back.
  if (readFileSync(aside, 'utf8') !== seen) linked(aside, file);
  rmSync(aside);
};

const linked = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};
