import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { startTestProcess, undeclaredRoutes, undocumentedRoutes, walkAsStranger, wrongExamples, type TestProcess } from '@program-ledger/host/testing';
import { openServiceDatabase, readModelMigration } from '@program-ledger/read-models';
import { driftOf } from '@program-ledger/read-models/testing';
import { checkReferences, decisionRecordSchema, recompute } from '@program-ledger/rulebook';
import { createHash } from 'node:crypto';
import { applications, views } from './applications.module.js';
import { name, rulebookText } from './domain/testing/rehearsal.js';

let database: TestDatabase;
let running: TestProcess;

/** The service as it really runs, with only itself to follow the clock; messages come twice and out of turn. */
beforeAll(async () => {
  database = await createTestDatabase('applications');
  const environment = { APPLICATIONS_CLOCK_FOLLOWERS: 'applications' };
  running = await startTestProcess({ services: [applications], databaseUrl: () => database.url, environment, faults: { seed: 11, duplicateRate: 0.3, fallBackRate: 0.1, fallBackMax: 3 } });
});
afterAll(async () => {
  await running.stop();
  await database.drop();
});

type Done = { readonly id: string; readonly revision: number; readonly position: string };
type Body = Record<string, unknown>;
const root = { as: 'root', roles: ['administrator'] } as const;

