import type { Bilingual, Stage } from '../stage.js';
import type { Cast } from './cast.js';
import type { Team } from './money.js';
import { roundPath, untilSettled, type PlayedRound } from './rounds.js';

type Objection = { readonly id: string; readonly applicationId: string; readonly status: string };
type Page = { readonly items: readonly Objection[] };

/** A team says what it holds against the decision; the id of the objection comes back. */
export const objectTo = async (
  stage: Stage,
  cast: Cast,
  { round, team, grounds }: { readonly round: PlayedRound; readonly team: Team; readonly grounds: Bilingual },
): Promise<string> => {
  const { client, tell } = stage;
  await tell({ ko: `${team.nameKo}: 이의신청. ${grounds.ko}`, en: `${team.name} objects: ${grounds.en}` }, () =>
    client.post(team.lead, `${roundPath(round)}/objections`, { applicationId: team.applicationId, grounds: grounds.en }),
  );
  const filed = ({ items }: Page) => items.find(({ applicationId, status }) => applicationId === team.applicationId && status === 'filed');
  const page = await client.until<Page>(
    cast.administrator,
    `/review/programmes/${round.programmeId}/objections?limit=200`,
    (body) => filed(body) !== undefined,
    `the objection of ${team.name}`,
  );
  return filed(page)!.id;
};

type Answering = { readonly programmeId: string; readonly objectionId: string; readonly reason: Bilingual };
const answerPath = ({ programmeId, objectionId }: Answering): string => `/review/programmes/${programmeId}/objections/${objectionId}/answer`;

export const dismiss = async ({ client, tell }: Stage, cast: Cast, answering: Answering): Promise<void> => {
  const { reason } = answering;
  await tell({ ko: `이의신청 기각: ${reason.ko}`, en: `the objection is dismissed: ${reason.en}` }, () =>
    client.post(cast.administrator, answerPath(answering), { outcome: 'dismissed', reason: reason.en }),
  );
};

/** Upheld with the effect that the committee decides again; answers once the decision is open for that. */
export const uphold = async ({ client, tell }: Stage, cast: Cast, { round, ...answering }: Answering & { readonly round: PlayedRound }): Promise<void> => {
  const { reason } = answering;
  const effect = { kind: 're-deliberation', text: 'The committee decides again, by the ranking.' };
  await tell({ ko: `이의신청 인용, 재심의 결정: ${reason.ko}`, en: `the objection is upheld, the committee has to decide again: ${reason.en}` }, () =>
    client.post(cast.administrator, answerPath(answering), { outcome: 'upheld', reason: reason.en, effect }),
  );
  await client.until<{ readonly status: string }>(
    cast.administrator,
    `${roundPath(round)}/decision`,
    ({ status }) => status === 'deliberating',
    'the deliberation to be reopened',
  );
};

/** Who neither waives nor objects lets the time pass; the clock closes the window, and the round is settled. */
export const letWindowLapse = async (
  stage: Stage,
  cast: Cast,
  { round, days, to }: { readonly round: PlayedRound; readonly days: number; readonly to: string },
): Promise<void> => {
  const { programmeId } = round;
  await stage.clock(cast.administrator, programmeId, to);
  await stage.tell(
    { ko: `${round.title.ko}: 이의신청 기간 ${days}일 경과로 확정`, en: `${round.title.en}: the ${days} days to object have lapsed, the result is final` },
    () => untilSettled(stage, cast, round),
  );
};
