import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applicationsEvents, type ApplicationsEvent } from '@program-ledger/contracts/applications';
import { gpuGrantsEvents, type GpuGrantsEvent } from '@program-ledger/contracts/gpu-grants';
import { reviewEvents, type ReviewEvent } from '@program-ledger/contracts/review';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { Commands, sha256, uuidFrom, type Aggregate } from '@program-ledger/event-sourcing';
import type { ServiceDefinition } from '@program-ledger/host';
import { startTestProcess, undeclaredRoutes, walkAsStranger, wrongExamples, type AnswerOf, type TestProcess } from '@program-ledger/host/testing';
import { publishes, publishing, type Publishing } from '@program-ledger/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { agreementIdOf } from './domain/identities.js';
import { company, rulebook, rulebookText, seat, university } from './domain/testing/rehearsal.js';
import { funding } from './funding.module.js';
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
const grants = voice<GpuGrantsEvent>('grantsVoice');
const speaking = (aggregate: ServiceDefinition['aggregates'][number], published: Publishing): ServiceDefinition => {
  const nothing = { views: [], reactions: [], follows: [], timers: [], controllers: [], migrations: [], rejections: {} };
  return { name: published.service, title: published.service, aggregates: [aggregate], publishes: published, ...nothing };
};
const services = [
  funding,
  speaking(applications, publishing('applications', applicationsEvents, [publishes(applications, { said: ({ said }) => said })])),
  speaking(review, publishing('review', reviewEvents, [publishes(review, { said: ({ said }) => said })])),
  speaking(grants, publishing('gpu-grants', gpuGrantsEvents, [publishes(grants, { said: ({ said }) => said })])),
];

const programmeId = uuidFrom('programme');
const callId = uuidFrom('call');
/** Three teams of the same two organisations: one that goes its way to a settlement, one that never signs, one that is only looked at. */
const [team, late, other] = [uuidFrom('team'), uuidFrom('late'), uuidFrom('other')] as const;
const [ours, lapsing, theirs] = [agreementIdOf(team), agreementIdOf(late), agreementIdOf(other)] as const;
const path = `/funding/programmes/${programmeId}`;
let now = '2026-02-10T00:00:00.000Z';
const told = () => ({ programmeId, at: now });

const databases = new Map<string, TestDatabase>();
let running: TestProcess;
let commands: Commands;
let words = 0;

const say = async <Public extends { readonly at: string }>(aggregate: Voice<Public>, said: Public, about = programmeId): Promise<void> => {
  const commandId = uuidFrom('say', String((words += 1)));
  const context = { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'others' };
  await commands.handle(aggregate, about, { type: 'say', said }, context);
};

const eventually = async <T>(ask: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    const seen = await ask();
    if (wanted(seen) || tries > 500) return seen;
    await sleep(10);
  }
};

type Body = Record<string, unknown>;
const see = (where: string, as = 'officer-1'): Promise<AnswerOf<Body>> => running.ask('GET', `${path}${where}`, { as });
const tell = (where: string, body: Body, as = 'officer-1', headers: Record<string, string> = {}): Promise<AnswerOf<Body>> =>
  running.ask('POST', `${path}${where}`, { as, body, headers });
const until = (where: string, wanted: Body): Promise<AnswerOf<Body>> =>
  eventually(
    () => see(where),
    ({ body }) => Object.entries(wanted).every(([name, value]) => JSON.stringify(body[name]) === JSON.stringify(value)),
  );
const untilInstalment = (instalmentId: string, status: string): Promise<AnswerOf<Body>> =>
  eventually(
    () => see(`/agreements/${ours}/plan`),
    ({ body }) =>
      (body['instalments'] as readonly Body[] | undefined)?.some((part) => part['instalmentId'] === instalmentId && part['status'] === status) ?? false,
  );
const clock = async (to: string): Promise<void> => {
  await say(applications, { type: 'applications.programme-clock-set.v1', ...told(), to });
  await eventually(
    () => commands.load(directory.clock, programmeId),
    ({ state }) => state.status === 'known' && state.clock === to,
  );
  now = to;
};

