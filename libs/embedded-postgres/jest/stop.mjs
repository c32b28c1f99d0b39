// Jest's globalTeardown: stops the PostgreSQL that start.mjs started and removes what it left.
import { rmSync } from 'node:fs';

export default async function stop() {
  await globalThis.testDatabase?.stop();
  if (globalThis.testLauncher) rmSync(globalThis.testLauncher, { recursive: true, force: true });
}
