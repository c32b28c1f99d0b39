import type { Person } from '../client.js';
import type { Bilingual, Stage } from '../stage.js';
import type { Cast } from './cast.js';

/** A round as a story plays it; ids are the service's, keys the story's. */
export type PlayedRound = {
  readonly programmeId: string;
  readonly callId: string;
  readonly roundId: string;
  readonly title: Bilingual;
  /** Members of the panel with their reviewer ids; the first is the chair. */
  readonly panel: readonly { readonly person: Person; readonly reviewerId: string }[];
  readonly criteria: readonly { readonly id: string; readonly scaleMax: number }[];
  /** Part of the scale, in thousandths, that a reviewer gives a subject. */
  readonly marks: (applicationId: string, reviewer: number) => number;
  readonly conflicts?: readonly PlayedConflict[];
  /** Who would be judged, and is not, with the reason. */
  readonly leftOut?: readonly { readonly applicationId: string; readonly reason: string }[];
};

export type PlayedConflict = {
  readonly reviewer: Person;
  readonly applicationId: string;
  readonly kind: string;
  readonly explanation: string;
  readonly overriddenBecause?: string;
};

type Assessment = { readonly id: string; readonly applicationId: string; readonly roundId: string };
type PageOf<Row> = { readonly items: readonly Row[]; readonly next: string | null };
type Outcome = { readonly applicationId: string; readonly outcome: string; readonly reason?: string };
type Gate = { readonly applicationId: string; readonly gate: string; readonly passed: boolean; readonly reason: string };

const review = ({ programmeId }: Pick<PlayedRound, 'programmeId'>): string => `/review/programmes/${programmeId}`;
export const roundPath = (round: Pick<PlayedRound, 'programmeId' | 'callId' | 'roundId'>): string => `${review(round)}/rounds/${round.callId}.${round.roundId}`;

/** Opens the round, convenes the panel, hears conflicts, scores under seal, opens all seals together. */
export const judge = async (stage: Stage, cast: Cast, round: PlayedRound): Promise<void> => {
  const { client, tell } = stage;
  const { panel, roundId, callId } = round;
  await client.post(cast.administrator, `${review(round)}/calls/${callId}/rounds`, { roundId, leftOut: round.leftOut ?? [] });
  await tell({ ko: `${round.title.ko} 개시, 평가위원 ${panel.length}명 위촉`, en: `${round.title.en} opened, ${panel.length} reviewers on the panel` }, () =>
    client.post(cast.administrator, `${roundPath(round)}/panel`, { members: panel.map(({ reviewerId }) => reviewerId), chair: panel[0]!.reviewerId }),
  );
  const { subjects } = await client.get<{ readonly subjects: readonly string[] }>(cast.administrator, roundPath(round));
  for (const conflict of round.conflicts ?? []) await declare(stage, cast, { round, conflict, subjects: subjects.length });
  const excluded = (round.conflicts ?? []).filter(({ overriddenBecause }) => overriddenBecause === undefined).length;
  await tell({ ko: `평가표 ${subjects.length * panel.length - excluded}건 봉인 제출`, en: `${subjects.length * panel.length - excluded} assessments sealed` }, () =>
    Promise.all(panel.map(({ person }, index) => score(stage, { round, person, index, subjects: subjects.length }))),
  );
  await open(stage, cast, { round, sealed: subjects.length * panel.length - excluded });
};

const mine = async ({ client }: Stage, { round, person, subjects }: { readonly round: PlayedRound; readonly person: Person; readonly subjects: number }): Promise<readonly Assessment[]> => {
  const ofRound = ({ items }: PageOf<Assessment>) => items.filter(({ roundId }) => roundId === round.roundId);
  const page = await client.until<PageOf<Assessment>>(person, `${review(round)}/assessments/mine?limit=200`, (body) => ofRound(body).length === subjects, `the invitations of ${person.subject}`);
  return ofRound(page);
};

const declare = async (stage: Stage, cast: Cast, { round, conflict, subjects }: { readonly round: PlayedRound; readonly conflict: PlayedConflict; readonly subjects: number }): Promise<void> => {
  const { client, tell } = stage;
  const { reviewer, kind, explanation, overriddenBecause } = conflict;
  const own = (await mine(stage, { round, person: reviewer, subjects })).find(({ applicationId }) => applicationId === conflict.applicationId)!;
  const path = `${review(round)}/assessments/${own.id}`;
  await tell({ ko: `${koreanOf(reviewer)}: 이해충돌 신고 (${kind})`, en: `${reviewer.name} declares a conflict (${kind})` }, () => client.post(reviewer, `${path}/declaration`, { conflict: 'declared', kind, explanation }));
  if (overriddenBecause === undefined) {
    await tell({ ko: `${koreanOf(reviewer)}: 해당 신청 평가에서 제척`, en: `${reviewer.name} is excluded from judging that application` }, () =>
      client.post(cast.conflictOfficer, `${path}/exclusion`, { kind, reason: 'The declared tie is confirmed.' }),
    );
  } else {
    await tell({ ko: `이해충돌 담당관이 사유를 남기고 예외 인정`, en: `the conflict officer overrides, with a reason` }, () => client.post(cast.conflictOfficer, `${path}/override`, { reason: overriddenBecause }));
  }
};

/** Reviewers of a story have numbers for names. */
const koreanOf = ({ name }: Person): string => name.replace('Reviewer', '평가위원');

type Scoring = { readonly round: PlayedRound; readonly person: Person; readonly index: number; readonly subjects: number };

