import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { alive } from './processes.js';

/** PostgreSQL itself discards the lock of a dead postmaster, but not one whose pid has become another program's. */
export const removeForeignLock = (data: string): void => {
  const file = `${data}/postmaster.pid`;
  if (!existsSync(file)) return;
  const pid = parseInt(readFileSync(file, 'utf8'), 10);
  if (alive(pid) && !servesData(pid, data)) rmSync(file);
};

/** The postmaster that serves this data directory, with its state word ("ready", "starting", "stopping"); undefined when there is none. */
export const postmasterOf = (data: string): { readonly pid: number; readonly state: string } | undefined => {
  const file = `${data}/postmaster.pid`;
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  return servesData(pid, data) ? { pid, state: (lines[7] ?? 'starting').trim() } : undefined;
};

/** A lock file may outlive its postmaster and its pid be another's by now, so the process itself is asked. */
const servesData = (pid: number, data: string): boolean => {
  if (!(pid > 1) || !alive(pid)) return false;
  try {
    if (existsSync('/proc/self/cwd')) return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(data);
  } catch {
    return false;
  }
};
