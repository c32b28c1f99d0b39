// Jest's globalSetup: one throw-away PostgreSQL for the whole run, its address in TEST_DATABASE_URL. Set the variable to use another.
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './typescript.mjs';

export default async function start() {
  if (process.env.TEST_DATABASE_URL) return;
  const { startEmbeddedPostgres } = await import('../src/index.ts');
  const directory = mkdtempSync(join(tmpdir(), 'program-ledger-test-'));
  chmodSync(directory, 0o755);
  globalThis.testDatabase = await startEmbeddedPostgres({ directory, throwAway: true });
  process.env.TEST_DATABASE_URL = globalThis.testDatabase.url;
}
