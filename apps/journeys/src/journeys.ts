import { Client } from './client.js';
import { compareLogs, compareReports, readLog, type LogContent } from './compare.js';
import { playAndCheck } from './play.js';
import { runPlatform, type Faults } from './platform-process.js';
import type { Report } from './report.js';
import { stageFor } from './stage.js';
import type { Story } from './story.js';
import { stories } from './stories/index-of-stories.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const quiet = (): void => undefined;

type Outcome = { readonly report: Report; readonly log: LogContent; readonly faults: readonly string[]; readonly restarts: number };

/** A repeatable sequence of numbers from 0 to 1 (mulberry32, public domain). */
const sequenceOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Where the platform ends itself as kill -9 would: once at each point between append, publish, effect and position store. */
const crashPoints = ['between-append-and-publish', 'between-publish-and-position', 'between-delivery-and-effect', 'between-effect-and-offset'] as const;

/** Passes after which a crash strikes: early enough to be reached by every start, late enough to be in the middle of work. */
const passes = { from: 5, to: 60 } as const;

const killed = (seed: number): readonly Faults[] => {
  const random = sequenceOf(seed);
  const crashes = crashPoints.map((point) => ({ seed, crash: { point, pass: passes.from + Math.floor(random() * (passes.to - passes.from)) } }));
  return [...crashes, {}];
};

const disturbances = (seed: number): Readonly<Record<string, readonly Faults[]>> => ({
  'duplicated and reordered deliveries': [{ seed, duplicateRate: 0.3, fallBackRate: 0.1, delayMsMax: 10 }],
  'killed at seeded moments': killed(seed),
});

/** Each story undisturbed, then again under each disturbance: reports and logs must come out equal. Answers the number of failures. */
export const journeys = async (names: readonly string[], seed: number): Promise<number> => {
  const failures: string[] = [];
  for (const name of names) {
    const story = stories[name]!;
    const undisturbed = await once(story, 'undisturbed', [{}]);
    failures.push(...undisturbed.faults.map((fault) => `${name}: ${fault}`));
    for (const [how, faults] of Object.entries(disturbances(seed))) failures.push(...(await disturbed(story, { how, faults, undisturbed })));
  }
  for (const failure of failures) print(`NOT AS IT SHOULD BE: ${failure}`);
  print(failures.length === 0 ? '\nall journeys ended as they must' : `\n${failures.length} things were not as they must`);
  return failures.length === 0 ? 0 : 1;
};

const disturbed = async (story: Story, { how, faults, undisturbed }: { readonly how: string; readonly faults: readonly Faults[]; readonly undisturbed: Outcome }): Promise<readonly string[]> => {
  const outcome = await once(story, how, faults);
  const kills = faults.filter(({ crash }) => crash !== undefined).length;
  return [
    ...outcome.faults,
    ...(outcome.restarts < kills ? [`${kills} kills were planned, ${outcome.restarts} happened`] : []),
    ...compareReports(undisturbed.report, outcome.report).map((difference) => `report ${difference}`),
    ...compareLogs(undisturbed.log, outcome.log),
  ].map((failure) => `${story.name}, ${how}: ${failure}`);
};

const once = async (story: Story, how: string, faults: readonly Faults[]): Promise<Outcome> => {
  const began = performance.now();
  print(`\n${story.name}, ${how}`);
  const platform = await runPlatform(faults);
  try {
    const client = new Client(platform.addresses, 'journey');
    const stage = stageFor(client, 'journey', 'en', (line) => (line.startsWith('\n') ? print(`  ${line.trim()}`) : quiet()));
    const { report, faults: found, replayed } = await playAndCheck(story, stage, quiet);
    const log = await readLog(client, story.auditor);
    print(`  ${((performance.now() - began) / 1000).toFixed(1)} s; ${report.log.events} events; ${replayed.asked} answers asked again; ${platform.restarts()} restarts; ${found.length} faults`);
    return { report, log, faults: found, restarts: platform.restarts() };
  } finally {
    await platform.stop();
  }
};