const named = { name: { ko: '가', en: 'A' }, task: 'development' };
const seatOf = (applicationId: string) => ({
  ...{ applicationId, title: seat.title, rank: 1, requestedGpus: 64, openness: seat.openness, budget: seat.budget, provenance: 'invented' as const },
  members: seat.members.map((member) => ({ ...member, ...named, representatives: applicationId === other ? ['park'] : [...member.representatives] })),
});
const grantOf = (applicationId: string, phase: 'one' | 'two') => ({
  ...told(),
  ...{ grantId: uuidFrom(applicationId, phase), team: applicationId, phase, gpus: 64 },
  ...(phase === 'one' ? { from: '2026-03-01', to: '2026-06-30' } : { from: '2026-07-01', to: '2026-09-09' }),
});
const evidence = `sha256:${'e'.repeat(64)}`;

beforeAll(async () => {
  for (const { name } of services) databases.set(name, await createTestDatabase(`funding_${name.replace('-', '_')}`));
  running = await startTestProcess({
    services,
    databaseUrl: (service) => databases.get(service)?.url ?? '',
    faults: { seed: 7, duplicateRate: 0.3, fallBackRate: 0.1, fallBackMax: 3 },
  });
  commands = new Commands(running.store, { now: () => new Date().toISOString() });
  const programme = { title: { ko: '예시', en: 'Example' }, timeZone: 'Asia/Seoul', rehearsal: true, provenance: 'invented' as const, startsAt: now };
  await say(applications, { type: 'applications.programme-created.v1', ...told(), ...programme });
  await say(applications, {
    type: 'applications.rulebook-enacted.v1',
    ...told(),
    rulebookId: uuidFrom('rulebook'),
    version: 1,
    text: rulebookText,
    digest: rulebook.digest,
    validFrom: '2026-01-01',
  });
  for (const [subject, role] of [
    ['officer-1', 'finance-officer'],
    ['admin-1', 'programme-administrator'],
  ] as const)
    await say(applications, { type: 'applications.role-granted.v1', ...told(), subject, role, grantedBy: 'admin-1' });
  const round = { ...told(), callId, roundId: 'interview' };
  const seats = { selected: [team, late, other].map(seatOf), reserve: [], rejected: [], rulebookDigest: rulebook.digest };
  await say(review, { type: 'review.selection-announced.v1', ...round, ...seats, decidedBy: ['han'], evidence: [] }, callId);
  await say(review, { type: 'review.objection-window-closed.v1', ...round, how: 'waived' }, callId);
  const later = [{ phase: 'two', gpus: 64, from: '2026-07-01', to: '2026-09-09' }];
  for (const one of [team, late, other])
    await say(
      grants,
      { type: 'gpu-grants.grant-reserved.v1', ...grantOf(one, 'one'), model: 'X1', rulebookDigest: rulebook.digest, later },
      uuidFrom(one, 'one'),
    );
  await eventually(
    () => see(`/processes/${team}`),
    ({ body }) => JSON.stringify(body).includes('"classes"'),
  );
});

afterAll(async () => {
  await running.stop();
  for (const database of databases.values()) await database.drop();
});

describe('an offer', () => {
  test('waits until somebody says what the members are', async () => {
    expect((await see(`/processes/${team}`, 'lead-1')).body).toMatchObject({ waits: [{ whom: 'finance-officer', what: 'classes' }] });
    const classes = [
      { organisationId: company, kind: 'company', size: 'small' },
      { organisationId: university, kind: 'university' },
    ];
    expect(await tell('/member-classes', { classes, source: 'Register of 2 January 2026' })).toMatchObject({ status: 200 });
    for (const agreementId of [ours, lapsing, theirs]) expect(await until(`/agreements/${agreementId}`, { status: 'offered' })).toMatchObject({ status: 200 });
  });

  test('says what each phase is worth, who brings what, and until when it stands', async () => {
    expect((await see(`/agreements/${ours}`, 'member-1')).body).toMatchObject({
      contributionByPhase: [
        { phase: 'one', amount: '256000', explanation: '64 × 1000 × 4 = 256000' },
        { phase: 'two', amount: '147200' },
      ],
      contributionTotal: '403200',
      ownShare: [
        { member: company, rate: '0.1', amount: '28224', cash: '4234' },
        { member: university, amount: '0' },
      ],
      signUntil: '2026-03-12T14:59:59.999Z',
    });
  });
});

