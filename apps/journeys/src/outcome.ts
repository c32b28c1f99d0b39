import { Client } from './client.js';
import { compareLogs, compareReports, readLog, type LogContent } from './compare.js';
import type { PlatformProcess } from './platform-process.js';
import { playAndCheck } from './play.js';
import type { Report } from './report.js';
import { stageFor } from './stage.js';
import type { Story } from './story.js';

/** What a story ended in, and what was in its way. */
export type Outcome = { readonly report: Report; readonly log: LogContent; readonly faults: readonly string[]; readonly restarts: number };

export const print = (line: string): void => void process.stdout.write(`${line}\n`);
const quiet = (): void => undefined;

export type Playing<P extends PlatformProcess> = {
  readonly how: string;
  readonly start: () => Promise<P>;
  /** Done on the platform after the story, before it goes; answers faults. */
  readonly after?: (platform: P, log: LogContent) => Promise<readonly string[]>;
  /** Told of each thing that is told, counted from 1: where to be in the way. */
  readonly during?: (platform: P, moment: number) => void;
};

/** Plays a story on a platform of its own, which is gone afterwards. */
export const outcomeOf = async <P extends PlatformProcess>(story: Story, { how, start, during, after }: Playing<P>): Promise<Outcome> => {
  const began = performance.now();
  print(`\n${story.name}, ${how}`);
  const platform = await start();
  try {
    const client = new Client(platform.addresses, 'journey');
    let moments = 0;
    const told = (line: string): void => {
      if (line.startsWith('\n')) print(`  ${line.trim()}`);
      else during?.(platform, (moments += 1));
    };
    const { report, faults: found, replayed } = await playAndCheck(story, stageFor(client, 'journey', 'en', told), quiet);
    // What comes late, a repeat of what was done among it, must not come after the log was read.
    await platform.atRest();
    const log = await readLog(client, story.auditor);
    print(`  ${((performance.now() - began) / 1000).toFixed(1)} s; ${report.log.events} events; ${replayed.asked} answers asked again; ${platform.restarts()} restarts; ${found.length} faults`);
    const later = (await after?.(platform, log)) ?? [];
    return { report, log, faults: [...found, ...later], restarts: platform.restarts() };
  } finally {
    await platform.stop();
  }
};

/** How an outcome is not as it must: its own faults, and where it differs from the one that it must equal. */
export const differences = (expected: Outcome, actual: Outcome): readonly string[] => [
  ...actual.faults,
  ...compareReports(expected.report, actual.report).map((difference) => `report ${difference}`),
  ...compareLogs(expected.log, actual.log),
];

/** Prints what was not as it should be; answers the exit code. */
export const concluded = (failures: readonly string[]): number => {
  for (const failure of failures) print(`NOT AS IT SHOULD BE: ${failure}`);
  print(failures.length === 0 ? '\nall journeys ended as they must' : `\n${failures.length} things were not as they must`);
  return failures.length === 0 ? 0 : 1;
};
