import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Tells a process from a later one that got the same pid: its start in this boot. Empty when there is no such process. */
export const signatureOf = (pid: number): string => {
  try {
    if (!existsSync('/proc/self/stat')) return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the command in parentheses come the state and, 20 fields on, the start in clock ticks since boot.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? '' : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[18]}`;
  } catch {
    return '';
  }
};

export const alive = (pid: number): boolean => signatureOf(pid) !== '';

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

/** Asks a postmaster to stop, each signal less politely than the one before; resolves when it is gone. */
export const stopPostmaster = async (pid: number, steps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[]): Promise<void> => {
  for (const { signal, waitMs } of steps) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const until = Date.now() + waitMs;
    while (alive(pid) && Date.now() < until) await sleep(10);
    if (!alive(pid)) return;
  }
};

/**
 * A shell that blocks on a pipe from this process and, when the pipe breaks because this process is gone (kill -9 included), stops
 * the database, and removes what is throw-away. It costs no CPU and about a megabyte.
 */
export const guardOf = (pid: number, remove: string | undefined): ChildProcess => {
  const script = `read -r _; kill -INT ${pid} 2>/dev/null; if [ -n "$1" ]; then while kill -0 ${pid} 2>/dev/null; do sleep 0.1; done; rm -rf -- "$1"; fi`;
  const guard = spawn('/bin/sh', ['-c', script, 'sh', remove ?? ''], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  (guard.stdin as { unref?: () => void } | null)?.unref?.();
  return guard;
};
