import type { Stage } from '../stage.js';
import type { Cast } from './cast.js';

/** The programme is closed once it waits for nobody. */
export const closeProgramme = async ({ client, tell }: Stage, cast: Cast, programmeId: string): Promise<void> => {
  const path = `/applications/programmes/${programmeId}`;
  await client.until<{ readonly waits: readonly unknown[] }>(
    cast.administrator,
    `${path}/process`,
    ({ waits }) => waits.length === 0,
    'the programme to wait for nobody',
  );
  await tell({ ko: '사업 종료', en: 'the programme is closed' }, () => client.post(cast.administrator, `${path}/closing`, {}));
  await client.until<{ readonly status: string }>(cast.administrator, path, ({ status }) => status === 'closed', 'the programme to be closed');
};
