import type { Stage } from '../stage.js';
import type { Cast } from './cast.js';

export type Grant = {
  readonly id: string;
  readonly team: string;
  readonly phase: string;
  readonly status: string;
  readonly gpus: number;
  readonly from: string;
  readonly to: string;
  readonly regrantedFrom: string | null;
};
type Grants = { readonly items: readonly Grant[] };

const grantsPath = (programmeId: string): string => `/gpu-grants/programmes/${programmeId}/grants`;

/** Waits for the grants of a phase to come to a status: the services bring them there by themselves. */
export const grantsOf = async ({ client }: Stage, cast: Cast, wanted: { readonly programmeId: string; readonly phase: string; readonly status: string; readonly teams: readonly string[] }): Promise<readonly Grant[]> => {
  const matching = ({ items }: Grants) => items.filter(({ team, phase, status }) => phase === wanted.phase && status === wanted.status && wanted.teams.includes(team));
  const page = await client.until<Grants>(cast.gpuOperator, `${grantsPath(wanted.programmeId)}?limit=200`, (body) => matching(body).length === wanted.teams.length, `grants of ${wanted.phase} to be ${wanted.status}`);
  return matching(page);
};

type Handing = { readonly programmeId: string; readonly phase: string; readonly teams: readonly string[] };

/** The operator hands the GPUs of a phase over, once the signature has permitted it. */
export const deliver = async (stage: Stage, cast: Cast, handing: Handing): Promise<void> => {
  for (const { id, gpus } of await grantsOf(stage, cast, { ...handing, status: 'permitted' })) {
    await stage.tell({ ko: `GPU ${gpus}장 인도 (${handing.phase})`, en: `${gpus} GPUs handed over (${handing.phase})` }, () =>
      stage.client.post(cast.gpuOperator, `${grantsPath(handing.programmeId)}/${id}/delivery`, { note: 'Handed over and accepted (invented).' }),
    );
  }
};

/** At the end of a phase they come back. */
export const takeBack = async (stage: Stage, cast: Cast, handing: Handing): Promise<void> => {
  for (const { id, gpus } of await grantsOf(stage, cast, { ...handing, status: 'delivered' })) {
    await stage.tell({ ko: `GPU ${gpus}장 반납 (${handing.phase})`, en: `${gpus} GPUs returned (${handing.phase})` }, () =>
      stage.client.post(cast.gpuOperator, `${grantsPath(handing.programmeId)}/${id}/return`, { note: 'All servers are back (invented).' }),
    );
  }
};
