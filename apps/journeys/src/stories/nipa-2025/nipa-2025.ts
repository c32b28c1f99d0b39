import { prepareApplication, registerOrganisations, registerReviewers, screen, submitAll } from '../../enact/applications.js';
import { castOf } from '../../enact/cast.js';
import { closeProgramme } from '../../enact/closing.js';
import { deliver, takeBack } from '../../enact/grants.js';
import { bringOwnShare, claimAndPay, settle, sign, type Agreement, type Team } from '../../enact/money.js';
import { letWindowLapse } from '../../enact/objections.js';
import { createProgramme, publishCall } from '../../enact/programme.js';
import { decide, judge, rankingOf, roundPath, waiveAll, type PlayedRound } from '../../enact/rounds.js';
import { gatesOf, marksFrom, panelOf, partiesOf, roundNamed, teamOf, type Setting } from '../../enact/setting.js';
import { sizes } from '../../people.js';
import { readReport } from '../../read-report.js';
import type { Report } from '../../report.js';
import type { Stage } from '../../stage.js';
import { faultsOf, type Story, type Truth } from '../../story.js';
import { storyFiles } from '../../story-files.js';

const name = 'nipa-2025';
const { data, rulebookText } = storyFiles(name);
const cast = castOf(name, sizes[name]);

/** From the rulebook to the deadline, and one millisecond beyond. */
const receiveApplications = async (stage: Stage): Promise<Setting> => {
  stage.chapter({ ko: '공고와 신청', en: 'The call' });
  const programme = await createProgramme(stage, cast, { ...data.programme, provenance: 'sourced', rulebookText });
  const { programmeId } = programme;
  const organisations = await registerOrganisations(stage, { story: name, programmeId, siblingProgramme: 'sovereign-ai', factsFrom: '2025-01-01' }, data);
  const reviewers = await registerReviewers(stage, cast);
  await stage.clock(cast.administrator, programmeId, '2025-09-04T23:00:00.000Z');
  const callId = await publishCall(stage, cast, programmeId, { title: data.programme.title, opensAt: '2025-09-05T00:00:00.000Z', deadline: '2025-10-13T15:00:00' });
  await stage.clock(cast.administrator, programmeId, '2025-09-05T00:00:00.000Z');
  const prepared = await stage.tell({ ko: `신청서 ${data.applications.length}건 작성: 참여기관 초대와 수락`, en: `${data.applications.length} applications drafted; members invited, each accepts by itself` }, () =>
    Promise.all(data.applications.map((application) => prepareApplication(stage, { programmeId, callId, organisations }, application))),
  );
  await submitAll(stage, cast, { programmeId, prepared });
  return { ...programme, callId, organisations, submitted: prepared, reviewers };
};

const idOf = ({ submitted }: Setting, key: string): string => submitted.find(({ data: { key: known } }) => known === key)!.id;

/** How well each does, in thousandths of the scale: the two real teams as announced, the others made up. */
const strength: Readonly<Record<string, number>> = { lunit: 930, kaist: 915, robots: 860, chips: 845, climate: 830, finance: 815, energy: 760, materials: 745, farms: 730, law: 715, ships: 700, chem: 690, water: 680 };

const select = async (stage: Stage, setting: Setting): Promise<void> => {
  stage.chapter({ ko: '적격성 검토와 선정 평가', en: 'Screening and selection' });
  const { programmeId, callId } = setting;
  await stage.clock(cast.administrator, programmeId, '2025-10-14T01:00:00.000Z');
  const candidates = await screen(stage, cast, { programmeId, callId });
  const marks = marksFrom(setting.submitted, strength);

  const document = { ...roundNamed(setting, 'document'), panel: panelOf(setting, 'document'), marks };
  const [chair, second] = document.panel;
  await judge(stage, cast, {
    ...document,
    conflicts: [
      { reviewer: second!.person, applicationId: idOf(setting, 'law'), kind: 'project-researcher', explanation: 'Took part in writing the application (invented).' },
      { reviewer: chair!.person, applicationId: idOf(setting, 'ships'), kind: 'same-department', explanation: 'Shared a department with the lead investigator (invented).', overriddenBecause: 'The only expert of the field on the panel (invented).' },
    ],
  });
  await stage.refuses('not-confirmed', { ko: '위원회 의결 전의 발표는 거부', en: 'an announcement before the committee has confirmed is refused' }, async () => {
    await stage.client.post(cast.administrator, `${roundPath(document)}/committee`, { members: cast.committee.map(({ subject }) => subject) });
    return stage.client.post(cast.administrator, `${roundPath(document)}/announcement`, {});
  });
  await stage.clock(cast.administrator, programmeId, '2025-10-16T06:00:00.000Z');
  const advanced = (await rankingOf(stage, cast, document)).filter(({ verdict }) => verdict === 'advanced').map(({ subject }) => subject);
  await decide(stage, cast, { round: document, convened: true, gates: [], outcomes: candidates.map((applicationId) => ({ applicationId, outcome: advanced.includes(applicationId) ? 'advanced' : 'not-advanced' })), reason: 'As ranked.' });
  await letWindowLapse(stage, cast, { round: document, days: 10, to: '2025-10-27T00:00:00.000Z' });

  const presentation = { ...roundNamed(setting, 'presentation'), panel: panelOf(setting, 'presentation'), marks };
  await judge(stage, cast, presentation);
  await stage.clock(cast.administrator, programmeId, '2025-10-31T01:00:00.000Z');
  const outcome = { selected: 'selected', reserve: 'reserve' } as Readonly<Record<string, string>>;
  const ranked = await rankingOf(stage, cast, presentation);
  await decide(stage, cast, { round: presentation, gates: [], outcomes: ranked.map(({ subject, verdict }) => ({ applicationId: subject, outcome: outcome[verdict] ?? 'rejected' })), reason: 'As ranked.' });
  await waiveAll(stage, cast, { round: presentation, parties: partiesOf(setting, advanced) });
};

