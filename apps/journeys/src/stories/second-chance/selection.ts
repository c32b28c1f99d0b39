import { prepareApplication, registerOrganisations, registerReviewers, screen, submitAll } from '../../enact/applications.js';
import { dismiss, letWindowLapse, objectTo, uphold } from '../../enact/objections.js';
import { createProgramme, publishCall } from '../../enact/programme.js';
import { decide, judge, rankingOf, waiveAll, type PlayedRound, type Ranked } from '../../enact/rounds.js';
import { marksFrom, panelOf, partiesOf, roundNamed, teamOf, type Setting } from '../../enact/setting.js';
import type { Stage } from '../../stage.js';
import { cast, clock, data, name, rulebookText } from './played.js';

/** From the rulebook to the deadline; one application is withdrawn before it. */
export const receiveApplications = async (stage: Stage): Promise<Setting> => {
  stage.chapter({ ko: '공고와 신청', en: 'The call' });
  const programme = await createProgramme(stage, cast, { ...data.programme, provenance: 'invented', rulebookText });
  const { programmeId } = programme;
  const organisations = await registerOrganisations(stage, { story: name, programmeId, siblingProgramme: 'first-chance', factsFrom: '2025-06-01' }, data);
  const reviewers = await registerReviewers(stage, cast);
  const callId = await publishCall(stage, cast, programmeId, {
    title: data.programme.title,
    opensAt: '2026-01-26T00:00:00.000Z',
    deadline: '2026-02-20T18:00:00',
  });
  await stage.clock(cast.administrator, programmeId, '2026-01-26T00:00:00.000Z');
  const prepared = await stage.tell(
    {
      ko: `신청서 ${data.applications.length}건 작성: 참여기관 초대와 수락`,
      en: `${data.applications.length} applications drafted; members invited, each accepts by itself`,
    },
    () => Promise.all(data.applications.map((application) => prepareApplication(stage, { programmeId, callId, organisations }, application))),
  );
  await submitAll(stage, cast, { programmeId, prepared });
  const setting = { ...programme, callId, organisations, submitted: prepared, reviewers };
  await withdraw(stage, setting, 'sejong');
  return setting;
};

const withdraw = async (stage: Stage, setting: Setting, key: string): Promise<void> => {
  await clock(stage, setting, '2026-02-20T01:00:00.000Z');
  const { applicationId, lead, name: who, nameKo: whoKo } = teamOf(setting, key);
  await stage.tell({ ko: `${whoKo}: 마감 전에 신청 취하`, en: `${who} withdraws its application before the deadline` }, () =>
    stage.client.post(lead, `/applications/programmes/${setting.programmeId}/applications/${applicationId}/withdrawal`, {
      reason: 'The institute applies elsewhere (invented).',
    }),
  );
};

/** How well each does, in thousandths of the scale. */
const strength: Readonly<Record<string, number>> = { jeju: 900, baekdu: 870, gangwon: 840, seohae: 800, honam: 770, yeongnam: 700 };

/** Two rounds, objections against the second, and the decision as it stands in the end. */
export const select = async (stage: Stage, setting: Setting): Promise<void> => {
  stage.chapter({ ko: '서면 심사', en: 'Review on paper' });
  await clock(stage, setting, '2026-02-23T01:00:00.000Z');
  const candidates = await screen(stage, cast, setting);
  await reviewOnPaper(stage, setting, candidates);
  stage.chapter({ ko: '면접과 이의신청', en: 'Interview and objections' });
  await clock(stage, setting, '2026-03-09T01:00:00.000Z');
  const interview: PlayedRound = { ...roundNamed(setting, 'interview'), panel: panelOf(setting, 'interview'), marks: marksFrom(setting.submitted, strength) };
  await judge(stage, cast, interview);
  const ranked = await rankingOf(stage, cast, interview);
  await announceWithDeparture(stage, setting, interview, ranked);
  await hearObjections(stage, setting, interview);
  await clock(stage, setting, '2026-03-20T01:00:00.000Z');
  await stage.tell(
    {
      ko: '재심의 결과: 순위대로 바로잡은 결정을 다시 통보',
      en: 'deliberated again, the decision follows the ranking; it is announced anew, with a window of its own',
    },
    () =>
      decide(stage, cast, {
        round: interview,
        convened: true,
        gates: [],
        outcomes: asRanked(ranked),
        reason: 'As ranked; the departure had no basis in the rulebook.',
      }),
  );
  await letWindowLapse(stage, cast, { round: interview, days: 7, to: '2026-03-28T01:00:00.000Z' });
};

