import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

/** Asks a process to stop, each signal less politely than the one before; resolves when it is gone. */
export const stopProcess = async (pid: number, steps: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[]): Promise<void> => {
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
 * the process `pid` with the signal, and then removes the directory, if one is given. It costs no CPU and about a megabyte.
 */
export const guardOf = (pid: number, { signal, remove = '' }: { readonly signal: 'INT' | 'TERM' | 'KILL'; readonly remove?: string | undefined }): ChildProcess => {
  const script = `read -r _; kill -${signal} ${pid} 2>/dev/null; if [ -n "$1" ]; then while kill -0 ${pid} 2>/dev/null; do sleep 0.1; done; rm -rf -- "$1"; fi`;
  const guard = spawn('/bin/sh', ['-c', script, 'sh', remove], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  (guard.stdin as { unref?: () => void } | null)?.unref?.();
  return guard;
};
