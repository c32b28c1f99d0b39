import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { commandRegisterContract } from '@program-ledger/event-sourcing/testing';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { PostgresInbox } from './checkpoints.js';
import { PostgresCommandRegister } from './command-register.js';
import { forget, memoryLimits, remembered, runForgetting } from './memories.js';
import { openServiceDatabase } from './service-database.js';

const open = ({ url }: TestDatabase): Promise<DataSource> => openServiceDatabase({ url, service: 'test', views: [], migrations: [] });

commandRegisterContract('the one in a service’s database', async () => {
  const at = await createTestDatabase('register');
  const databases = [await open(at), await open(at)] as const;
  return {
    registers: [new PostgresCommandRegister(databases[0]), new PostgresCommandRegister(databases[1])],
    dispose: async () => {
      for (const database of databases) await database.destroy();
      await at.drop();
    },
  };
});

describe('what a service remembers', () => {
  let at: TestDatabase;
  let database: DataSource;
  const noEffect = (): Promise<void> => Promise.resolve();
  const expire = async (): Promise<void> => {
    for (const table of ['inbox', 'command_register']) await database.query(`update ${table} set expires_at = now() - interval '1 second' where expires_at < now() + interval '60 days'`);
  };

  beforeAll(async () => {
    at = await createTestDatabase('memories');
    database = await open(at);
  });
  afterAll(async () => {
    await database.destroy();
    await at.drop();
  });

  test('outlives the process', async () => {
    const note = { commandId: randomUUID(), commandDigest: 'sha256:a', stream: 'room-1', quiet: false, keptDays: 30 };
    const before = await open(at);
    await new PostgresCommandRegister(before).note(note);
    await new PostgresInbox(before).once('group', 'message', noEffect);
    await before.destroy();
    expect(await new PostgresCommandRegister(database).find(note.commandId)).toMatchObject({ commandDigest: 'sha256:a', stream: 'room-1' });
    expect(await new PostgresInbox(database).once('group', 'message', noEffect)).toBe('repeated');
  });

  test('is kept for its days and then forgotten, however much it is', async () => {
    const register = new PostgresCommandRegister(database);
    const many = memoryLimits.rowsPerStatementMax + 10;
    const note = (keptDays: number, commandId = randomUUID()) => ({ commandId, commandDigest: 'sha256:a', stream: 'room-1', quiet: false, keptDays });
    await Promise.all(Array.from({ length: many }, () => register.note(note(30))));
    const kept = note(400);
    await register.note({ ...kept, quiet: true });
    await forget(database);
    const rows = () => database.query<{ count: string }[]>('select count(*) from command_register').then(([row]) => Number(row?.count));
    expect(await rows()).toBeGreaterThan(many);
    await expire();
    expect((await Promise.all([forget(database), forget(database)])).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(many);
    expect(await rows()).toBe(1);
    expect(await register.find(kept.commandId)).toMatchObject({ quiet: true });
    expect(await new PostgresInbox(database).once('group', 'message', noEffect)).toBe('repeated');
  });

  test('is looked through as long as the service runs, and counted', async () => {
    await new PostgresCommandRegister(database).note({ commandId: randomUUID(), commandDigest: 'sha256:a', stream: 'room-1', quiet: false, keptDays: 1 });
    await expire();
    const stopping = new AbortController();
    const running = runForgetting({ database, signal: stopping.signal, everyMs: 5 });
    const due = () => database.query<{ count: string }[]>('select count(*) from command_register where expires_at < now()').then(([row]) => Number(row?.count));
    while ((await due()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stopping.abort();
    await running;
    expect((await remembered(database)).map(({ memory }) => memory)).toEqual(['command_register', 'inbox']);
  });
});
