import type { Bilingual, Stage } from '../stage.js';
import type { Cast } from './cast.js';
import type { Team } from './money.js';

type Seat = { readonly programmeId: string; readonly callId: string; readonly team: Team; readonly replaces: Team; readonly authority: Bilingual };

const ask = ({ client }: Stage, cast: Cast, { programmeId, callId, team, replaces, authority }: Seat) =>
  client.post(cast.administrator, `/review/programmes/${programmeId}/calls/${callId}/seats`, {
    applicationId: team.applicationId,
    authority: authority.en,
    reason: 'A seat was lost in a stage evaluation (invented).',
    replaces: replaces.applicationId,
    decidedBy: cast.committee.map(({ subject }) => subject),
  });

/** The next team of the reserve takes a seat that was lost, on an authority that is recorded with it. */
export const addSeat = async (stage: Stage, cast: Cast, seat: Seat): Promise<void> => {
  const { team, replaces, authority } = seat;
  await stage.tell(
    {
      ko: `${authority.ko}에 따라 ${replaces.nameKo}의 빈자리에 예비 팀 ${team.nameKo} 선정`,
      en: `by ${authority.en}, the reserve team ${team.name} takes the seat of ${replaces.name}`,
    },
    () => ask(stage, cast, seat),
  );
};

/** The same, where the rules forbid it. */
export const refuseSeat = async (
  stage: Stage,
  cast: Cast,
  { code, text, ...seat }: Seat & { readonly code: string; readonly text: Bilingual },
): Promise<void> => {
  await stage.refuses(code, text, () => ask(stage, cast, seat));
};