type Teams = readonly { readonly team: Team; readonly agreement: Agreement }[];

const agree = async (stage: Stage, setting: Setting): Promise<Teams> => {
  stage.chapter({ ko: '협약과 1단계', en: 'Agreements and phase 1' });
  const { programmeId } = setting;
  const teams = [teamOf(setting, 'lunit'), teamOf(setting, 'kaist')];
  const signed: { readonly team: Team; readonly agreement: Agreement }[] = [];
  for (const team of teams) signed.push({ team, agreement: await sign(stage, cast, { programmeId, team }) });
  for (const { team, agreement } of signed) await bringOwnShare(stage, cast, { programmeId, agreement, team });
  await stage.clock(cast.administrator, programmeId, '2025-11-01T00:00:00.000Z');
  await deliver(stage, cast, { programmeId, phase: 'phase-1', teams: teams.map(({ applicationId }) => applicationId) });
  await payAll(stage, setting, signed, 'phase-1-first');
  await stage.clock(cast.administrator, programmeId, '2026-02-02T00:00:00.000Z');
  await payAll(stage, setting, signed, 'phase-1-second');
  return signed;
};

const payAll = async (stage: Stage, { programmeId }: Setting, teams: Teams, instalmentId: string): Promise<void> => {
  for (const { team, agreement } of teams) await claimAndPay(stage, cast, { programmeId, agreement, team, instalmentId });
};

/** In February 2026 KAIST joins a team of the sibling programme: shown, not refused, since eligibility names its reference date. */
const showLaterFact = async (stage: Stage, setting: Setting): Promise<void> => {
  const { client, tell } = stage;
  const { programmeId } = setting;
  const kaist = setting.organisations.get('kaist')!;
  const path = `/applications/programmes/${programmeId}/organisations/${kaist.id}`;
  type Facts = { readonly facts: readonly { readonly fact: { readonly factId: string; readonly attribute: string } }[] };
  const { facts } = await client.get<Facts>(kaist.person, path);
  const { factId } = facts.find(({ fact: { attribute } }) => attribute === 'participation')!.fact;
  await client.post(kaist.person, `${path}/facts/${factId}/end`, { validTo: '2026-01-31' });
  const fact = { attribute: 'participation', programme: 'sovereign-ai', value: 'model-development', validFrom: '2026-02-01', source: 'press, February 2026' };
  await tell({ ko: 'KAIST가 2026년 2월 자매 사업 팀에 참여한 사실 기록 (기준일 이후의 사실)', en: 'recorded: KAIST joins a team of the sibling programme in February 2026, after the reference date' }, () => client.post(kaist.person, `${path}/facts`, { fact, provenance: 'sourced' }));
  const checked = await client.post<{ readonly id: string }>(cast.administrator, `/applications/programmes/${programmeId}/applications/${idOf(setting, 'kaist')}/eligibility`, { occasion: 'grant' });
  await tell({ ko: '자격 재확인: 기준일 현재 적격', en: 'eligibility checked again: eligible, as of the reference date' }, () => client.get(cast.administrator, `/applications/programmes/${programmeId}/applications/${checked.id}`));
};

type Evaluation = { readonly roundId: string; readonly judgedAt: string; readonly announcedAt: string; readonly phase: string };

const evaluate = async (stage: Stage, setting: Setting, teams: Teams, { roundId, judgedAt, announcedAt, phase }: Evaluation): Promise<void> => {
  const { programmeId } = setting;
  const ids = teams.map(({ team }) => team.applicationId);
  await stage.clock(cast.administrator, programmeId, judgedAt);
  const round: PlayedRound = { ...roundNamed(setting, roundId), panel: panelOf(setting, roundId), marks: marksFrom(setting.submitted, { lunit: 920, kaist: 910 }) };
  await judge(stage, cast, round);
  await stage.clock(cast.administrator, programmeId, announcedAt);
  await takeBack(stage, cast, { programmeId, phase, teams: ids });
  const gates = gatesOf(setting, roundId, ids, () => true);
  await decide(stage, cast, { round, gates, outcomes: ids.map((applicationId) => ({ applicationId, outcome: 'passed' })), reason: 'Score and gates are both passed (invented).' });
  await waiveAll(stage, cast, { round, parties: partiesOf(setting, ids) });
};

