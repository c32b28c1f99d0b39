import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { canonicalJson, Commands, sha256, uuidFrom } from '@program-ledger/event-sourcing';
import type { ServiceDefinition } from '@program-ledger/host';
import { startTestProcess, undeclaredRoutes, walkAsStranger, wrongExamples, type AnswerOf, type TestProcess } from '@program-ledger/host/testing';
import { openServiceDatabase, readModelMigration } from '@program-ledger/read-models';
import { driftOf } from '@program-ledger/read-models/testing';
import { recompute, valueAt, type DecisionRecord } from '@program-ledger/rulebook';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { assessmentIdOf, reviewerIdOf, roundKey } from './domain/identities.js';
import { commitmentTo } from './domain/panel/commitment.js';
import { applicationId, at, callId, candidate, programmeId, rulebook, rulebookText } from './domain/testing/rehearsal.js';
import { review } from './review.module.js';
import { unseal } from './http/sealing.js';
import { directory } from './messaging/directory.js';
import { desk, deskPublishes, listening, type Said } from './messaging/testing/applications-desk.js';

/** One call from screening to its final evaluation, over HTTP, on real views; with messages that come twice and fall back. */
const databases = new Map<string, TestDatabase>();
const messages: string[] = [];
const applications: ServiceDefinition = {
  name: 'applications',
  title: 'What the applications service says, and hears',
  aggregates: [desk],
  views: [],
  publishes: deskPublishes,
  reactions: listening((message) => messages.push(JSON.stringify(message))),
  follows: [],
  timers: [],
  controllers: [],
  migrations: [],
  rejections: {},
};
let running: TestProcess;
let commands: Commands;

const roles = {
  ahn: 'programme-administrator',
  park: 'conflict-officer',
  han: 'panel-chair',
  bae: 'committee-member',
  cho: 'committee-member',
  do: 'committee-member',
};
const programme = `/review/programmes/${programmeId}`;
const round = (roundId: string) => `${programme}/rounds/${callId}.${roundId}`;
const reviewers = ['han', 'seo', 'yun'];
const assessmentOf = (roundId: string, subject: string, number: number) =>
  assessmentIdOf(roundKey(callId, roundId), reviewerIdOf(subject), applicationId(number));

let told = 0;
const say = async (said: Said): Promise<void> => {
  const id = uuidFrom('said', String((told += 1)));
  await commands.handle(desk, programmeId, { type: 'say', said }, { commandId: id, commandDigest: id, correlationId: id, causationId: id, actor: 'desk' });
};

type Body = Record<string, unknown>;
type Captured = { readonly as: string; readonly path: string; readonly text: string; readonly position: string };
const captured: Captured[] = [];