const score = async (stage: Stage, { round, person, index, subjects }: Scoring): Promise<void> => {
  const barred = (round.conflicts ?? []).filter(({ reviewer, overriddenBecause }) => reviewer === person && overriddenBecause === undefined).map(({ applicationId }) => applicationId);
  const declared = (round.conflicts ?? []).filter(({ reviewer }) => reviewer === person).map(({ applicationId }) => applicationId);
  for (const { id, applicationId } of await mine(stage, { round, person, subjects })) {
    if (barred.includes(applicationId)) continue;
    const mark = round.marks(applicationId, index);
    const scores = round.criteria.map(({ id: criterion, scaleMax }) => ({ criterion, score: decimal(scaleMax, mark) }));
    await stage.client.post(person, `${review(round)}/assessments/${id}/scores`, { noConflict: !declared.includes(applicationId), scores, opinion: 'Invented for the story.' });
  }
};

/** So many thousandths of a scale, to one decimal place, without a float. */
const decimal = (scaleMax: number, thousandths: number): string => {
  const tenths = Math.floor((scaleMax * thousandths) / 100);
  return tenths % 10 === 0 ? String(tenths / 10) : `${Math.floor(tenths / 10)}.${tenths % 10}`;
};

const open = async ({ client, tell }: Stage, cast: Cast, { round, sealed }: { readonly round: PlayedRound; readonly sealed: number }): Promise<void> => {
  const chair = round.panel[0]!.person;
  await client.until<{ readonly sealed: number }>(chair, `${roundPath(round)}/panel`, (panel) => panel.sealed === sealed, 'every seal to be noted');
  await tell({ ko: '채점 마감, 모든 봉인을 동시에 개봉하고 순위 산출', en: 'scoring closed; all seals opened together, and ranked' }, async () => {
    await client.post(chair, `${roundPath(round)}/scoring-closure`, {});
    await client.post(chair, `${roundPath(round)}/opening`, {});
  });
  await client.until(chair, `${roundPath(round)}/opening`, () => true, 'the opening to be shown');
};

export type Ranked = { readonly subject: string; readonly rank: number; readonly total: string; readonly scorePassed: boolean; readonly verdict: string };

export const rankingOf = async ({ client }: Stage, cast: Cast, round: PlayedRound): Promise<readonly Ranked[]> => {
  const { ranking } = await client.get<{ readonly ranking: { readonly ranking: readonly Ranked[] } }>(cast.administrator, `${roundPath(round)}/opening`);
  return ranking.ranking;
};

type Deciding = {
  readonly round: PlayedRound;
  readonly gates: readonly Gate[];
  readonly outcomes: readonly Outcome[];
  readonly reason: string;
  /** Why the ranking is departed from. */
  readonly departure?: string;
  /** The committee sits already. */
  readonly convened?: boolean;
};

/** The committee records gates apart from scores, proposes, votes and confirms; the administrator announces. */
export const decide = async (stage: Stage, cast: Cast, { round, gates, convened = false, ...proposed }: Deciding): Promise<void> => {
  const { client, tell } = stage;
  const path = roundPath(round);
  if (!convened) await client.post(cast.administrator, `${path}/committee`, { members: cast.committee.map(({ subject }) => subject) });
  for (const { reason: found, ...gate } of gates) {
    await client.post(cast.committee[0]!, `${path}/gates`, { ...gate, evidence: [{ digest: evidenceOf(gate.applicationId) }], reason: found });
  }
  await vote(stage, cast, { round, ...proposed });
  await tell({ ko: `심의위원회 ${cast.committee.length}명이 점수와 통과 요건을 따로 인용하여 의결하고 발표`, en: `the committee of ${cast.committee.length} decides, citing scores and gates apart; announced` }, () => client.post(cast.administrator, `${path}/announcement`, {}));
};

/** A proposal with its votes, up to the confirmation. */
export const vote = async ({ client }: Stage, cast: Cast, { round, outcomes, reason, departure = null }: { readonly round: PlayedRound; readonly outcomes: readonly Outcome[]; readonly reason: string; readonly departure?: string | null }): Promise<void> => {
  const path = roundPath(round);
  await client.post(cast.committee[0]!, `${path}/proposal`, { outcomes, reason, departure });
  for (const member of cast.committee) await client.post(member, `${path}/votes`, { vote: 'for' });
  await client.post(cast.administrator, `${path}/confirmation`, {});
};

/** Stands for a document that the story does not write. */
const evidenceOf = (applicationId: string): string => `sha256:${applicationId.replaceAll('-', '').padEnd(64, '0')}`;

/** Every party says that it will not object: that closes the window. */
export const waiveAll = async (stage: Stage, cast: Cast, { round, parties }: { readonly round: PlayedRound; readonly parties: readonly { readonly applicationId: string; readonly person: Person }[] }): Promise<void> => {
  const { client, tell } = stage;
  await tell({ ko: `당사자 ${parties.length}곳 모두 이의신청 포기`, en: `all ${parties.length} parties waive their objection` }, async () => {
    for (const { applicationId, person } of parties) await client.post(person, `${roundPath(round)}/waivers`, { applicationId });
  });
  await untilSettled(stage, cast, round);
};

/** A closed window settles the round by itself a moment later: the docket says when, and the next round can open from then on. */
export const untilSettled = async ({ client }: Stage, cast: Cast, round: PlayedRound): Promise<void> => {
  type Docket = { readonly rounds: readonly { readonly roundId: string; readonly status: string }[] };
  const settled = ({ rounds }: Docket): boolean => rounds.some(({ roundId, status }) => roundId === round.roundId && status === 'settled');
  await client.until<Docket>(cast.administrator, `${review(round)}/calls/${round.callId}/docket`, settled, 'the round to be settled');
};
