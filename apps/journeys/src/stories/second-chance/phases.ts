import { deliver, grantsOf, takeBack } from '../../enact/grants.js';
import { bringOwnShare, payBack, settle, sign, type Team } from '../../enact/money.js';
import { letWindowLapse } from '../../enact/objections.js';
import { decide, judge, waiveAll, type PlayedRound } from '../../enact/rounds.js';
import { addSeat, refuseSeat } from '../../enact/seats.js';
import { gatesOf, marksFrom, panelOf, partiesOf, roundNamed, teamOf, type Setting } from '../../enact/setting.js';
import type { Stage } from '../../stage.js';
import { cast, clock, idsOf, payAll, type Signed } from './played.js';

/** Marks of the evaluations: all of them above the minimum of the score. */
const strength: Readonly<Record<string, number>> = { jeju: 880, baekdu: 820, gangwon: 790, seohae: 850 };

const roundOf = (setting: Setting, roundId: string): PlayedRound => ({
  ...roundNamed(setting, roundId),
  panel: panelOf(setting, roundId),
  marks: marksFrom(setting.submitted, strength),
});

const signAll = async (stage: Stage, setting: Setting, teams: readonly Team[]): Promise<readonly Signed[]> => {
  const { programmeId } = setting;
  const signed: Signed[] = [];
  for (const team of teams) signed.push({ team, agreement: await sign(stage, cast, { programmeId, team }) });
  for (const { team, agreement } of signed) await bringOwnShare(stage, cast, { programmeId, agreement, team });
  return signed;
};

type Keyed = Readonly<Record<'jeju' | 'baekdu' | 'gangwon', Signed>>;

/** Agreements within twenty days, GPUs on the first day, the whole instalment on delivery. */
export const prepare = async (stage: Stage, setting: Setting): Promise<Keyed> => {
  stage.chapter({ ko: '협약과 준비 단계', en: 'Agreements and preparation' });
  await clock(stage, setting, '2026-04-02T01:00:00.000Z');
  const signed = await signAll(
    stage,
    setting,
    ['jeju', 'baekdu', 'gangwon'].map((key) => teamOf(setting, key)),
  );
  await clock(stage, setting, '2026-04-20T01:00:00.000Z');
  await deliver(stage, cast, { programmeId: setting.programmeId, phase: 'prepare', teams: idsOf(signed) });
  await payAll(stage, setting, signed, 'prepare-all');
  const [jeju, baekdu, gangwon] = signed;
  return { jeju: jeju!, baekdu: baekdu!, gangwon: gangwon! };
};

/** One team has the score and fails a gate; when nobody can object any more, what it holds is reclaimed. */
export const checkPreparation = async (stage: Stage, setting: Setting, { jeju, baekdu, gangwon }: Keyed): Promise<void> => {
  stage.chapter({ ko: '준비 단계 점검', en: 'Check of the preparation' });
  const { programmeId } = setting;
  const [failed, passed] = [idsOf([baekdu]), idsOf([jeju, gangwon])];
  const round = roundOf(setting, 'check-prepare');
  await clock(stage, setting, '2026-06-15T01:00:00.000Z');
  await judge(stage, cast, round);
  await clock(stage, setting, '2026-06-17T01:00:00.000Z');
  const gates = gatesOf(
    setting,
    'check-prepare',
    [...passed, ...failed],
    (applicationId, gate) => !failed.includes(applicationId) || gate !== 'check-prepare-safety',
  );
  const outcomes = [
    ...passed.map((applicationId) => ({ applicationId, outcome: 'passed' })),
    ...failed.map((applicationId) => ({ applicationId, outcome: 'failed', reason: 'The safety check was not done (invented).' })),
  ];
  await stage.tell(
    { ko: `${baekdu.team.nameKo}: 점수는 통과, 안전성 점검 요건은 미달`, en: `${baekdu.team.name} passes on score and fails the gate of safety` },
    () => decide(stage, cast, { round, gates, outcomes, reason: 'Scores and gates, apart (invented).' }),
  );
  await letWindowLapse(stage, cast, { round, days: 7, to: '2026-06-25T01:00:00.000Z' });
  await stage.tell(
    ([grant]) => ({ ko: `${baekdu.team.nameKo}: GPU ${grant?.gpus ?? 0}장 회수`, en: `the ${grant?.gpus ?? 0} GPUs of ${baekdu.team.name} are reclaimed` }),
    () => grantsOf(stage, cast, { programmeId, phase: 'prepare', status: 'reclaimed', teams: failed }),
  );
  await clock(stage, setting, '2026-07-01T01:00:00.000Z');
  await takeBack(stage, cast, { programmeId, phase: 'prepare', teams: passed });
  await settle(stage, cast, { programmeId, ...baekdu, unspent: 0n });
};