/** Does something that must succeed. */
const does = async (as: string, method: 'POST' | 'PUT' | 'DELETE', path: string, body: object = {}): Promise<Done> => {
  const answer = await running.ask<Done>(method, path, as === 'root' ? { ...root, body } : { as, body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
};
const see = <B = Body>(as: string, path: string, headers: Record<string, string> = {}) => running.ask<B>('GET', path, as === 'root' ? { ...root, headers } : { as, headers });
const fresh = async (): Promise<Record<string, string>> => ({ 'x-min-position': String(await running.store.head()) });

type Programme = { readonly id: string; readonly path: string };
type Played = Programme & { readonly callId: string; readonly lead: string; readonly university: string };

const programme = async (): Promise<Programme> => {
  const { id } = await does('root', 'POST', '/applications/programmes', { title: name('Programme'), timeZone: 'Asia/Seoul', provenance: 'invented', startsAt: '2026-03-02T00:00:00.000Z' });
  const path = `/applications/programmes/${id}`;
  await does('root', 'POST', `${path}/roles`, { subject: 'kim', role: 'programme-administrator' });
  // Setting the clock answers when every service has followed it, and with it the role, which lies before it in the same stream.
  await does('root', 'PUT', `${path}/clock`, { to: '2026-03-02T01:00:00.000Z' });
  return { id, path };
};

const organisation = async (path: string, of: string, facts: readonly object[]): Promise<string> => {
  const { id } = await does('kim', 'POST', `${path}/organisations`, { name: name(of), provenance: 'invented', representatives: [of] });
  for (const fact of facts) await does('kim', 'POST', `${path}/organisations/${id}/facts`, { fact: { validFrom: '2020-01-01', source: 'invented', ...fact }, provenance: 'invented' });
  return id;
};

const sme = [{ attribute: 'kind', value: 'company' }, { attribute: 'size', value: 'sme' }];
const proposal = { title: '모델', field: 'materials', method: 'from scratch', services: 1, summary: 'good', requestedGpus: 16, openness: 'open', budget: '1000' };

/** Up to an open call with a lead and a university. */
const played = async (): Promise<Played> => {
  const { id, path } = await programme();
  await does('kim', 'POST', `${path}/rulebook`, { text: rulebookText(), reason: 'first version' });
  const { id: callId } = await does('kim', 'POST', `${path}/calls`, { title: name('Call'), opensAt: '2026-03-03T00:00:00.000Z', deadline: '2026-04-10T15:00:00' });
  await does('kim', 'POST', `${path}/calls/${callId}/publication`);
  const lead = await organisation(path, 'lee', sme);
  const university = await organisation(path, 'uni', [{ attribute: 'kind', value: 'university' }]);
  await does('kim', 'PUT', `${path}/clock`, { to: '2026-03-03T00:00:00.000Z' });
  return { id, path, callId, lead, university };
};

/** A complete draft. */
const draft = async ({ path, callId, lead, university }: Played): Promise<string> => {
  const start = { callId, title: 'A model', lead: { organisationId: lead, task: 'development', shareBasisPoints: 7_000 }, provenance: 'invented' };
  const { id } = await does('lee', 'POST', `${path}/applications`, start);
  await does('lee', 'POST', `${path}/applications/${id}/members`, { organisationId: university, task: 'development', shareBasisPoints: 3_000 });
  await does('uni', 'POST', `${path}/applications/${id}/members/${university}/acceptance`);
  await does('lee', 'POST', `${path}/applications/${id}/proposals`, proposal);
  return id;
};

describe('from programme to screening', () => {
  let at: Played;
  let inTime: string;
  let late: string;
  beforeAll(async () => {
    at = await played();
    inTime = await draft(at);
    late = await draft(at);
  });

  test('the timers open the call when its time has come', async () => expect((await see('lee', `${at.path}/calls/${at.callId}`)).body).toMatchObject({ status: 'open' }));

  test('an application at the deadline’s millisecond is in; one millisecond later it is recorded, and ineligible', async () => {
    await does('kim', 'PUT', `${at.path}/clock`, { to: '2026-04-10T06:00:00.000Z' });
    await does('lee', 'POST', `${at.path}/applications/${inTime}/submission`);
    await does('kim', 'PUT', `${at.path}/clock`, { to: '2026-04-10T06:00:00.001Z' });
    await does('lee', 'POST', `${at.path}/applications/${late}/submission`);
    const headers = await fresh();
    expect((await see('lee', `${at.path}/applications/${inTime}`, headers)).body).toMatchObject({ status: 'eligible', submission: { at: '2026-04-10T06:00:00.000Z' } });
    expect((await see('lee', `${at.path}/applications/${late}`, headers)).body).toMatchObject({ status: 'ineligible', submission: { at: '2026-04-10T06:00:00.001Z' }, eligibility: [{ failedRules: ['in-time'] }] });
    expect((await see('lee', `${at.path}/calls/${at.callId}`, headers)).body).toMatchObject({ status: 'closed', history: [{ status: 'draft' }, { status: 'published' }, { status: 'open', at: '2026-03-03T00:00:00.000Z' }, { status: 'closed', at: '2026-04-10T06:00:00.001Z' }] });
  });

  test('screening checks every application again and names the candidates', async () => {
    expect(await running.ask('POST', `${at.path}/calls/${at.callId}/screening/completion`, { as: 'kim', body: {} })).toMatchObject({ status: 409, body: { code: 'screening-not-started' } });
    await does('kim', 'POST', `${at.path}/calls/${at.callId}/screening`);
    await does('kim', 'POST', `${at.path}/calls/${at.callId}/screening/completion`);
    expect((await see('kim', `${at.path}/calls/${at.callId}`, await fresh())).body).toMatchObject({ status: 'screening', screened: { candidates: [inTime], ineligible: [late] } });
    expect((await see('kim', `${at.path}/applications/${inTime}`)).body).toMatchObject({ eligibility: [{ occasion: 'submission' }, { occasion: 'screening', outcome: 'eligible' }] });
  });

  test('every decision recomputes to the same, and every reference still says what was decided on', async () => {
    const { body } = await see<{ items: readonly { decision: unknown }[] }>('kim', `${at.path}/applications/${inTime}/eligibility`);
    expect(body.items).toHaveLength(2);
    for (const { decision } of body.items) {
      const record = decisionRecordSchema.parse(decision);
      expect(recompute(record, rulebookText())).toMatchObject({ same: true });
      expect(await checkReferences(record, eventData)).toEqual({ read: record.references.length, differences: [] });
    }
  });

  test('the programme says what it waits for, since when, and is not closed before', async () => {
    const { body } = await see('kim', `${at.path}/process`);
    expect(body).toMatchObject({ clock: '2026-04-10T06:00:00.001Z', waits: [{ kind: 'call', id: at.callId, until: 'call-settled', since: '2026-03-02T01:00:00.000Z' }] });
    expect(await running.ask('POST', `${at.path}/closing`, { as: 'kim', body: {} })).toMatchObject({ status: 409, body: { code: 'still-waiting' } });
  });

  test('applications are found by call, state, lead and words of title and names, page by page', async () => {
    const list = async (query: string) => (await see<{ items: readonly { id: string }[]; next: string | null }>('kim', `${at.path}/applications?${query}`)).body;
    expect((await list('')).items).toHaveLength(2);
    expect((await list('state=ineligible')).items.map(({ id }) => id)).toEqual([late]);
    expect((await list(`call=${at.callId}&lead=${at.lead}&text=${encodeURIComponent('UNI (inv')}`)).items).toHaveLength(2);
    expect((await list('text=nothing')).items).toEqual([]);
    const first = await list('limit=1');
    expect([...first.items, ...(await list(`limit=1&cursor=${first.next}`)).items].map(({ id }) => id)).toEqual([inTime, late].sort());
  });

  test('an answer as of its position is the same, byte for byte', async () => {
    for (const path of ['', '/process', '/rulebook/versions', '/calls', `/calls/${at.callId}`, '/organisations', '/applications', `/applications/${inTime}`, `/applications/${inTime}/eligibility`, `/applications/${inTime}/proposals/1`]) {
      const then = await see('kim', `${at.path}${path}`);
      await does('kim', 'POST', `${at.path}/applications/${late}/eligibility`, { occasion: 'request' });
      await fresh().then((headers) => see('kim', at.path, headers));
      expect((await see('kim', `${at.path}${path}?asOf=${then.headers.get('x-log-position')}`)).text).toBe(then.text);
    }
  });

  test('as of the time before the deadline the call was open and nothing submitted', async () => {
    const before = 'programmeAsOf=2026-04-10T05:59:59.999Z';
    expect((await see('kim', `${at.path}/calls/${at.callId}?${before}`)).body).toMatchObject({ status: 'open' });
    expect((await see('kim', `${at.path}/applications/${inTime}?${before}`)).body).toMatchObject({ status: 'draft' });
  });
});

const eventData = async (stream: string, revision: number) => {
  for await (const [recorded] of running.store.read(stream, { from: revision, pageSize: 1 })) if (recorded !== undefined) return JSON.parse(recorded.data);
  return undefined;
};

describe('who may', () => {
  let at: Played;
  let id: string;
  beforeAll(async () => {
    at = await played();
    id = await draft(at);
    await organisation(at.path, 'stranger', sme);
  });

  test('another organisation is refused on every route that is somebody’s', async () => {
    const parameters = { programmeId: at.id, callId: at.callId, applicationId: id, organisationId: at.lead, name: 'plan.pdf', version: '1', on: '2026-03-02' };
    const walked = await walkAsStranger(running.app.nest, { url: running.url, token: await running.token('stranger'), parameters });
    const open = walked.filter(({ status }) => status !== 403 && status !== 404).map(({ route: { method, path } }) => `${method} ${path}`);
    const prefix = '/applications/programmes/:programmeId';
    expect(open.filter((route) => route.includes('/applications/'))).toEqual([
      'GET /applications/programmes',
      `GET ${prefix}`,
      // The list shows a stranger nothing of others; names of organisations, calls and rules are public.
      `GET ${prefix}/applications`,
      `GET ${prefix}/calls`,
      `GET ${prefix}/calls/:callId`,
      `GET ${prefix}/organisations`,
      `POST ${prefix}/organisations`,
      `GET ${prefix}/roles/mine`,
      `GET ${prefix}/rulebook/in-force`,
      `GET ${prefix}/rulebook/versions`,
      `GET ${prefix}/rulebook/versions/:version`,
    ]);
    expect((await see('stranger', `${at.path}/applications`)).body).toEqual({ items: [], next: null });
  });

  test('a member sees the application, the lead alone changes it, an auditor reads all and changes nothing', async () => {
    expect((await see('uni', `${at.path}/applications/${id}`, await fresh())).status).toBe(200);
    expect((await see<{ items: readonly unknown[] }>('uni', `${at.path}/applications`)).body.items).toHaveLength(1);
    expect(await running.ask('POST', `${at.path}/applications/${id}/proposals`, { as: 'uni', body: proposal })).toMatchObject({ status: 403, body: { code: 'not-yours' } });
    expect((await running.ask('GET', `${at.path}/applications/${id}`, { as: 'auditor', roles: ['auditor'] })).status).toBe(200);
    expect((await running.ask('POST', `${at.path}/applications/${id}/proposals`, { as: 'auditor', roles: ['auditor'], body: proposal })).status).toBe(403);
  });

  test('nobody accepts for another organisation', async () =>
    expect(await running.ask('POST', `${at.path}/applications/${id}/members/${at.university}/acceptance`, { as: 'lee', body: {} })).toMatchObject({ status: 403 }));

  test('a programme role is of that programme only', async () => {
    const other = await programme();
    await does('root', 'POST', `${other.path}/roles/revocations`, { subject: 'kim', role: 'programme-administrator', reason: 'another office' });
    await does('root', 'PUT', `${other.path}/clock`, { to: '2026-03-02T02:00:00.000Z' });
    expect(await running.ask('POST', `${other.path}/calls`, { as: 'kim', body: { title: name('Call'), opensAt: '2026-03-05T00:00:00.000Z', deadline: '2026-04-10T15:00:00' } })).toMatchObject({ status: 403, body: { code: 'role-missing' } });
    expect(await running.ask('GET', `${other.path}/applications/${id}`, root)).toMatchObject({ status: 404 });
  });

  test('who runs another programme has no say over an organisation: not over its people, nor its facts', async () => {
    const other = await programme();
    await does('root', 'POST', `${other.path}/roles`, { subject: 'park', role: 'programme-administrator' });
    await does('root', 'PUT', `${other.path}/clock`, { to: '2026-03-02T02:00:00.000Z' });
    const theirs = `${other.path}/organisations/${at.university}`;
    const fact = { attribute: 'size', value: 'large', validFrom: '2020-01-01', source: 'hearsay' };
    const refused = { status: 403, body: { code: 'not-yours' } };
    expect(await see('park', theirs)).toMatchObject(refused);
    expect(await running.ask('POST', `${theirs}/facts`, { as: 'park', body: { fact, provenance: 'invented' } })).toMatchObject(refused);
    expect(await running.ask('POST', `${theirs}/representatives`, { as: 'park', body: { subject: 'park' } })).toMatchObject(refused);
  });

  test('administrators of a programme speak of an organisation once it has agreed to take part, and never name its people', async () => {
    await does('root', 'POST', `${at.path}/roles`, { subject: 'choi', role: 'programme-administrator' });
    await does('root', 'PUT', `${at.path}/clock`, { to: '2026-03-03T00:00:01.000Z' });
    const ofUniversity = `${at.path}/organisations/${at.university}`;
    expect((await see('choi', ofUniversity, await fresh())).status).toBe(200);
    expect((await running.ask('POST', `${ofUniversity}/representatives`, { as: 'choi', body: { subject: 'choi' } })).status).toBe(403);
    const { id: aside } = await does('kim', 'POST', `${at.path}/organisations`, { name: name('aside'), provenance: 'invented', representatives: ['aside'] });
    expect((await see('choi', `${at.path}/organisations/${aside}`, await fresh())).status).toBe(403);
  });

  test('every route says who may come in, what it does, and shows a body that it takes', () => {
    expect(undeclaredRoutes(running.app.nest)).toEqual([]);
    expect(wrongExamples(running.app.nest)).toEqual([]);
    expect(undocumentedRoutes(running.app.nest).filter((route) => route.includes('/applications/'))).toEqual([]);
  });
});

describe('an attachment', () => {
  let at: Played;
  let id: string;
  let uploads = 0;
  const pdf = new TextEncoder().encode('%PDF-1.7 a plan');
  const put = async (file: string, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, as = 'lee') => {
    const response = await fetch(`${running.url}${at.path}/applications/${id}/attachments/${file}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${await running.token(as)}`, 'idempotency-key': `upload ${(uploads += 1)}`, 'content-type': 'application/pdf', ...headers },
      body: bytes,
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  beforeAll(async () => {
    at = await played();
    id = await draft(at);
  });

  test('comes back as it was sent, under a name in normal form', async () => {
    const sent = '계획.pdf'.normalize('NFD');
    expect(await put(encodeURIComponent(sent), pdf, { 'content-digest': `sha-256=:${createHash('sha256').update(pdf).digest('base64')}:` })).toMatchObject({ status: 200 });
    const { body } = await see('lee', `${at.path}/applications/${id}`, await fresh());
    expect(body).toMatchObject({ attachments: [{ name: '계획.pdf'.normalize('NFC'), mediaType: 'application/pdf', bytes: pdf.length, digest: `sha256:${createHash('sha256').update(pdf).digest('hex')}` }] });
    const got = await see('uni', `${at.path}/applications/${id}/attachments/${encodeURIComponent(sent)}`);
    expect(got).toMatchObject({ status: 200, text: '%PDF-1.7 a plan' });
    expect(got.headers.get('content-type')).toBe('application/pdf');
    expect(got.headers.get('content-disposition')).toMatch(/^attachment;/);
  });

  test.each(['..%2f..%2fetc%2fpasswd', '..%5cwindows', '...', '.hidden', 'con.pdf', 'a%00b.pdf', 'plan.pdf%20', 'stream%3aads', '%E2%80%AEfdp.exe', 'x'.repeat(121)])('is not named %s', async (file) =>
    expect([400, 404]).toContain((await put(file, pdf)).status));

  test('is what it says that it is', async () => {
    expect(await put('plan.pdf', new TextEncoder().encode('MZ not a pdf'))).toMatchObject({ status: 422, body: { code: 'attachment-content-differs' } });
    expect(await put('plan.pdf', pdf, { 'content-type': 'text/html' })).toMatchObject({ status: 415 });
    expect(await put('plan.pdf', new Uint8Array(0))).toMatchObject({ status: 422, body: { code: 'attachment-empty' } });
    expect(await put('plan.pdf', pdf, { 'content-digest': `sha-256=:${createHash('sha256').update('another').digest('base64')}:` })).toMatchObject({ status: 422, body: { code: 'attachment-digest-differs' } });
    expect(await put('plan.pdf', pdf, { 'content-digest': 'md5=:abc:' })).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
  });

  test('is the lead’s to add, and only to a draft', async () => {
    expect(await put('plan.pdf', pdf, {}, 'uni')).toMatchObject({ status: 403 });
    await does('lee', 'DELETE', `${at.path}/applications/${id}/attachments/${encodeURIComponent('계획.pdf')}`);
    await does('lee', 'POST', `${at.path}/applications/${id}/submission`);
    expect(await put('plan.pdf', pdf)).toMatchObject({ status: 409, body: { code: 'not-draft' } });
  });
});

describe('the rim', () => {
  let at: Played;
  beforeAll(async () => {
    at = await played();
  });

  test('takes text in normal form, whatever it was sent in', async () => {
    const { id } = await does('lee', 'POST', `${at.path}/organisations`, { name: { ko: '가상 연구소'.normalize('NFD'), en: 'Lab' }, provenance: 'invented' });
    expect((await see('lee', `${at.path}/organisations/${id}`, await fresh())).body).toMatchObject({ name: { ko: '가상 연구소'.normalize('NFC') }, representatives: ['lee'] });
  });

  test('lets one of two win who act on one thing at once, and tells the other', async () => {
    const id = await draft(at);
    const etag = (await see('lee', `${at.path}/applications/${id}`, await fresh())).headers.get('etag') ?? '';
    const save = (budget: string) => running.ask('POST', `${at.path}/applications/${id}/proposals`, { as: 'lee', key: `budget ${budget}`, body: { ...proposal, budget }, headers: { 'if-match': etag } });
    const answers = await Promise.all([save('1'), save('2')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  test('does a request that comes twice once, and refuses another one under its key', async () => {
    const create = (title: string) => running.ask<Done>('POST', `${at.path}/organisations`, { as: 'lee', key: 'the same key', body: { name: name(title), provenance: 'invented' } });
    const [first, second] = [await create('One'), await create('One')];
    expect(second.body).toEqual(first.body);
    expect(await create('Two')).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  test('refuses what no rulebook, clock or organisation takes, with the rule or the place at fault', async () => {
    const refused = async (path: string, body: object, as = 'kim') => (await running.ask<{ code: string }>('POST', `${at.path}${path}`, { as, body })).body.code;
    expect(await refused('/rulebook', { text: '{}', reason: 'r' })).toBe('rulebook-invalid');
    expect(await refused('/organisations', { name: name('X'), provenance: 'invented', surplus: true })).toBe('request-invalid');
    expect(await refused('/applications', { callId: at.callId, title: 't', lead: { organisationId: at.lead, task: 'development', shareBasisPoints: 1 }, provenance: 'invented' })).toBe('not-yours');
    expect(await running.ask('PUT', `${at.path}/clock`, { as: 'kim', body: { to: '2026-03-01T00:00:00.000Z' } })).toMatchObject({ status: 422, body: { code: 'clock-backwards' } });
    const short = await does('kim', 'POST', `${at.path}/calls`, { title: name('Short'), opensAt: '2026-03-04T00:00:00.000Z', deadline: '2026-03-20T15:00:00' });
    expect(await running.ask('POST', `${at.path}/calls/${short.id}/publication`, { as: 'kim', body: {}, headers: { 'accept-language': 'ko' } })).toMatchObject({ status: 422, body: { code: 'window-too-short', detail: expect.stringContaining('window-call') } });
    expect((await see('lee', `${at.path}/calls/${short.id}`, await fresh())).status).toBe(404);
  });

  test('answers which rulebook was in force on a day', async () => {
    expect((await see('lee', `${at.path}/rulebook/in-force?on=2026-03-01`)).body).toMatchObject({ version: 1, enactedBy: 'kim' });
    expect((await see('lee', `${at.path}/rulebook/in-force?on=2026-02-28`)).status).toBe(404);
    expect((await see('lee', `${at.path}/rulebook/in-force`)).status).toBe(400);
  });

  test('closes a programme whose only call is void', async () => {
    const { path } = at;
    await does('kim', 'POST', `${path}/calls/${at.callId}/voiding`, { reason: 'called off' });
    const short = (await see<{ items: readonly { id: string }[] }>('kim', `${path}/calls?state=draft`, await fresh())).body.items;
    for (const { id } of short) await does('kim', 'POST', `${path}/calls/${id}/voiding`, { reason: 'called off' });
    const until = async (wanted: (body: Body) => boolean, of: string) => {
      for (let tries = 0; tries < 200; tries += 1) if (wanted((await see('kim', of, await fresh())).body)) return;
      throw new Error(`${of} never came to what was wanted`);
    };
    await until(({ waits }) => Array.isArray(waits) && waits.length === 0, `${path}/process`);
    await does('kim', 'POST', `${path}/closing`);
    await until(({ status }) => status === 'closed', path);
    await does('kim', 'POST', `${path}/closing`);
    expect(await running.ask('POST', `${path}/calls`, { as: 'kim', body: { title: name('Call'), opensAt: '2026-03-05T00:00:00.000Z', deadline: '2026-04-10T15:00:00' } })).toMatchObject({ status: 409, body: { code: 'programme-closed' } });
  });
});

test('the tables are as their declarations say', async () => {
  const { url, drop } = await createTestDatabase('applications_drift');
  const opened = await openServiceDatabase({ url, service: 'drift', views, migrations: [readModelMigration, ...applications.migrations] });
  expect(await driftOf(opened)).toEqual([]);
  await opened.destroy();
  await drop();
});
