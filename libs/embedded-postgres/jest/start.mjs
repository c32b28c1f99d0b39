// Jest's globalSetup: one throw-away PostgreSQL for the whole run. Tests run before anything is built, so the launcher is transpiled
// here, into the package itself, where its imports resolve.
import { transformFileSync } from '@swc/core';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export default async function start() {
  if (process.env.TEST_DATABASE_URL) return;
  const { startEmbeddedPostgres } = await launcher();
  const directory = mkdtempSync(join(tmpdir(), 'program-ledger-test-'));
  chmodSync(directory, 0o755);
  const database = await startEmbeddedPostgres({ directory, throwAway: true });
  process.env.TEST_DATABASE_URL = database.url;
  globalThis.testDatabase = database;
}

async function launcher() {
  const source = fileURLToPath(new URL('../src/', import.meta.url));
  const target = fileURLToPath(new URL(`../dist/jest-${process.pid}/`, import.meta.url));
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(source).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts')))
    writeFileSync(
      join(target, file.replace(/\.ts$/, '.js')),
      transformFileSync(join(source, file), { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }).code,
    );
  globalThis.testLauncher = target;
  return import(new URL(`../dist/jest-${process.pid}/index.js`, import.meta.url).href);
}
