import { randomFrom } from '../random.js';

/** What is killed. `consumer` is one of two that share the partitions; database and broker are servers that we did not write. */
export const targets = ['writer', 'relay', 'consumer', 'projector', 'broker', 'database'] as const;
export type Target = (typeof targets)[number];

export type Kill = {
  /** Once so many additions have been applied by the consumers: everything before them is under load then. */
  readonly after: number;
  readonly target: Target;
  /** Which of several, where there are several. */
  readonly which: number;
  /** How long it stays dead. */
  readonly downMs: number;
};

const downMsMax = 800;

/** Every fourth kilo-event, but each target twice at least, and no more than a machine can start again. */
export const killsByDefault = (events: number): number => Math.max(2 * targets.length, Math.min(60, Math.floor(events / 4_000)));

/** How far the writer may be ahead of the consumers: so that everything is under load until the last kill. */
export const aheadOf = (events: number): number => Math.min(5_000, Math.floor(events / 4));

/**
 * When what is killed: follows from the seed alone. Each target is killed equally often, once in each of as many stretches of the run,
 * so that none is spared. The last moment lies where the writer cannot have finished yet.
 */
export const scheduleOf = ({ seed, events, kills }: { readonly seed: number; readonly events: number; readonly kills: number }): readonly Kill[] => {
  const random = randomFrom(seed);
  const times = Math.ceil(kills / targets.length);
  const [first, last] = [Math.floor(events * 0.02), Math.min(Math.floor(events * 0.95), events - aheadOf(events))];
  const stretch = (last - first) / times;
  return Array.from({ length: times }, (_, time) => targets.map((target): Kill => {
    const after = Math.floor(first + (time + random()) * stretch);
    return { after, target, which: Math.floor(random() * 2), downMs: Math.floor(random() * downMsMax) };
  }))
    .flat()
    .sort((a, b) => a.after - b.after);
};
