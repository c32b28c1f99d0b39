import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applicationsEvents, type ApplicationsEvent } from '@program-ledger/contracts/applications';
import { fundingEvents, type FundingEvent } from '@program-ledger/contracts/funding';
import { reviewEvents, type ReviewEvent } from '@program-ledger/contracts/review';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { Commands, sha256, uuidFrom, type Aggregate } from '@program-ledger/event-sourcing';
import type { ServiceDefinition } from '@program-ledger/host';
import { startTestProcess, undeclaredRoutes, walkAsStranger, wrongExamples, type AnswerOf, type TestProcess } from '@program-ledger/host/testing';
import { publishes, publishing, type Publishing } from '@program-ledger/messaging';
import { openServiceDatabase, readModelMigration } from '@program-ledger/read-models';
import { driftOf } from '@program-ledger/read-models/testing';
import { parseRulebook } from '@program-ledger/rulebook';
import { exampleText } from '@program-ledger/rulebook/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { grantIdOf } from './domain/identities.js';
import { gpuGrants } from './gpu-grants.module.js';
import { directory } from './messaging/directory.js';

/** The other services, as far as this one hears them: they say what they are told to say, and decide nothing. */
type Said<Public> = { readonly type: 'said'; readonly said: Public; readonly at: string };
type Voice<Public> = Aggregate<null, { readonly type: 'say'; readonly said: Public }, Said<Public>, never>;
const voice = <Public extends { readonly at: string }>(category: string): Voice<Public> => ({
  category,
  events: { said: { version: 1, schema: z.object({ type: z.literal('said'), said: z.custom<Public>(), at: z.string() }) } },
  initial: null,
  evolve: () => null,
  decide: ({ said }) => [{ type: 'said', said, at: said.at }],
});
const applications = voice<ApplicationsEvent>('applicationsVoice');
const review = voice<ReviewEvent>('reviewVoice');
const funding = voice<FundingEvent>('fundingVoice');
const speaking = (aggregate: ServiceDefinition['aggregates'][number], published: Publishing): ServiceDefinition => {
  const nothing = { views: [], reactions: [], follows: [], timers: [], controllers: [], migrations: [], rejections: {} };
  return { name: published.service, title: published.service, aggregates: [aggregate], publishes: published, ...nothing };
};
const services = [
  gpuGrants,
  speaking(applications, publishing('applications', applicationsEvents, [publishes(applications, { said: ({ said }) => said })])),
  speaking(review, publishing('review', reviewEvents, [publishes(review, { said: ({ said }) => said })])),
  speaking(funding, publishing('funding', fundingEvents, [publishes(funding, { said: ({ said }) => said })])),
];

const programmeId = uuidFrom('programme');
const callId = uuidFrom('call');
const [team, other] = [uuidFrom('team'), uuidFrom('other')];
const [first, second] = [grantIdOf(team, 'one'), grantIdOf(other, 'one')];
const startsAt = '2026-03-02T00:00:00.000Z';
const nextDay = '2026-03-03T00:00:00.000Z';
const told = { programmeId, at: startsAt };
const text = exampleText();
const path = `/gpu-grants/programmes/${programmeId}`;

const databases = new Map<string, TestDatabase>();
let running: TestProcess;
let commands: Commands;
let words = 0;

const say = async <Public extends { readonly at: string }>(aggregate: Voice<Public>, said: Public, about = programmeId): Promise<void> => {
  const commandId = uuidFrom('say', String((words += 1)));
  await commands.handle(
    aggregate,
    about,
    { type: 'say', said },
    { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'others' },
  );
};

const eventually = async <T>(ask: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    const seen = await ask();
    if (wanted(seen) || tries > 500) return seen;
    await sleep(10);
  }
};

type Body = Record<string, unknown>;
const see = (where: string, as = 'operator-1'): Promise<AnswerOf<Body>> => running.ask('GET', `${path}${where}`, { as });
const tell = (where: string, body: Body, headers: Record<string, string> = {}): Promise<AnswerOf<Body>> =>
  running.ask('POST', `${path}${where}`, { as: 'operator-1', body, headers });