const finish = async (stage: Stage, setting: Setting, teams: Teams): Promise<void> => {
  stage.chapter({ ko: '정산과 종료', en: 'Settlement and end' });
  const { programmeId } = setting;
  for (const { team, agreement } of teams) await settle(stage, cast, { programmeId, agreement, team, unspent: 0n });
  await closeProgramme(stage, cast, programmeId);
};

const play = async (stage: Stage): Promise<Report> => {
  const setting = await receiveApplications(stage);
  await select(stage, setting);
  const teams = await agree(stage, setting);
  await showLaterFact(stage, setting);
  stage.chapter({ ko: '단계평가와 2단계', en: 'Stage evaluation and phase 2' });
  await evaluate(stage, setting, teams, { roundId: 'stage-1', judgedAt: '2026-03-30T00:00:00.000Z', announcedAt: '2026-03-31T09:00:00.000Z', phase: 'phase-1' });
  const { programmeId } = setting;
  await stage.clock(cast.administrator, programmeId, '2026-04-01T00:00:00.000Z');
  await deliver(stage, cast, { programmeId, phase: 'phase-2', teams: teams.map(({ team }) => team.applicationId) });
  await payAll(stage, setting, teams, 'phase-2-first');
  await stage.clock(cast.administrator, programmeId, '2026-07-01T00:00:00.000Z');
  await payAll(stage, setting, teams, 'phase-2-second');
  stage.chapter({ ko: '최종평가', en: 'Final evaluation' });
  await evaluate(stage, setting, teams, { roundId: 'final', judgedAt: '2026-09-10T00:00:00.000Z', announcedAt: '2026-09-21T01:00:00.000Z', phase: 'phase-2' });
  await finish(stage, setting, teams);
  return readReport(stage, cast, setting);
};

const amounts = { phase1: '8448000000', phase2: '8954880000', team: '17402880000', all: '34805760000' } as const;

const failedRules = ({ applications }: Report, title: string): string => applications.items.find((item) => item.title.startsWith(title))?.failedRules.join() ?? 'unknown';

const truths: readonly Truth[] = [
  ['18 applications are received, 13 of them eligible', ({ applications: { received, eligible, ineligible } }) => received === 18 && eligible === 13 && ineligible === 5],
  ['one millisecond late fails by the deadline alone', (report) => failedRules(report, '건설') === 'submitted-in-time'],
  ['at the very millisecond of the deadline is in', (report) => failedRules(report, '수자원') === ''],
  ['a large lead fails', (report) => failedRules(report, '전자').includes('large-never-leads')],
  ['without a university fails', (report) => failedRules(report, '물류') === 'university-takes-part'],
  ['a large member of the sibling programme fails', (report) => failedRules(report, '통신') === 'large-not-in-sibling'],
  ['a foreign member in development fails', (report) => failedRules(report, '항공') === 'foreign-service-only'],
  ['two teams are announced on the published day', ({ selection }) => selection.announcedAt.startsWith('2025-10-31') && selection.selected.length === 2],
  ['they are the published two', ({ selection, applications }) => applications.items.filter(({ invented }) => !invented).every(({ id }) => selection.selected.includes(id))],
  ['256 and 256 of 512 GPUs are out at most', ({ pool }) => pool.capacity === 512 && pool.maxOutAtAnyInstant === 512],
  ['each team has 256 GPUs in each phase, and returns them', ({ grants }) => grants.length === 4 && grants.every(({ gpus, state }) => gpus === 256 && state === 'returned')],
  ['contributions by phase are as published', ({ agreements }) => agreements.every(({ contributionByPhase }) => contributionByPhase.map(({ amount }) => amount).join() === `${amounts.phase1},${amounts.phase2}`)],
  ['contributions of a team and of both are as published', ({ agreements, contributionAllTeams }) => agreements.every(({ contributionTotal }) => contributionTotal === amounts.team) && contributionAllTeams === amounts.all],
  ['one conflict excludes, one is overridden', ({ conflicts }) => conflicts.map(({ outcome }) => outcome).sort().join() === 'excluded,overridden'],
  ['both teams pass both evaluations', ({ stageResults }) => stageResults.length === 4 && stageResults.every(({ outcome }) => outcome === 'passed')],
  ['nothing is recovered', ({ settlements }) => settlements.length === 2 && settlements.every(({ recovered }) => recovered === '0')],
  ['everything is settled and closed', ({ final }) => final.programme === 'closed' && final.call === 'settled' && final.teams.every(({ state }) => state === 'settled')],
  ['the books balance', ({ journal }) => journal.entries > 0 && Object.values(journal.sumsByCommodity).every((sum) => sum === '0')],
  ['every decision recomputes', ({ recompute }) => recompute.decisions > 0 && recompute.differences === 0],
];

/** Korea’s Specialized Foundation Model Project, as public sources report it; what they do not say is invented and marked so. */
export const nipa2025: Story = { name, title: data.programme.title, auditor: cast.auditor, play, faults: (report) => faultsOf(truths, report) };
