import { dayOf } from '@program-ledger/rulebook';
import { grantIdOf } from '../identities.js';
import { capacityOn, firstOverload, promisedOn, type Occupied } from './occupancy.js';
import type { Ask, Obstacle, Phase, PoolEvent } from './pool.events.js';
import { isOpen, planInForce, reservationOf, type Plan, type Pool } from './pool.state.js';

/** What a team gets: so many GPUs of a phase, and what it would get in the phases after it. */
type Allotment = { readonly phase: Phase; readonly term: Occupied; readonly later: readonly Phase[] };

/**
 * What an ask comes to, as the pool stands. A team gets the GPUs that the rulebook plans for one team in the phase, or fewer if it
 * asked for fewer; its term is the phase, or what is left of it when a seat is added while it runs.
 */
export const answerTo = (ask: Ask, pool: Pool, { programmeId, at }: { readonly programmeId: string; readonly at: string }): PoolEvent => {
  const { team, key, authority } = ask;
  const plan = ask.rulebookDigest === null ? planInForce(pool) : pool.plans.find(({ digest }) => digest === ask.rulebookDigest);
  if (plan === undefined) return { type: 'ask-waitlisted', programmeId, ask, obstacle: { why: 'rulebook-missing' }, at };
  const allotment = allotmentOf(ask, plan, dayOf(at, plan.timeZone));
  const grantId = grantIdOf(team, allotment?.phase.id ?? '');
  if (allotment === undefined || reservationOf(pool, grantId) !== undefined)
    return { type: 'ask-dropped', programmeId, team, key, reason: 'no phase is left', at };
  const obstacle = obstacleTo(ask, allotment, pool);
  if (obstacle !== undefined) return { type: 'ask-waitlisted', programmeId, ask, obstacle, at };
  const { phase, term, later } = allotment;
  const { evaluatedBy } = phase;
  const { model, digest: rulebookDigest } = plan;
  const regrantedFrom = lastTakenFrom(pool, predecessorOf(ask));
  const whose = { grantId, team, key, phase: phase.id, ...term, evaluatedBy, model, rulebookDigest, authority, regrantedFrom };
  return {
    type: 'gpus-reserved',
    programmeId,
    ...whose,
    later: later.map(({ id, from, to, gpus }) => ({ phase: id, gpus: Math.min(gpus, ask.gpusMax), from, to })),
    at,
  };
};

const predecessorOf = ({ wanted }: Ask): string | null => (wanted.which === 'running' ? wanted.replaces : null);

const obstacleTo = (ask: Ask, { term }: Allotment, pool: Pool): Obstacle | undefined => {
  const replaces = predecessorOf(ask);
  if (replaces !== null && pool.reservations.some((each) => each.team === replaces && isOpen(each))) return { why: 'predecessor-holds', replaces };
  const short = shortfall(pool, term);
  return short === undefined ? undefined : { why: 'pool-short', ...short, wanted: term.gpus };
};

const allotmentOf = ({ wanted, gpusMax }: Ask, { phases }: Plan, today: string): Allotment | undefined => {
  const index = indexOf(wanted, phases, today);
  const phase = phases[index];
  if (phase === undefined) return undefined;
  const from = wanted.which === 'running' && today > phase.from ? today : phase.from;
  return { phase, term: { gpus: Math.min(phase.gpus, gpusMax), from, to: phase.to }, later: phases.slice(index + 1) };
};

const indexOf = (wanted: Ask['wanted'], phases: readonly Phase[], today: string): number => {
  switch (wanted.which) {
    case 'first':
      return 0;
    case 'after-round': {
      const evaluated = phases.findIndex(({ evaluatedBy }) => evaluatedBy === wanted.roundId);
      return evaluated < 0 ? phases.length : evaluated + 1;
    }
    case 'running': {
      const running = phases.findIndex(({ to }) => to >= today);
      return running < 0 ? phases.length : running;
    }
  }
};

/** The first day of the term on which not enough is free. */
const shortfall = (pool: Pool, term: Occupied): { readonly on: string; readonly free: number } | undefined => {
  const promised = pool.reservations.filter(isOpen);
  const overload = firstOverload(pool.capacity, [...promised, term]);
  return overload === undefined ? undefined : { on: overload.on, free: capacityOn(pool.capacity, overload.on) - promisedOn(promised, overload.on) };
};

/** The grant whose GPUs the former team lost last; null when it had given them all back, or never had any. */
const lastTakenFrom = (pool: Pool, team: string | null): string | null =>
  pool.reservations.filter((each) => each.team === team && (each.status === 'reclaimed' || each.status === 'cancelled')).at(-1)?.grantId ?? null;