const untilGrant = (grantId: string, status: string) =>
  eventually(
    () => see(`/grants/${grantId}`),
    ({ body }) => body['status'] === status,
  );

const member = (subject: string) => ({
  organisationId: uuidFrom(subject),
  name: { ko: '가', en: 'A' },
  role: 'lead' as const,
  task: 'development',
  shareBasisPoints: 10_000,
  representatives: [subject],
});
const seatOf = (applicationId: string, subject: string) => ({
  ...{ applicationId, title: `Model of ${subject}`, rank: 1, members: [member(subject)] },
  ...{ requestedGpus: 64, openness: 'open', budget: '1000', provenance: 'invented' as const },
});

beforeAll(async () => {
  for (const { name } of services) databases.set(name, await createTestDatabase(`grants_${name.replace('-', '_')}`));
  running = await startTestProcess({
    services,
    databaseUrl: (service) => databases.get(service)?.url ?? '',
    faults: { seed: 11, duplicateRate: 0.3, fallBackRate: 0.1, fallBackMax: 3 },
  });
  commands = new Commands(running.store, { now: () => new Date().toISOString() });
  const title = { ko: '예시', en: 'Example' };
  await say(applications, {
    type: 'applications.programme-created.v1',
    ...told,
    title,
    timeZone: 'Asia/Seoul',
    rehearsal: true,
    provenance: 'invented',
    startsAt,
  });
  const rulebook = { rulebookId: uuidFrom('rulebook'), version: 1, text, digest: parseRulebook(text).digest, validFrom: '2026-01-01' };
  await say(applications, { type: 'applications.rulebook-enacted.v1', ...told, ...rulebook });
  for (const [subject, role] of [
    ['operator-1', 'gpu-operator'],
    ['admin-1', 'programme-administrator'],
  ] as const)
    await say(applications, { type: 'applications.role-granted.v1', ...told, subject, role, grantedBy: 'admin-1' });
  const round = { ...told, callId, roundId: 'interview' };
  const seats = { selected: [seatOf(team, 'kim'), seatOf(other, 'lee')], reserve: [], rejected: [], rulebookDigest: rulebook.digest };
  await say(review, { type: 'review.selection-announced.v1', ...round, ...seats, decidedBy: ['han'], evidence: [] }, callId);
  await eventually(
    () => see('/processes/waiting'),
    ({ body }) => JSON.stringify(body).includes('objection-window'),
  );
  await say(review, { type: 'review.objection-window-closed.v1', ...round, how: 'waived' }, callId);
  await untilGrant(first, 'reserved');
  await untilGrant(second, 'reserved');
});

afterAll(async () => {
  await running.stop();
  for (const database of databases.values()) await database.drop();
});

