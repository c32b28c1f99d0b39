import type { LogContent } from './compare.js';
import { concluded, differences, outcomeOf, print, type Outcome } from './outcome.js';
import { runPlatform, type Faults, type PlatformProcess } from './platform-process.js';
import { randomFrom } from './random.js';
import type { Story } from './story.js';
import { stories } from './stories/index-of-stories.js';
import { walkAsOthers } from './walk.js';

/** Where the platform ends itself as kill -9 would: once at each point between append, publish, effect and position store. */
const crashPoints = ['between-append-and-publish', 'between-publish-and-position', 'between-delivery-and-effect', 'between-effect-and-offset'] as const;

/** Passes after which a crash strikes: early enough to be reached by every start, late enough to be in the middle of work. */
const passes = { from: 5, to: 60 } as const;

const killed = (seed: number): readonly Faults[] => {
  const random = randomFrom(seed);
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
    const undisturbed = await outcomeOf(story, { how: 'undisturbed', start: () => runPlatform([{}]), after: walked });
    failures.push(...undisturbed.faults.map((fault) => `${name}: ${fault}`));
    for (const [how, faults] of Object.entries(disturbances(seed))) failures.push(...(await disturbed(story, { how, faults, undisturbed })));
  }
  return concluded(failures);
};

const disturbed = async (story: Story, { how, faults, undisturbed }: { readonly how: string; readonly faults: readonly Faults[]; readonly undisturbed: Outcome }): Promise<readonly string[]> => {
  const outcome = await once(story, how, faults);
  const kills = faults.filter(({ crash }) => crash !== undefined).length;
  const missed = outcome.restarts < kills ? [`${kills} kills were planned, ${outcome.restarts} happened`] : [];
  return [...missed, ...differences(undisturbed, outcome)].map((failure) => `${story.name}, ${how}: ${failure}`);
};

const walked = async ({ addresses }: PlatformProcess, log: LogContent): Promise<readonly string[]> => {
  const { asked, faults } = await walkAsOthers(addresses, log);
  print(`  ${asked} requests of strangers; ${faults.length} were not refused as they must`);
  return faults;
};

const once = (story: Story, how: string, faults: readonly Faults[]): Promise<Outcome> => outcomeOf(story, { how, start: () => runPlatform(faults) });
