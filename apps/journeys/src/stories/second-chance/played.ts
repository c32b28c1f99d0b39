import { castOf } from '../../enact/cast.js';
import { claimAndPay, type Agreement, type Team } from '../../enact/money.js';
import type { Setting } from '../../enact/setting.js';
import { sizes } from '../../people.js';
import type { Stage } from '../../stage.js';
import { storyFiles } from '../../story-files.js';

export const name = 'second-chance';
export const { data, rulebookText } = storyFiles(name);
export const cast = castOf(name, sizes[name]);

/** A team that has signed. */
export type Signed = { readonly team: Team; readonly agreement: Agreement };

export const idsOf = (teams: readonly Signed[]): readonly string[] => teams.map(({ team }) => team.applicationId);

export const clock = (stage: Stage, { programmeId }: Setting, to: string): Promise<void> => stage.clock(cast.administrator, programmeId, to);

export const payAll = async (stage: Stage, { programmeId }: Setting, teams: readonly Signed[], instalmentId: string): Promise<void> => {
  for (const { team, agreement } of teams) await claimAndPay(stage, cast, { programmeId, agreement, team, instalmentId });
};