/** The first of the reserve takes the lost seat, on recorded authority, and the GPUs that were reclaimed. */
export const refillSeat = async (stage: Stage, setting: Setting, lost: Signed): Promise<Signed> => {
  stage.chapter({ ko: '두 번째 기회', en: 'The second chance' });
  const { programmeId } = setting;
  const team = teamOf(setting, 'seohae');
  await clock(stage, setting, '2026-07-03T01:00:00.000Z');
  const seat = {
    programmeId,
    callId: setting.callId,
    replaces: lost.team,
    authority: { ko: '심의위원회 의결 제2026-7호(가상)', en: 'resolution 2026-7 of the council (invented)' },
  };
  await refuseSeat(stage, cast, {
    ...seat,
    team: teamOf(setting, 'honam'),
    code: 'not-next-in-reserve',
    text: { ko: '예비 순위를 건너뛴 자리 승계는 거부', en: 'a seat for the second of the reserve is refused while the first still waits' },
  });
  await addSeat(stage, cast, { ...seat, team });
  await stage.tell(
    ([grant]) => ({
      ko: `${team.nameKo}: 회수한 GPU를 재배정, ${grant?.from ?? ''}부터 ${grant?.gpus ?? 0}장`,
      en: `what was reclaimed is granted again: ${grant?.gpus ?? 0} GPUs from ${grant?.from ?? ''} for ${team.name}`,
    }),
    () => grantsOf(stage, cast, { programmeId, phase: 'train', status: 'reserved', teams: [team.applicationId] }),
  );
  await clock(stage, setting, '2026-07-10T01:00:00.000Z');
  const [signed] = await signAll(stage, setting, [team]);
  return signed!;
};

/** Not one GPU is left over in this phase, until one team's agreement is ended early. */
export const train = async (
  stage: Stage,
  setting: Setting,
  { staying, leaving }: { readonly staying: readonly Signed[]; readonly leaving: Signed },
): Promise<void> => {
  stage.chapter({ ko: '학습 단계', en: 'Training' });
  const { programmeId } = setting;
  await clock(stage, setting, '2026-07-20T01:00:00.000Z');
  await deliver(stage, cast, { programmeId, phase: 'train', teams: idsOf([...staying, leaving]) });
  await payAll(stage, setting, [...staying, leaving], 'train-first');
  await clock(stage, setting, '2026-09-01T01:00:00.000Z');
  await payAll(stage, setting, [...staying, leaving], 'train-second');
  await endEarly(stage, setting, leaving);
};

/** Of what was paid, this much was not spent. */
const unspent = 123_456_780n;

const endEarly = async (stage: Stage, setting: Setting, { team, agreement }: Signed): Promise<void> => {
  const { programmeId } = setting;
  await clock(stage, setting, '2026-09-10T01:00:00.000Z');
  await stage.tell({ ko: `${team.nameKo}: 협약 조기 종료`, en: `the agreement of ${team.name} is ended early` }, () =>
    stage.client.post(cast.administrator, `/funding/programmes/${programmeId}/agreements/${agreement.id}/end`, { reason: 'The team gives up (invented).' }),
  );
  await stage.tell({ ko: `${team.nameKo}: 인도했던 GPU 회수`, en: `the GPUs of ${team.name} are reclaimed` }, () =>
    grantsOf(stage, cast, { programmeId, phase: 'train', status: 'reclaimed', teams: [team.applicationId] }),
  );
  await settle(stage, cast, { programmeId, agreement, team, unspent });
  await clock(stage, setting, '2026-09-25T01:00:00.000Z');
  await payBack(stage, cast, { programmeId, agreement, team });
};

type Evaluation = {
  readonly roundId: string;
  readonly teams: readonly Signed[];
  readonly without: Signed;
  readonly phase: string;
  readonly judgedAt: string;
  readonly announcedAt: string;
};

/** Everybody who is left passes, and objects to nothing. */
export const evaluate = async (stage: Stage, setting: Setting, { roundId, teams, without, phase, judgedAt, announcedAt }: Evaluation): Promise<void> => {
  const { programmeId } = setting;
  const ids = idsOf(teams);
  const leftOut = idsOf([without]).map((applicationId) => ({ applicationId, reason: 'Its agreement was ended early (invented).' }));
  const round = { ...roundOf(setting, roundId), leftOut };
  await clock(stage, setting, judgedAt);
  await judge(stage, cast, round);
  await clock(stage, setting, announcedAt);
  await takeBack(stage, cast, { programmeId, phase, teams: ids });
  await decide(stage, cast, {
    round,
    gates: gatesOf(setting, roundId, ids, () => true),
    outcomes: ids.map((applicationId) => ({ applicationId, outcome: 'passed' })),
    reason: 'Scores and gates are passed (invented).',
  });
  await waiveAll(stage, cast, { round, parties: partiesOf(setting, ids) });
};

export const serve = async (stage: Stage, setting: Setting, teams: readonly Signed[]): Promise<void> => {
  stage.chapter({ ko: '운영 단계', en: 'Service' });
  await clock(stage, setting, '2026-11-02T01:00:00.000Z');
  await deliver(stage, cast, { programmeId: setting.programmeId, phase: 'serve', teams: idsOf(teams) });
  await payAll(stage, setting, teams, 'serve-first');
  await clock(stage, setting, '2026-12-15T01:00:00.000Z');
  await payAll(stage, setting, teams, 'serve-second');
};