const reviewOnPaper = async (stage: Stage, setting: Setting, candidates: readonly string[]): Promise<void> => {
  const [, second] = panelOf(setting, 'paper');
  const round: PlayedRound = {
    ...roundNamed(setting, 'paper'),
    panel: panelOf(setting, 'paper'),
    marks: marksFrom(setting.submitted, strength),
    conflicts: [
      { reviewer: second!.person, applicationId: teamOf(setting, 'yeongnam').applicationId, kind: 'employer', explanation: 'Works for the lead (invented).' },
    ],
  };
  await judge(stage, cast, round);
  await clock(stage, setting, '2026-02-27T01:00:00.000Z');
  const advanced = (await rankingOf(stage, cast, round)).filter(({ verdict }) => verdict === 'advanced').map(({ subject }) => subject);
  await decide(stage, cast, {
    round,
    gates: [],
    outcomes: candidates.map((applicationId) => ({ applicationId, outcome: advanced.includes(applicationId) ? 'advanced' : 'not-advanced' })),
    reason: 'As ranked.',
  });
  await waiveAll(stage, cast, { round, parties: partiesOf(setting, candidates) });
};

const outcomeOf: Readonly<Record<string, string>> = { selected: 'selected', reserve: 'reserve' };
const asRanked = (ranked: readonly Ranked[]) => ranked.map(({ subject, verdict }) => ({ applicationId: subject, outcome: outcomeOf[verdict] ?? 'rejected' }));

/** The committee gives the third seat to the fourth of the ranking, and says why; the third is put in reserve. */
const announceWithDeparture = async (stage: Stage, setting: Setting, round: PlayedRound, ranked: readonly Ranked[]): Promise<void> => {
  await clock(stage, setting, '2026-03-11T01:00:00.000Z');
  const third = teamOf(setting, 'gangwon');
  const fourth = teamOf(setting, 'seohae');
  const departed: Readonly<Record<string, string>> = { [third.applicationId]: 'reserve', [fourth.applicationId]: 'selected' };
  const outcomes = asRanked(ranked).map(({ applicationId, outcome }) => ({ applicationId, outcome: departed[applicationId] ?? outcome }));
  await stage.tell(
    {
      ko: `순위를 벗어나 ${third.nameKo} 대신 ${fourth.nameKo} 선정, 사유는 기록에 남음`,
      en: `it departs from the ranking, with the reason on record: ${fourth.name} is selected in place of ${third.name}`,
    },
    () =>
      decide(stage, cast, { round, gates: [], outcomes, reason: 'Balance between the regions.', departure: 'Two teams of the east would have been selected.' }),
  );
};

const hearObjections = async (stage: Stage, setting: Setting, round: PlayedRound): Promise<void> => {
  const { programmeId } = setting;
  await clock(stage, setting, '2026-03-13T02:00:00.000Z');
  const first = await objectTo(stage, cast, {
    round,
    team: teamOf(setting, 'gangwon'),
    grounds: { ko: '운영 규정에 지역 안배 기준이 없음', en: 'the rulebook knows no balance between regions' },
  });
  await clock(stage, setting, '2026-03-16T02:00:00.000Z');
  const second = await objectTo(stage, cast, {
    round,
    team: teamOf(setting, 'yeongnam'),
    grounds: { ko: '면접 시간이 짧았음', en: 'the interview was too short' },
  });
  await clock(stage, setting, '2026-03-17T05:00:00.000Z');
  await dismiss(stage, cast, {
    programmeId,
    objectionId: second,
    reason: { ko: '모든 신청자에게 같은 시간이 주어졌음', en: 'all applicants had the same time' },
  });
  await clock(stage, setting, '2026-03-18T05:00:00.000Z');
  await uphold(stage, cast, {
    programmeId,
    round,
    objectionId: first,
    reason: { ko: '규정에 없는 기준으로 순위를 벗어났음', en: 'the departure rests on a criterion that the rulebook does not have' },
  });
};
