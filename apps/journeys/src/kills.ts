import { randomFrom } from './random.js';
import type { Instance, Work } from './service-processes.js';

/** An instance, by its name, that is ended as kill -9 would when a story has come so far. */
export type PlannedKill = { readonly instance: string; readonly moment: number };

/** Moments of a story among which each kill lies: all stories have more. */
const killsWithin = { from: 5, to: 60 } as const;

/** One kill of each instance, at moments that follow from the seed. */
export const killsOf = (seed: number, instances: readonly string[]): readonly PlannedKill[] => {
  const random = randomFrom(seed);
  return instances.map((instance) => ({ instance, moment: killsWithin.from + Math.floor(random() * (killsWithin.to - killsWithin.from)) }));
};

/** Of each of so many pairs, the one that the seed chooses. */
export const oneOfEachPair = (seed: number, services: readonly string[]): readonly string[] => {
  const random = randomFrom(seed);
  return services.map((service) => (random() < 0.5 ? service : `${service} 2`));
};

type Standing = Pick<Instance, 'service' | 'name' | 'work' | 'restarts' | 'kill'>;
type Apart = {
  readonly instances: readonly Standing[];
  /** Whether the instances of a service share out what a group hears: else one of them hears all. */
  readonly sharesGroups: boolean;
};

export type Killing = {
  /** Kills whoever is due at this moment of the story. */
  readonly during: (platform: Apart, moment: number) => void;
  /** When the story is over: what each instance did, and what did not go as planned. */
  readonly judged: (platform: Apart) => Promise<{ readonly work: ReadonlyMap<string, Work>; readonly faults: readonly string[] }>;
};

/** Carries a plan out, and says afterwards whether it was: each kill hit a process that lived, which came back; each of several instances of a service had work. */
export const killing = (plan: readonly PlannedKill[]): Killing => {
  const before = new Map<string, Work>();
  const missed: string[] = [];
  const carriedOut: Promise<void>[] = [];
  const carryOut = async (instance: Standing): Promise<void> => {
    // Its metrics go with it.
    const work = await instance.work().catch(() => nothing);
    before.set(instance.name, sum(before.get(instance.name), work));
    if (!instance.kill()) missed.push(`${instance.name} was to be killed and was not running`);
  };
  return {
    during: ({ instances }, moment) => {
      for (const kill of plan) if (kill.moment === moment) carriedOut.push(...instances.filter(({ name }) => name === kill.instance).map(carryOut));
    },
    judged: async ({ instances, sharesGroups }) => {
      await Promise.all(carriedOut);
      const work = new Map<string, Work>();
      for (const { name, work: since } of instances) work.set(name, sum(before.get(name), await since()));
      return { work, faults: [...missed, ...notKilled(plan, instances), ...notWorking({ instances, sharesGroups }, work)] };
    },
  };
};

const nothing: Work = { requests: 0, messages: 0 };
const sum = (a: Work = nothing, b: Work = nothing): Work => ({ requests: a.requests + b.requests, messages: a.messages + b.messages });

const notKilled = (plan: readonly PlannedKill[], instances: readonly Standing[]): readonly string[] => {
  const unknown = plan.filter(({ instance }) => instances.every(({ name }) => name !== instance)).map(({ instance }) => `${instance} was to be killed and is not there`);
  const wrong = instances.flatMap(({ name, restarts }) => {
    const planned = plan.filter(({ instance }) => instance === name).length;
    return restarts() === planned ? [] : [`${name} was to be killed and started again ${planned} times, and was ${restarts()} times`];
  });
  return [...unknown, ...wrong];
};

/** Two instances are two when both answer people and both hear messages; where one of them hears all of a group, it may be either. */
const notWorking = ({ instances, sharesGroups }: Apart, work: ReadonlyMap<string, Work>): readonly string[] =>
  instances.flatMap(({ service, name }) => {
    const { requests, messages } = work.get(name) ?? nothing;
    const together = instances.filter((each) => each.service === service);
    const heard = sharesGroups ? messages : together.reduce((all, each) => all + (work.get(each.name) ?? nothing).messages, 0);
    return together.length === 1 || (requests > 0 && heard > 0) ? [] : [`${name} is one of several and served ${requests} requests and ${messages} messages`];
  });