/** Every answer of a GET is kept, and asked for again at the end as of its position. */
const see = async <B = Body>(as: string, path: string): Promise<AnswerOf<B>> => {
  const answer = await running.ask<B>('GET', path, { as });
  if (answer.status === 200) captured.push({ as, path, text: answer.text, position: answer.headers.get('x-log-position') ?? '' });
  return answer;
};
const until = async (as: string, path: string, wanted: (body: Body) => boolean): Promise<Body> => {
  for (let tries = 0; ; tries += 1) {
    const { body, status } = await see(as, path);
    if (status === 200 && wanted(body)) return body;
    if (tries > 600) throw new Error(`${path} never became what was wanted: ${JSON.stringify(body).slice(0, 500)}`);
    await sleep(10);
  }
};
const ask = (as: string, path: string, body: unknown = {}) => running.ask('POST', path, { as, body });
const does = async (as: string, path: string, body: unknown = {}): Promise<Body> => {
  const answer = await ask(as, path, body);
  if (answer.status > 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.body;
};
const refused = async (as: string, path: string, body: unknown = {}): Promise<string> => String((await ask(as, path, body)).body['code']);
const statusOf = (roundId: string, ...statuses: readonly string[]) => until('ahn', round(roundId), ({ status }) => statuses.includes(String(status)));

/** Points such as nobody would meet by chance in a digest or an id. */
const points = (roundId: string, subject: string, number: number) =>
  ['goals', 'record'].map((criterion, index) => ({ criterion: `${roundId}-${criterion}`, score: `${90 - number * 5}.${reviewers.indexOf(subject)}${index}7` }));
const opinionOf = (subject: string) => `The opinion of ${subject} in plain words.`;
const score = (roundId: string, subject: string, number: number) =>
  does(subject, `${programme}/assessments/${assessmentOf(roundId, subject, number)}/scores`, {
    noConflict: true,
    scores: points(roundId, subject, number),
    opinion: opinionOf(subject),
  });

beforeAll(async () => {
  for (const name of ['applications', 'review']) databases.set(name, await createTestDatabase(`review_${name}`));
  running = await startTestProcess({
    services: [applications, review],
    databaseUrl: (service) => databases.get(service)?.url ?? '',
    environment: { REVIEW_SEALING_SECRET: 'a secret of at least thirty-two characters' },
    faults: { seed: 11, duplicateRate: 0.2, fallBackRate: 0.1, fallBackMax: 3 },
  });
  commands = new Commands(running.store, { now: () => new Date().toISOString() });
  await say({
    type: 'programme-created',
    programmeId,
    at,
    title: { ko: '예행', en: 'Rehearsal' },
    timeZone: 'Asia/Seoul',
    rehearsal: true,
    provenance: 'invented',
    startsAt: at,
  });
  for (const [subject, role] of Object.entries(roles)) await say({ type: 'role-granted', programmeId, at, subject, role, grantedBy: 'desk' });
  await say({
    type: 'rulebook-enacted',
    programmeId,
    at,
    rulebookId: uuidFrom('rulebook'),
    version: 1,
    text: canonicalJson(JSON.parse(rulebookText)),
    digest: rulebook.digest,
    validFrom: '2026-01-01',
  });
  await say({
    type: 'screening-completed',
    programmeId,
    at,
    callId,
    rulebookDigest: rulebook.digest,
    candidates: [candidate(1), candidate(2), candidate(3)],
    ineligible: [],
  });
  for (const subject of [...Object.keys(roles)])
    await until(subject, `/review/programmes/${programmeId}/roles/mine`, ({ roles: held }) => Array.isArray(held) && held.length > 0);
  await until('ahn', `${programme}/calls/${callId}/docket`, ({ rulebookDigest }) => rulebookDigest === rulebook.digest);
  for (const subject of [...reviewers, 'ko', 'lead-1']) {
    const person = { subject, pool: 'public-pool', affiliation: `University of ${subject}`, provenance: 'invented' };
    expect(await running.ask('POST', '/review/reviewers', { as: 'root', roles: ['administrator'], body: person })).toMatchObject({
      status: 201,
      body: { id: reviewerIdOf(subject) },
    });
  }
});

afterAll(async () => {
  await running.stop();
  for (const database of databases.values()) await database.drop();
});

const convene = async (roundId: string): Promise<void> => {
  expect(await does('ahn', `${programme}/calls/${callId}/rounds`, { roundId })).toMatchObject({ id: roundKey(callId, roundId) });
  await does('ahn', `${round(roundId)}/panel`, { members: reviewers.map(reviewerIdOf), chair: reviewerIdOf('han') });
};
const invited = (subject: string, count: number) =>
  until(subject, `${programme}/assessments/mine`, ({ items }) => Array.isArray(items) && items.length >= count);
const sealed = (roundId: string, count: number) => until('han', `${round(roundId)}/panel`, (body) => body['sealed'] === count);
const openAll = async (roundId: string): Promise<void> => {
  await does('han', `${round(roundId)}/scoring-closure`);
  await does('han', `${round(roundId)}/opening`);
  await until('han', `${round(roundId)}/opening`, ({ ranking }) => ranking !== null);
};
const decide = async (roundId: string, outcomes: readonly unknown[], more: Body = {}): Promise<void> => {
  await does('bae', `${round(roundId)}/proposal`, { outcomes, reason: 'As ranked.', ...more });
  for (const member of ['bae', 'cho']) await does(member, `${round(roundId)}/votes`, { vote: 'for' });
  await does('ahn', `${round(roundId)}/confirmation`);
  await does('ahn', `${round(roundId)}/announcement`);
};
const outcome = (number: number, name: string) => ({ applicationId: applicationId(number), outcome: name });
const waive = (roundId: string, number: number) => does(`lead-${number}`, `${round(roundId)}/waivers`, { applicationId: applicationId(number) });

/** Everything that can be seen or heard: every view by everybody, the whole log with its metadata, every message. */
const everything = async (query = ''): Promise<string> => {
  const paths = [
    'assessments',
    'conflicts',
    'dockets',
    'rounds',
    'objections',
    'assessments/mine',
    ...['', '/panel', '/opening', '/decision', '/window', '/results'].map((part) => `rounds/${callId}.document${part}`),
  ];
  const ids = reviewers.flatMap((subject) => [1, 2, 3].map((number) => assessmentOf('document', subject, number)));
  const seen: string[] = [];
  for (const as of ['ahn', 'park', 'han', 'bae', 'lead-1'])
    for (const path of [...paths, ...ids.map((id) => `assessments/${id}`)]) seen.push((await see(as, `${programme}/${path}${query}`)).text);
  for await (const page of running.store.readAll({ after: 0n })) for (const { data, metadata } of page) seen.push(data, metadata);
  return [...seen, ...messages].join('\n');
};
const plainScores = reviewers.flatMap((subject) => [1, 2, 3].flatMap((number) => points('document', subject, number).map(({ score: plain }) => plain)));
const found = (text: string): readonly string[] => [...plainScores, ...reviewers.map(opinionOf)].filter((plain) => text.includes(plain));

describe('a document round', () => {
  let sealedAt = '';
  test('is opened, its panel convened of people without a stake', async () => {
    expect(await refused('ahn', `${round('document')}/panel`, { members: [], chair: reviewerIdOf('han') })).toBe('round-not-opened');
    await does('ahn', `${programme}/calls/${callId}/rounds`, { roundId: 'document' });
    expect(await refused('ahn', `${round('document')}/panel`, { members: ['han', 'seo', 'lead-1'].map(reviewerIdOf), chair: reviewerIdOf('han') })).toBe(
      'member-is-party',
    );
    await does('ahn', `${round('document')}/panel`, { members: reviewers.map(reviewerIdOf), chair: reviewerIdOf('han') });
    for (const subject of reviewers) await invited(subject, 3);
    expect((await see<{ items: unknown[] }>('ahn', `${programme}/assessments?round=${callId}.document`)).body.items).toHaveLength(9);
  });

  test('takes evidence from the people of an application, and from nobody else’s', async () => {
    const report = { applicationId: applicationId(1), title: 'Report', digest: sha256('report') };
    await does('lead-1', `${round('document')}/evidence`, report);
    expect(await refused('lead-2', `${round('document')}/evidence`, { ...report, digest: sha256('other') })).toBe('not-a-representative');
  });

  test('excludes for a conflict, and lets the named role override it with a reason', async () => {
    const path = `${programme}/assessments/${assessmentOf('document', 'seo', 2)}`;
    await does('seo', `${path}/declaration`, { conflict: 'declared', kind: 'same-department', explanation: 'We share a laboratory.' });
    const scores = { scores: points('document', 'seo', 2), opinion: opinionOf('seo') };
    expect(await refused('seo', `${path}/scores`, { noConflict: true, ...scores })).toBe('excluded');
    expect(await refused('ahn', `${path}/override`, { reason: 'r' })).toBe('not-the-named-role');
    await does('park', `${path}/override`, { reason: 'Nobody else knows the field.' });
    await does('seo', `${path}/scores`, scores);
    const other = `${programme}/assessments/${assessmentOf('document', 'yun', 3)}`;
    await does('yun', `${other}/declaration`, { conflict: 'declared', kind: 'same-project', explanation: 'I was in it.' });
    await does('park', `${other}/exclusion`, { kind: 'same-project', reason: 'Confirmed.' });
    expect(await refused('park', `${other}/override`, { reason: 'r' })).toBe('not-overridable');
    await until(
      'park',
      `${programme}/conflicts`,
      ({ items }) => JSON.stringify(items).includes('"excluded"') && JSON.stringify(items).includes('"overridden"'),
    );
  });

  test('takes sealed scores from their reviewers only, each once', async () => {
    for (const subject of reviewers)
      for (const number of [1, 2, 3]) if (!['seo2', 'yun3'].includes(`${subject}${number}`)) await score('document', subject, number);
    const path = `${programme}/assessments/${assessmentOf('document', 'han', 1)}/scores`;
    const body = { scores: points('document', 'han', 1), opinion: 'o' };
    expect(await refused('seo', path, body)).toBe('not-your-assessment');
    expect(await refused('han', path, body)).toBe('already-sealed');
    await sealed('document', 8);
  });

  test('shows no score to anybody but its author before the opening', async () => {
    expect(found(await everything())).toEqual([]);
    const path = `${programme}/assessments/${assessmentOf('document', 'seo', 2)}/scores`;
    expect((await see('seo', path)).body).toMatchObject({ scores: points('document', 'seo', 2), opinion: opinionOf('seo') });
    for (const other of ['ahn', 'han', 'park', 'yun']) expect((await see(other, path)).status).toBe(404);
    sealedAt = String(await running.store.head());
  });

  test('records no digest by which scores could be guessed', async () => {
    const path = `${programme}/assessments/${assessmentOf('document', 'han', 1)}/scores`;
    const body = { noConflict: true, scores: points('document', 'han', 1), opinion: opinionOf('han') };
    const guess = sha256(`POST ${path}\n${canonicalJson(body)}`);
    for await (const page of running.store.readAll({ after: 0n })) for (const { metadata } of page) expect(metadata).not.toContain(guess);
  });

  test('is opened all at once, by the chair, after scoring closed', async () => {
    expect(await refused('han', `${round('document')}/opening`)).toBe('scoring-open');
    expect(await refused('ahn', `${round('document')}/scoring-closure`)).toBe('role-missing');
    await openAll('document');
    await does('lead-1', `${round('document')}/evidence`, { applicationId: applicationId(1), title: 'A better report', digest: sha256('better') });
    const { evidence } = await until('ahn', `${round('document')}/panel`, ({ evidence: all }) => Array.isArray(all) && all.length === 2);
    expect(evidence).toMatchObject([
      { title: 'Report', used: true },
      { title: 'A better report', used: false },
    ]);
  });

  test('lets anybody decrypt and verify after the opening, and shows no score as of before', async () => {
    type Opening = {
      readonly sealingKey: string;
      readonly opened: readonly {
        readonly assessmentId: string;
        readonly scores: readonly { criterion: string; score: string }[];
        readonly opinionDigest: string;
        readonly salt: string;
      }[];
      readonly decision: DecisionRecord;
    };
    const { body } = await see<Opening>('bae', `${round('document')}/opening`);
    expect(body.opened).toHaveLength(8);
    for (const each of body.opened) {
      const assessment = (
        await see<{ seal: { ciphertext: string; nonce: string; commitment: string } }>('ahn', `${programme}/assessments/${each.assessmentId}`)
      ).body;
      expect(commitmentTo(each)).toBe(assessment.seal.commitment);
      const plain = unseal(body.sealingKey, each.assessmentId, assessment.seal);
      expect({ ...plain, opinion: sha256(plain.opinion) }).toEqual({ scores: each.scores, salt: each.salt, opinion: each.opinionDigest });
    }
    expect(recompute(body.decision, rulebookText).same).toBe(true);
    const before = (
      await Promise.all(
        ['assessments', `rounds/${callId}.document/opening`, `rounds/${callId}.document/panel`].map((path) =>
          see('ahn', `${programme}/${path}?asOf=${sealedAt}`),
        ),
      )
    )
      .map(({ text }) => text)
      .join('\n');
    expect(found(before)).toEqual([]);
    expect((await see('ahn', `${programme}/assessments/${assessmentOf('document', 'seo', 2)}/scores?asOf=${sealedAt}`)).status).toBe(404);
    await until('ahn', `${programme}/assessments/${assessmentOf('document', 'seo', 2)}/scores`, ({ opinion }) => opinion === opinionOf('seo'));
  });

  test('has a ranking whose every score can be read again in the log', async () => {
    const { decision } = (await see<{ decision: DecisionRecord }>('bae', `${round('document')}/opening`)).body;
    const dataOf = async (stream: string, revision: number) => {
      for await (const page of running.store.read(stream, { from: revision })) return page[0] === undefined ? undefined : JSON.parse(page[0].data);
      return undefined;
    };
    expect(decision.references).toHaveLength(8);
    for (const { pointer, stream, revision, source } of decision.references)
      expect(valueAt(decision.input, pointer)).toEqual(valueAt(await dataOf(stream, revision), source));
  });

  test('is announced after the committee confirmed it, and not before', async () => {
    await does('ahn', `${round('document')}/committee`, { members: ['bae', 'cho', 'do'] });
    expect(await refused('ahn', `${round('document')}/announcement`)).toBe('not-confirmed');
    await decide('document', [outcome(1, 'advanced'), outcome(2, 'advanced'), outcome(3, 'not-advanced')]);
    await statusOf('document', 'announced');
    expect((await see('lead-3', `${round('document')}/results`)).body).toMatchObject({
      results: [{ applicationId: applicationId(3), outcome: 'not-advanced' }],
      decidedBy: ['bae', 'cho'],
    });
    expect((await see('lead-9', `${round('document')}/results`)).status).toBe(404);
  });

  test('is followed by the next round only when its window is waived by all', async () => {
    expect(await refused('ahn', `${programme}/calls/${callId}/rounds`, { roundId: 'presentation' })).toBe('previous-round-unsettled');
    for (const number of [1, 2, 3]) await waive('document', number);
    await until('ahn', `${programme}/calls/${callId}/docket`, ({ rounds }) => JSON.stringify(rounds).includes('"settled"'));
  });
});

describe('a presentation round', () => {
  test('selects, and a dismissed objection keeps the window open until it is answered', async () => {
    await convene('presentation');
    for (const subject of reviewers) await invited(subject, 5);
    for (const subject of reviewers) for (const number of [1, 2]) await score('presentation', subject, number);
    await sealed('presentation', 6);
    await openAll('presentation');
    await does('ahn', `${round('presentation')}/committee`, { members: ['bae', 'cho', 'do'] });
    await decide('presentation', [outcome(1, 'selected'), outcome(2, 'reserve')]);
    const { id } = await does('lead-2', `${round('presentation')}/objections`, { applicationId: applicationId(2), grounds: 'Criterion two was read wrongly.' });
    await waive('presentation', 1);
    await until('ahn', `${programme}/objections/${String(id)}`, ({ status }) => status === 'filed');
    expect((await see('ahn', `${round('presentation')}/window`)).body).toMatchObject({ status: 'open' });
    await does('ahn', `${programme}/objections/${String(id)}/answer`, { outcome: 'dismissed', reason: 'It was not.' });
    await statusOf('presentation', 'settled');
    await until('ahn', `${programme}/calls/${callId}/docket`, ({ seated }) => JSON.stringify(seated) === JSON.stringify([applicationId(1)]));
    expect(messages.some((message) => message.includes('"review.selection-announced.v1"'))).toBe(true);
  });
});

describe('a stage', () => {
  test('is passed on score and failed on a gate, and the log shows both apart', async () => {
    await convene('stage-1');
    for (const subject of reviewers) await invited(subject, 6);
    for (const subject of reviewers) await score('stage-1', subject, 1);
    await sealed('stage-1', 3);
    await openAll('stage-1');
    await does('ahn', `${round('stage-1')}/committee`, { members: ['bae', 'cho', 'do'] });
    expect(await refused('bae', `${round('stage-1')}/proposal`, { outcomes: [outcome(1, 'passed')], reason: 'r' })).toBe('gates-missing');
    await does('cho', `${round('stage-1')}/gates`, {
      applicationId: applicationId(1),
      gate: 'originality',
      passed: false,
      evidence: [{ digest: sha256('weights') }],
      reason: 'Foreign weights were found.',
    });
    expect(await refused('bae', `${round('stage-1')}/proposal`, { outcomes: [outcome(1, 'passed')], reason: 'r' })).toBe('fails-gate');
    await decide('stage-1', [outcome(1, 'failed')]);
    const { notices, gates } = await until('ahn', `${round('stage-1')}/decision`, ({ status }) => status === 'announced');
    expect(notices).toMatchObject([{ outcomes: [{ outcome: 'failed', score: { passed: true }, gates: [{ gate: 'originality', passed: false }] }] }]);
    expect(gates).toMatchObject([{ passed: false, decision: { evaluator: 'gates' } }]);
  });

  test('sends an upheld objection back to the committee, and its corrected decision opens a new window', async () => {
    const { id } = await does('lead-1', `${round('stage-1')}/objections`, { applicationId: applicationId(1), grounds: 'The weights are ours.' });
    await until('ahn', `${programme}/objections/${String(id)}`, ({ status }) => status === 'filed');
    await does('bae', `${programme}/objections/${String(id)}/answer`, {
      outcome: 'upheld',
      reason: 'The report was misread.',
      effect: { kind: 're-deliberation', text: 'The committee reads it again.' },
    });
    await statusOf('stage-1', 'deliberating');
    await decide('stage-1', [outcome(1, 'failed')], { reason: 'Read again: the weights are foreign all the same.' });
    const { notices } = await until('ahn', `${round('stage-1')}/decision`, ({ notices: all }) => Array.isArray(all) && all.length === 2);
    expect(notices).toMatchObject([{ notice: 1 }, { notice: 2 }]);
  });

  test('is settled when the time to object has passed in the programme’s own clock', async () => {
    expect(await refused('ahn', `${programme}/calls/${callId}/rounds`, { roundId: 'last' })).toBe('previous-round-unsettled');
    await say({ type: 'programme-clock-set', programmeId, at, to: '2026-03-20T00:00:00.000Z' });
    expect(await statusOf('stage-1', 'settled')).toMatchObject({ status: 'settled' });
    expect((await see('ahn', `${round('stage-1')}/window`)).body).toMatchObject({ how: 'lapsed', closedAt: '2026-03-12T15:00:00.000Z' });
    expect(await refused('lead-1', `${round('stage-1')}/objections`, { applicationId: applicationId(1), grounds: 'g' })).toBe('window-not-open');
  });

  test('leaves a seat that is given to the reserve on recorded authority', async () => {
    const seat = {
      applicationId: applicationId(2),
      authority: 'Notice 2026-12',
      reason: 'The first team lost its seat.',
      replaces: applicationId(1),
      decidedBy: ['bae', 'cho'],
    };
    await until('ahn', `${programme}/calls/${callId}/docket`, ({ seated }) => Array.isArray(seated) && seated.length === 0);
    await does('ahn', `${programme}/calls/${callId}/seats`, seat);
    const { seatings } = await until(
      'ahn',
      `${programme}/calls/${callId}/docket`,
      ({ seated }) => JSON.stringify(seated) === JSON.stringify([applicationId(2)]),
    );
    expect(seatings).toMatchObject([
      { by: 'selection' },
      { by: 'stage', lost: [applicationId(1)] },
      { by: 'seat-added', authority: 'Notice 2026-12', replaces: applicationId(1) },
    ]);
  });
});

describe('the final evaluation', () => {
  test('judges who holds the seat, and then the docket waits for nobody', async () => {
    await convene('last');
    for (const subject of reviewers) await invited(subject, 7);
    for (const subject of reviewers) await score('last', subject, 2);
    await sealed('last', 3);
    await openAll('last');
    await does('ahn', `${round('last')}/committee`, { members: ['bae', 'cho', 'do'] });
    await decide('last', [outcome(2, 'passed')]);
    await waive('last', 2);
    expect(await until('ahn', `${programme}/calls/${callId}/docket`, ({ waitsFor }) => waitsFor === null)).toMatchObject({ seated: [applicationId(2)] });
  });
});

describe('the service', () => {
  test('answers every GET of this story again, byte for byte, as of its position', async () => {
    const distinct = new Map(
      captured.filter(({ path, position }) => position !== '' && !path.includes('?')).map((each) => [`${each.as} ${each.path} ${each.position}`, each]),
    );
    expect(distinct.size).toBeGreaterThan(100);
    for (const { as, path, text, position } of distinct.values()) expect((await running.ask('GET', `${path}?asOf=${position}`, { as })).text).toBe(text);
  });

  test('declares every route, with examples that pass', () => {
    expect(undeclaredRoutes(running.app.nest)).toEqual([]);
    expect(wrongExamples(running.app.nest)).toEqual([]);
  });

  test('refuses a stranger on every route, but for what is the stranger’s own: nothing', async () => {
    const parameters = {
      programmeId,
      callId,
      round: `${callId}.document`,
      roundId: 'document',
      assessmentId: assessmentOf('document', 'han', 1),
      reviewerId: reviewerIdOf('han'),
      objectionId: uuidFrom('objection'),
    };
    const walked = await walkAsStranger(running.app.nest, { url: running.url, token: await running.token('lead-9'), parameters });
    const letIn = walked.filter(({ status }) => status < 400).map(({ route }) => route.path);
    expect(letIn.filter((path) => !path.endsWith('/mine'))).toEqual([]);
    expect(walked.filter(({ status }) => ![200, 403, 404].includes(status)).map(({ route, status, code }) => `${route.path} ${status} ${code}`)).toEqual([]);
  });

  test('finds a call, an assessment and a round in their own programme only', async () => {
    const elsewhere = uuidFrom('elsewhere');
    await say({
      type: 'programme-created',
      programmeId: elsewhere,
      at,
      title: { ko: '다른', en: 'Other' },
      timeZone: 'Asia/Seoul',
      rehearsal: true,
      provenance: 'invented',
      startsAt: at,
    });
    for (const role of ['programme-administrator', 'panel-chair', 'conflict-officer'])
      await say({ type: 'role-granted', programmeId: elsewhere, at, subject: 'jang', role, grantedBy: 'desk' });
    await until('jang', `/review/programmes/${elsewhere}/roles/mine`, ({ roles: held }) => Array.isArray(held) && held.length === 3);
    const foreign = `/review/programmes/${elsewhere}`;
    const early = uuidFrom('screened before its rulebook came');
    await say({
      type: 'screening-completed',
      programmeId: elsewhere,
      at,
      callId: early,
      rulebookDigest: sha256('not here'),
      candidates: [candidate(1)],
      ineligible: [],
    });
    await until('jang', `${foreign}/calls/${early}/docket`, ({ waitsFor }) => waitsFor === 'programme-administrator');
    expect(await refused('jang', `${foreign}/calls/${early}/rounds`, { roundId: 'document' })).toBe('rulebook-not-received');
    expect(await refused('jang', `${foreign}/calls/${callId}/rounds`, { roundId: 'document' })).toBe('unknown-docket');
    expect(await refused('jang', `${foreign}/rounds/${callId}.document/scoring-closure`, { leftOut: [] })).toBe('unknown-panel');
    expect(await refused('jang', `${foreign}/assessments/${assessmentOf('document', 'han', 1)}/clearance`, { reason: 'r' })).toBe('unknown-assessment');
    for (const path of [
      `calls/${callId}/docket`,
      `rounds/${callId}.document`,
      `rounds/${callId}.document/panel`,
      `assessments/${assessmentOf('document', 'han', 1)}`,
    ])
      expect((await see('jang', `${foreign}/${path}`)).status).toBe(404);
  });
});

test('the migrated tables are what their entities say', async () => {
  const { url, drop } = await createTestDatabase('review_drift');
  const { entity, migration, clocks } = directory;
  const migrations = [readModelMigration, migration, ...review.migrations];
  const database = await openServiceDatabase({ url, service: 'review', entities: [entity], views: [...review.views, clocks], migrations });
  expect(await driftOf(database)).toEqual([]);
  await database.destroy();
  await drop();
});
