import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { runEffect, type Message } from '@program-ledger/messaging';
import { openServiceDatabase, PostgresInbox, readModelMigration } from '@program-ledger/read-models';
import { driftOf } from '@program-ledger/read-models/testing';
import type { DataSource } from 'typeorm';
import { programmeDirectory } from './directory.js';
import { RoleAssignments } from './role-assignments.js';

const directory = programmeDirectory('review', 'reviewClock');
const programmeId = uuidFrom('programme');
let at: TestDatabase;
let database: DataSource;
let roles: RoleAssignments;

beforeEach(async () => {
  at = await createTestDatabase('roles');
  database = await openServiceDatabase({
    url: at.url,
    service: 'review',
    entities: [directory.entity],
    views: [],
    migrations: [directory.migration, readModelMigration],
  });
  roles = new RoleAssignments(database);
});
afterEach(async () => {
  await database.destroy();
  await at.drop();
});

/** `granted` and `revoked` are messages of the programme's stream, at a revision. */
const deliver = async (what: 'granted' | 'revoked', role: string, sequence: number): Promise<void> => {
  const type = `applications.role-${what}.v1`;
  const id = uuidFrom(type, role, String(sequence));
  const by = what === 'granted' ? { grantedBy: 'admin' } : { revokedBy: 'admin' };
  const envelope = { id, type, source: '', subject: '', key: '', time: '', sequence: String(sequence), correlationid: id, causationid: id, actor: 'admin' };
  const message: Message = { ...envelope, data: { programmeId, subject: 'kim', role, at: '2026-03-01T00:00:00.000Z', ...by } };
  for (const row of directory.reactions)
    if (row.kind === 'effect' && row.type === type) await runEffect(row, message, { service: 'review', inbox: new PostgresInbox(database) });
};

test('a role is held from its grant to its revocation, in its programme only', async () => {
  expect(await roles.rolesOf('kim', programmeId)).toEqual(new Set());
  await deliver('granted', 'panel-chair', 1);
  await deliver('granted', 'finance-officer', 2);
  expect(await roles.rolesOf('kim', programmeId)).toEqual(new Set(['panel-chair', 'finance-officer']));
  expect(await roles.rolesOf('kim', uuidFrom('another programme'))).toEqual(new Set());
  expect(await roles.rolesOf('lee', programmeId)).toEqual(new Set());
  await deliver('revoked', 'panel-chair', 3);
  expect(await roles.rolesOf('kim', programmeId)).toEqual(new Set(['finance-officer']));
});

test('messages that come twice or in the wrong order end the same', async () => {
  await deliver('revoked', 'panel-chair', 2);
  await deliver('granted', 'panel-chair', 1);
  expect(await roles.rolesOf('kim', programmeId)).toEqual(new Set());
  await deliver('granted', 'panel-chair', 3);
  await deliver('granted', 'panel-chair', 3);
  await deliver('revoked', 'panel-chair', 2);
  expect(await roles.rolesOf('kim', programmeId)).toEqual(new Set(['panel-chair']));
});

test('the migrated table is what its entity says', async () => expect(await driftOf(database)).toEqual([]));
