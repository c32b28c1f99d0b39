import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of one test's own in the server that `jest/start.mjs` started. */
export type TestDatabase = { readonly url: string; drop(): Promise<void> };

/** Makes an empty database, named so that parallel tests never meet; `drop` disconnects whoever is still there. */
export const createTestDatabase = async (name = 'test'): Promise<TestDatabase> => {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) throw new Error('TEST_DATABASE_URL is not set: run jest from the root, whose configuration starts the database');
  const database = `${name.replaceAll(/\W/gu, '_').toLowerCase()}_${randomBytes(5).toString('hex')}`;
  await execute(server, `create database ${database}`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return { url: url.href, drop: () => execute(server, `drop database if exists ${database} with (force)`) };
};

const execute = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};
