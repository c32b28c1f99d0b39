// The platform of the bench: one directory, so that what one measure leaves is the existing data of the next.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { untilAtRest } from '../apps/journeys/dist/child-process.js';

/** Where its data lies; whatever lies elsewhere, because the database's account could not reach it, is removed at the end as well. */
export const platformDirectory = (setting) => {
  const directory = join(setting.directory, 'platform');
  if (!setting.platformKnown) {
    setting.platformKnown = true;
    setting.onEnd(() => {
      const elsewhere = join(directory, 'postgres', 'database-location');
      if (existsSync(elsewhere)) rmSync(readFileSync(elsewhere, 'utf8').trim(), { recursive: true, force: true });
    });
  }
  return directory;
};

export const openPlatform = async (setting) => {
  const side = await setting.contender('contenders/platform', { directory: platformDirectory(setting) });
  return { ...side, ...(await side.ask('addresses')) };
};

/** Waits until views, relays and reactions are through with everything, so that none of it falls into another side's time. */
export const settled = (api) => untilAtRest([api]);
