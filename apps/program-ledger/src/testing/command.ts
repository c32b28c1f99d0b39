import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('migrating.mjs', import.meta.url));

/** `program-ledger migrate` in a process of its own, from its sources, to be killed when told. */
export const command = (...words: readonly string[]) => {
  const child = spawn(process.execPath, ['--conditions=@program-ledger/source', program, 'migrate', ...words], { env: { ...process.env, NODE_OPTIONS: '' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  /** Waits for a line; false when the command ended without it. */
  const said = async (line: RegExp): Promise<boolean> => {
    while (isRunning() && !line.test(output)) await sleep(2);
    return line.test(output);
  };
  return { ended: ended.then((code) => ({ code, output })), kill: () => child.kill('SIGKILL'), isRunning, said };
};