describe('the routes', () => {
  test('are all declared, and their examples pass', () => {
    expect(undeclaredRoutes(running.app.nest)).toEqual([]);
    expect(wrongExamples(running.app.nest)).toEqual([]);
  });

  test('tell a stranger nothing', async () => {
    const parameters = { programmeId, team, agreementId: ours, instalmentId: 'one-first' };
    const walked = await walkAsStranger(running.app.nest, { url: running.url, token: await running.token('stranger'), parameters });
    const inside = walked.filter(({ route }) => route.path.startsWith('/funding/programmes') && !route.path.endsWith('/roles/mine'));
    expect(inside.length).toBeGreaterThanOrEqual(18);
    expect(inside.filter(({ status }) => status !== 403 && status !== 404)).toEqual([]);
  });

  test('show the people of a team their own agreement only', async () => {
    for (const as of ['lead-1', 'member-1', 'officer-1', 'admin-1']) expect((await see(`/agreements/${ours}`, as)).status).toBe(200);
    expect((await running.ask('GET', `${path}/agreements/${ours}`, { as: 'auditor-1', roles: ['auditor'] })).status).toBe(200);
    for (const where of [
      `/agreements/${ours}`,
      `/agreements/${ours}/plan`,
      `/agreements/${ours}/journal`,
      `/agreements/${ours}/journal/entries`,
      `/processes/${team}`,
    ])
      expect(await see(where, 'park')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await see('/agreements', 'lead-1')).toMatchObject({ status: 403, body: { code: 'role-missing' } });
  });

  test('show officers lists by team and status, page by page', async () => {
    expect((await see(`/agreements?team=${team}&status=offered`)).body).toMatchObject({ items: [{ id: ours }], next: null });
    expect((await see('/agreements?status=settled')).body).toEqual({ items: [], next: null });
    const page = (await see('/agreements?limit=2')).body;
    expect([(page['items'] as unknown[]).length, page['next']]).toEqual([2, [ours, lapsing, theirs].sort()[1]]);
  });

  test('refuse what is malformed, naming the place', async () => {
    expect(await tell(`/agreements/${ours}/own-share`, { organisationId: company, form: 'cash', amount: 4234, evidence: 'x' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/amount' }] },
    });
    expect(await tell(`/agreements/${ours}/own-share`, { organisationId: company, form: 'cash', amount: '0', evidence: 'x' })).toMatchObject({ status: 400 });
    expect(await tell(`/agreements/${ours}/settlement`, { misused: '0', recovered: '1' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/recovered' }] },
    });
    expect(await see('/agreements?status=lost')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:status' }] } });
  });
});

describe('one agreement, from the repair of its plan to the settlement', () => {
  test('is repaired by its lead and signed by every member', async () => {
    expect(await tell(`/agreements/${ours}/plan-repair`, { summary: 'One service fewer.', planDigest: evidence }, 'member-1')).toMatchObject({
      status: 403,
      body: { code: 'not-representative' },
    });
    expect(await tell(`/agreements/${ours}/plan-repair`, { summary: 'One service fewer.', planDigest: evidence }, 'lead-1')).toMatchObject({ status: 200 });
    expect(await tell(`/agreements/${ours}/signatures`, { organisationId: company }, 'lead-1')).toMatchObject({ status: 200 });
    expect(
      await tell(`/agreements/${ours}/plan-repair`, { summary: 'Two.', planDigest: rulebook.digest }, 'lead-1', { 'accept-language': 'ko' }),
    ).toMatchObject({
      status: 409,
      body: { code: 'signing-begun', detail: '서명이 시작되어 계획을 바꿀 수 없습니다.' },
    });
    expect(await tell(`/agreements/${ours}/settlement`, { misused: '0' })).toMatchObject({ status: 404, body: { code: 'unknown-plan' } });
    expect(await tell(`/agreements/${ours}/signatures`, { organisationId: university }, 'member-1')).toMatchObject({ status: 200 });
    // The plan follows the signature: who comes at once is not told that there is none.
    expect(await tell(`/agreements/${ours}/instalments/one-first/claim`, {}, 'lead-1')).toMatchObject({ status: 409, body: { code: 'not-due' } });
    expect((await until(`/agreements/${ours}`, { status: 'active' })).body).toMatchObject({
      planDigest: evidence,
      signatures: [{ by: 'lead-1' }, { by: 'member-1' }],
    });
    expect(await until(`/agreements/${ours}/plan`, { phasesOpen: ['one'] })).toMatchObject({ status: 200 });
  });

  test('holds what is claimed while the own share is unpaid, then pays it, once', async () => {
    await clock('2026-03-02T00:00:00.000Z');
    await say(grants, { type: 'gpu-grants.grant-delivered.v1', ...grantOf(team, 'one') }, uuidFrom(team, 'one'));
    await untilInstalment('one-first', 'due');
    const [claim, payment] = [`/agreements/${ours}/instalments/one-first/claim`, `/agreements/${ours}/instalments/one-first/payment`];
    expect(await tell(claim, {}, 'lead-1')).toMatchObject({ status: 200 });
    expect(await tell(payment, { payment: 'Order 7' })).toMatchObject({ status: 409, body: { code: 'own-share-unpaid', details: { missing: '4234' } } });
    expect(await tell(`/agreements/${ours}/own-share`, { organisationId: company, form: 'cash', amount: '4234', evidence: 'Transfer 12' })).toMatchObject({
      status: 200,
    });
    const paid = await tell(payment, { payment: 'Order 7' });
    expect(paid).toMatchObject({ status: 200 });
    expect((await tell(payment, { payment: 'Order 7' })).body).toMatchObject({ revision: paid.body['revision'] });
    await untilInstalment('one-first', 'paid');
  });

  test('pays by the day when it has come, not before', async () => {
    expect(await tell(`/agreements/${ours}/instalments/one-second/claim`, {}, 'lead-1')).toMatchObject({
      status: 409,
      body: { code: 'not-due', details: { status: 'planned' } },
    });
    await clock('2026-05-01T00:00:00.000Z');
    expect((await see(`/agreements/${ours}/plan`)).body).toMatchObject({
      instalments: [{ status: 'paid' }, { instalmentId: 'one-second', status: 'due' }, { status: 'planned' }],
    });
  });

  test('ends early by the administrator, and is settled with what goes back', async () => {
    expect(await tell(`/agreements/${ours}/settlement`, { misused: '0' })).toMatchObject({ status: 409, body: { code: 'not-closed' } });
    expect(await tell(`/agreements/${ours}/recovery`, { amount: '1', evidence: 'Transfer 31' })).toMatchObject({ status: 409, body: { code: 'not-settled' } });
    expect(await tell(`/agreements/${ours}/end`, { reason: 'The team gives the project up.' })).toMatchObject({ status: 403, body: { code: 'role-missing' } });
    expect(await tell(`/agreements/${ours}/end`, { reason: 'The team gives the project up.' }, 'admin-1')).toMatchObject({ status: 200 });
    await until(`/agreements/${ours}/plan`, { status: 'closed' });
    const process = await eventually(
      () => see(`/processes/${team}`),
      ({ body }) => JSON.stringify(body).includes('expense-report'),
    );
    expect(process.body).toMatchObject({
      steps: [{ step: 'offered' }, { step: 'signed' }, { step: 'ended' }],
      waits: [{ whom: 'lead', what: 'expense-report' }],
    });
    expect(await tell(`/agreements/${ours}/settlement`, { misused: '0' })).toMatchObject({ status: 409, body: { code: 'expenses-missing' } });
    expect(await tell(`/agreements/${ours}/expenses`, { spentTotal: '179201', note: 'Pay.', evidence }, 'lead-1')).toMatchObject({
      status: 422,
      body: { code: 'exceeds-paid' },
    });
    expect(await tell(`/agreements/${ours}/expenses`, { spentTotal: '150000', note: 'Pay.', evidence }, 'lead-1')).toMatchObject({ status: 200 });
    expect(await tell(`/agreements/${ours}/settlement`, { misused: '0' })).toMatchObject({ status: 200 });
    expect((await until(`/agreements/${ours}`, { status: 'settled' })).body).toMatchObject({
      paid: '179200',
      spent: '150000',
      recovered: '37510',
      endedEarly: true,
    });
    expect((await see(`/agreements/${ours}/plan`)).body).toMatchObject({
      recovery: [
        { rule: 'unspent', amount: '29200' },
        { rule: 'misused', amount: '0' },
        { rule: 'own-share-unpaid', base: '8310', amount: '8310' },
      ],
    });
  });

  test('waits for what goes back until all of it has come, in parts', async () => {
    const recovery = (amount: string, as = 'officer-1') => tell(`/agreements/${ours}/recovery`, { amount, evidence: 'Transfer 31' }, as);
    expect((await eventually(() => see(`/processes/${team}`), ({ body }) => JSON.stringify(body).includes('recovery'))).body).toMatchObject({
      waits: [{ whom: 'lead', what: 'recovery', about: '37510' }],
    });
    expect(await recovery('37510', 'lead-1')).toMatchObject({ status: 403 });
    expect(await recovery('37511')).toMatchObject({ status: 422, body: { code: 'exceeds-recovery', detail: expect.stringContaining('37510') } });
    expect(await recovery('7510')).toMatchObject({ status: 200 });
    expect((await until(`/agreements/${ours}/plan`, { recoveryReceived: '7510' })).body).toMatchObject({ recoveryDue: '37510' });
    expect(await recovery('30000')).toMatchObject({ status: 200 });
    expect(await recovery('1')).toMatchObject({ status: 422, body: { code: 'exceeds-recovery' } });
    expect((await until(`/processes/${team}`, { waits: [] })).body).toMatchObject({ waits: [] });
    expect((await see(`/agreements/${ours}/plan`)).body).toMatchObject({ recoveryReceived: '37510', recoveryPayments: [{ amount: '7510' }, { amount: '30000' }] });
    const balances = (await eventually(() => see(`/agreements/${ours}/journal`), ({ body }) => !JSON.stringify(body).includes('"-7510"'))).body['balances'];
    expect(balances).toContainEqual({ account: 'programme-recovery', commodity: 'KRW', amount: '0' });
  });

  test('leaves books that add up to nothing in each commodity, every entry explained', async () => {
    await say(
      grants,
      { type: 'gpu-grants.grant-reclaimed.v1', ...grantOf(team, 'one'), gpuHours: '92160', reason: 'The team gives the project up.' },
      uuidFrom(team, 'one'),
    );
    const { body } = await until(`/agreements/${ours}/journal`, { entries: 11 });
    expect(body['sums']).toEqual([
      { commodity: 'GPU-HOUR', amount: '0' },
      { commodity: 'KRW', amount: '0' },
    ]);
    const entries = (await see(`/agreements/${ours}/journal/entries`, 'lead-1')).body['items'] as readonly { readonly explanation: { readonly en: string } }[];
    expect(entries).toHaveLength(11);
    expect(entries.map(({ explanation }) => explanation.en)).toEqual(
      expect.arrayContaining(['Contribution committed by the signed agreement', 'Instalment one-first paid', 'Expenses accepted']),
    );
  });

  test('reads at a later time as it read then, byte for byte', async () => {
    const then = await see(`/agreements/${ours}`);
    await clock('2026-05-02T00:00:00.000Z');
    expect((await see(`/agreements/${ours}?asOf=${then.headers.get('x-log-position')}`)).text).toBe(then.text);
    expect((await see(`/agreements/${ours}?programmeAsOf=2026-02-10T00:00:00.000Z`)).body).toMatchObject({ status: 'active', settledAt: null });
  });
});

test('an offer that not every member has signed in time lapses by itself, and nobody waits for it', async () => {
  expect((await until(`/agreements/${lapsing}`, { status: 'settled' })).body).toMatchObject({
    endedBecause: 'not signed in time',
    endedAt: '2026-03-12T15:00:00.000Z',
    paid: '0',
    recovered: '0',
  });
  expect(await tell(`/agreements/${lapsing}/signatures`, { organisationId: company }, 'lead-1')).toMatchObject({ status: 409, body: { code: 'not-offered' } });
  expect((await until('/processes/waiting', { items: [] })).body).toEqual({ items: [], next: null });
});