describe('the routes', () => {
  test('are all declared, and their examples pass', () => {
    expect(undeclaredRoutes(running.app.nest)).toEqual([]);
    expect(wrongExamples(running.app.nest)).toEqual([]);
  });

  test('tell a stranger nothing', async () => {
    const walked = await walkAsStranger(running.app.nest, {
      url: running.url,
      token: await running.token('stranger'),
      parameters: { programmeId, team, grantId: first },
    });
    const inside = walked.filter(({ route }) => route.path.startsWith('/gpu-grants/programmes') && !route.path.endsWith('/roles/mine'));
    expect(inside.length).toBeGreaterThanOrEqual(10);
    expect(inside.filter(({ status }) => status !== 403 && status !== 404)).toEqual([]);
  });

  test('refuse what is malformed, naming the place', async () => {
    expect(await tell('/pool/stock', { capacity: -1, from: 'tomorrow', reason: '' })).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(await tell(`/grants/${first}/delivery`, { note: 'rack 1', gpus: 1 })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/gpus' }] } });
    expect(await see('/grants?status=lost')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:status' }] } });
  });
});

describe('who may read', () => {
  test('what a team has: the people who act for it, operators, administrators and auditors', async () => {
    for (const as of ['kim', 'operator-1', 'admin-1']) expect((await see(`/grants/${first}`, as)).status).toBe(200);
    expect((await running.ask('GET', `${path}/teams/${team}/grants`, { as: 'auditor-1', roles: ['auditor'] })).body).toMatchObject({ items: [{ id: first }] });
    expect((await see(`/teams/${team}/grants`, 'kim')).body).toMatchObject({ items: [{ id: first, team, phase: 'one' }], next: null });
    expect((await see(`/processes/${team}`, 'kim')).body).toMatchObject({ id: team, title: 'Model of kim', seat: 'selection' });
  });

  test('of another team: nobody who acts for one only', async () => {
    expect(await see(`/grants/${second}`, 'kim')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await see(`/teams/${other}/grants`, 'kim')).toMatchObject({ status: 403, body: { code: 'not-yours' } });
    expect(await see(`/processes/${other}`, 'kim')).toMatchObject({ status: 403, body: { code: 'not-yours' } });
    expect(await see('/grants', 'kim')).toMatchObject({ status: 403, body: { code: 'role-missing' } });
  });

  test('a list by team, phase and status, page by page', async () => {
    expect((await see(`/grants?team=${other}&phase=one&status=reserved`)).body).toMatchObject({ items: [{ id: second }], next: null });
    expect((await see('/grants?phase=two')).body).toEqual({ items: [], next: null });
    const page = (await see('/grants?limit=1')).body;
    const rest = (await see(`/grants?limit=1&cursor=${String(page['next'])}`)).body;
    expect(JSON.stringify([page['items'], rest['items']])).toMatch(new RegExp(`${[first, second].sort().join('.*')}`));
  });
});

describe('the pool', () => {
  test('says what it has and plans', async () => {
    const { body } = await see('/pool');
    expect(body).toMatchObject({
      plan: { model: 'X1', phases: [{ id: 'one', gpus: 64 }, { id: 'two' }] },
      capacities: [{ from: '2026-01-01', capacity: 128 }],
      waiting: [],
    });
  });

  test('takes more GPUs, but gives up none that are promised, and changes no day that has passed', async () => {
    const reason = 'The second hall is in operation.';
    expect(await tell('/pool/stock', { capacity: 192, from: '2026-04-01', reason })).toMatchObject({ status: 200 });
    expect(await tell('/pool/stock', { capacity: 127, from: '2026-05-01', reason })).toMatchObject({
      status: 409,
      body: { code: 'promised-beyond', details: { on: '2026-05-01', promised: 128, capacity: 127 } },
    });
    const korean = await tell('/pool/stock', { capacity: 500, from: '2026-02-28', reason }, { 'accept-language': 'ko' });
    expect(korean).toMatchObject({ status: 422, body: { code: 'day-passed', detail: '2026-02-28은(는) 이미 지났습니다.' } });
  });

  test('is stocked by its operator only', async () => {
    const body = { capacity: 1, from: '2026-04-01', reason: 'no' };
    expect(await running.ask('POST', `${path}/pool/stock`, { as: 'admin-1', body })).toMatchObject({ status: 403, body: { code: 'role-missing' } });
  });
});

describe('a grant', () => {
  test('is not handed over before the agreement is signed, nor one that is unknown', async () => {
    expect(await tell(`/grants/${first}/delivery`, { note: 'rack 1' })).toMatchObject({ status: 409, body: { code: 'agreement-not-signed' } });
    expect(await tell(`/grants/${uuidFrom('none')}/delivery`, { note: 'rack 1' })).toMatchObject({ status: 404, body: { code: 'unknown-reservation' } });
    expect(await tell(`/grants/${first}/return`, { note: 'wiped' })).toMatchObject({ status: 409, body: { code: 'not-out' } });
  });

  test('goes out and comes back, and its hours are counted', async () => {
    await say(
      funding,
      { type: 'funding.agreement-signed.v1', ...told, agreementId: uuidFrom('agreement'), team, contributionByPhase: [], contributionTotal: '0' },
      uuidFrom('agreement'),
    );
    const permitted = await untilGrant(first, 'permitted');
    expect((await see(`/processes/${team}`)).body).toMatchObject({ waits: [{ whom: 'gpu-operator', what: 'delivery', about: 'one' }] });

    const delivery = await tell(`/grants/${first}/delivery`, { note: 'rack 1' });
    expect(delivery).toMatchObject({ status: 200, body: { id: first } });
    expect((await tell(`/grants/${first}/delivery`, { note: 'rack 1' })).body).toMatchObject({ revision: delivery.body['revision'] });
    expect((await untilGrant(first, 'delivered')).body).toMatchObject({
      deliveredAt: startsAt,
      deliveryNote: 'rack 1',
      authority: { kind: 'selection', revision: 0 },
    });
    expect((await see('/pool')).body).toMatchObject({ out: 64, maxOutAtAnyInstant: 64, maxOutAt: startsAt });

    await say(applications, { type: 'applications.programme-clock-set.v1', ...told, to: nextDay });
    await eventually(
      () => commands.load(directory.clock, programmeId),
      ({ state }) => state.status === 'known' && state.clock === nextDay,
    );
    expect((await tell(`/grants/${first}/return`, { note: 'wiped' })).status).toBe(200);
    expect((await untilGrant(first, 'returned')).body).toMatchObject({ gpuHours: String(64 * 24), endedAt: nextDay, endedBecause: 'wiped' });
    expect((await see('/pool')).body).toMatchObject({ out: 0, maxOutAtAnyInstant: 64 });

    const then = permitted.headers.get('x-log-position');
    expect((await see(`/grants/${first}?asOf=${then}`)).text).toBe(permitted.text);
  });

  test('of a later phase waits for the stage: nobody has one yet', async () => {
    expect((await see(`/teams/${team}/grants`)).body).toMatchObject({ items: [{ phase: 'one', later: [{ phase: 'two' }] }] });
    expect((await see(`/processes/${team}`)).body).toMatchObject({ waits: [{ whom: 'review', what: 'evaluation', about: 'middle' }] });
  });

  test('of a later phase comes with the passed stage; a failed one sets GPUs free for the team that takes the seat', async () => {
    const round = { programmeId, callId, roundId: 'middle', at: nextDay };
    const result = (applicationId: string, outcome: 'passed' | 'failed') => ({ applicationId, score: '80', scorePassed: true, gates: [], outcome });
    await say(
      review,
      { type: 'review.stage-decided.v1', ...round, kind: 'stage', results: [result(team, 'passed'), result(other, 'failed')], decidedBy: ['han'] },
      callId,
    );
    await say(review, { type: 'review.objection-window-closed.v1', ...round, how: 'waived' }, callId);
    expect((await untilGrant(grantIdOf(team, 'two'), 'permitted')).body).toMatchObject({
      phase: 'two',
      authority: { kind: 'stage', revision: 2 },
      regrantedFrom: null,
    });
    expect((await untilGrant(second, 'released')).body).toMatchObject({ endedBecause: 'stage middle: failed', gpuHours: null });

    const heir = uuidFrom('heir');
    await say(
      review,
      { type: 'review.seat-added.v1', ...round, team: seatOf(heir, 'choi'), authority: 'Notice 12', replaces: other, decidedBy: ['han'] },
      callId,
    );
    const regranted = await untilGrant(grantIdOf(heir, 'one'), 'reserved');
    expect(regranted.body).toMatchObject({ from: '2026-03-03', to: '2026-06-30', authority: { kind: 'seat' }, regrantedFrom: second });
    expect((await see(`/grants/${second}`)).body).toMatchObject({ regrantedTo: grantIdOf(heir, 'one') });
  });
});

test('the migrated tables are what their entities say', async () => {
  const { url, drop } = await createTestDatabase('grants_drift');
  const { entity, migration, clocks } = directory;
  const migrations = [readModelMigration, migration, ...gpuGrants.migrations];
  const database = await openServiceDatabase({ url, service: 'gpu-grants', entities: [entity], views: [...gpuGrants.views, clocks], migrations });
  expect(await driftOf(database)).toEqual([]);
  await database.destroy();
  await drop();
});
