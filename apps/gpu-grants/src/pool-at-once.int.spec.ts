import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { Commands, sha256, streamOf, uuidFrom, type CommandContext } from '@program-ledger/event-sourcing';
import { createEventStoreSchema, PostgresEventStore } from '@program-ledger/postgres-event-store';
import { grantIdOf, poolIdOf } from './domain/identities.js';
import { capacityOn, promisedOn } from './domain/pool/occupancy.js';
import { pool, type PoolCommand } from './domain/pool/pool.decider.js';
import { isOpen, outNow } from './domain/pool/pool.state.js';

/** Two processes of the service on one real log, everybody asking at once. */
const programmeId = uuidFrom('programme');
const poolId = poolIdOf(programmeId);
const at = '2030-02-03T00:00:00.000Z';
const told = { programmeId, at };
const digest = `sha256:${'a'.repeat(64)}`;
const place = { stream: 'decision-1', revision: 4 };
const teams = Array.from({ length: 40 }, (_, n) => uuidFrom('team', String(n)));
const [gpus, capacity] = [60, 480];

let database: TestDatabase;
let stores: readonly PostgresEventStore[] = [];
let processes: readonly Commands[];

beforeAll(async () => {
  database = await createTestDatabase('pool');
  await createEventStoreSchema(database.url);
  const [first, second] = [await PostgresEventStore.open({ url: database.url }), await PostgresEventStore.open({ url: database.url })];
  stores = [first, second];
  processes = stores.map((store) => new Commands(store, { now: () => new Date().toISOString() }));
});

afterAll(async () => {
  for (const store of stores) await store.close();
  await database.drop();
});

const contextOf = (...name: readonly string[]): CommandContext => {
  const commandId = uuidFrom(...name);
  return { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'service:gpu-grants' };
};

/** As a consumer does it: what was too busy is delivered again, under the same id. */
const tell = async (command: PoolCommand, ...name: readonly string[]): Promise<string> => {
  for (let attempt = 0; ; attempt += 1) {
    const { status } = await processes[attempt % processes.length]!.handle(pool, poolId, command, contextOf(command.type, ...name));
    if (status !== 'conflict') return status;
  }
};

const askOf = (team: string): PoolCommand => ({
  type: 'ask-for-gpus',
  ...told,
  ask: { key: 'seat', team, gpusMax: gpus, wanted: { which: 'first' }, rulebookDigest: digest, authority: { kind: 'selection', ...place } },
});

const eventTypes = async (): Promise<readonly string[]> => {
  const types: string[] = [];
  for await (const page of stores[0]!.read(streamOf('pool', poolId))) types.push(...page.map(({ type }) => type));
  return types;
};
const count = (types: readonly string[], wanted: string): number => types.filter((type) => type === wanted).length;

test('forty teams ask at once for what is enough for eight: eight are served, thirty-two wait, nobody is served twice', async () => {
  const plan = { digest, version: 1, model: 'X1', timeZone: 'Asia/Seoul', phases: [{ id: 'build', from: '2030-02-01', to: '2030-04-30', gpus, evaluatedBy: 'check' }] };
  await tell({ type: 'receive-plan', ...told, plan, stock: { capacity, from: '2030-01-01' } });
  await Promise.all([...teams, ...teams].map((team) => tell(askOf(team), team)));

  const types = await eventTypes();
  expect([count(types, 'gpus-reserved'), count(types, 'ask-waitlisted')]).toEqual([8, 32]);
});

test('deliveries, reclaims and cuts of the capacity at once never leave more out than in', async () => {
  await Promise.all(teams.map((team) => tell({ type: 'allow-delivery', ...told, grantId: grantIdOf(team, 'build'), agreement: place }, team)));
  await Promise.all([
    ...teams.map((team) => tell({ type: 'confirm-delivery', ...told, grantId: grantIdOf(team, 'build'), note: 'rack', by: 'operator-1' }, team)),
    ...teams.slice(0, 20).map((team) => tell({ type: 'reclaim-from-team', ...told, team, reason: 'agreement ended' }, team)),
    tell({ type: 'stock-pool', ...told, stock: { capacity: 300, from: '2030-02-03' }, reason: 'repairs', by: 'operator-1' }),
  ]);

  const { state, history } = await processes[1]!.load(pool, poolId);
  const open = state.reservations.filter(isOpen);
  expect(promisedOn(open, '2030-02-03')).toBeLessThanOrEqual(capacityOn(state.capacity, '2030-02-03'));
  let folded = pool.initial;
  for (const { event } of history) {
    folded = pool.evolve(folded, event);
    expect(outNow(folded)).toBeLessThanOrEqual(capacity);
    if (event.type === 'gpus-handed-over') expect(outNow(folded)).toBeLessThanOrEqual(capacityOn(folded.capacity, '2030-02-03'));
  }
  // Who was reclaimed has nothing, and every place that came free was given to somebody who waited.
  for (const team of teams.slice(0, 20)) expect(open.some((reservation) => reservation.team === team)).toBe(false);
  expect(state.waiting.every(({ ask }) => !teams.slice(0, 20).includes(ask.team))).toBe(true);
});
