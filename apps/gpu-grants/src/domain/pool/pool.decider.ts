import { dayOf } from '@program-ledger/rulebook';
import { reject, type Aggregate, type Rejection } from '@program-ledger/event-sourcing';
import { gpuGrantsLimits, type EventReference } from '../vocabulary.js';
import { answerTo } from './allotment.js';
import { capacityOn, firstOverload, withChange, type CapacityChange, type Overload } from './occupancy.js';
import { poolEvents, type Ask, type PoolEvent } from './pool.events.js';
import { emptyPool, evolve, isOpen, outNow, planInForce, reservationOf, type Plan, type Pool } from './pool.state.js';

type Told = { readonly programmeId: string; readonly at: string };
type Acted = Told & { readonly grantId: string; readonly note: string; readonly by: string };

export type PoolCommand =
  /** From an enacted rulebook, with the capacity that it starts with. */
  | (Told & { readonly type: 'receive-plan'; readonly plan: Plan; readonly stock: CapacityChange })
  | (Told & { readonly type: 'stock-pool'; readonly stock: CapacityChange; readonly reason: string; readonly by: string })
  /** From a team's process: answered by a reservation, now or as soon as there is room. */
  | (Told & { readonly type: 'ask-for-gpus'; readonly ask: Ask })
  | (Told & { readonly type: 'allow-delivery'; readonly grantId: string; readonly agreement: EventReference })
  | (Acted & { readonly type: 'confirm-delivery' })
  | (Acted & { readonly type: 'confirm-return' })
  /** Everything that a team has or is promised goes back. */
  | (Told & { readonly type: 'reclaim-from-team'; readonly team: string; readonly reason: string });

export type PoolRejection =
  | 'promised-beyond'
  | 'day-passed'
  | 'unknown-reservation'
  | 'agreement-not-signed'
  | 'not-reserved'
  | 'term-not-begun'
  | 'term-over'
  | 'pool-exhausted'
  | 'not-out'
  | 'limit-reached';

type Outcome = readonly PoolEvent[] | Rejection<PoolRejection>;

const decide = (command: PoolCommand, pool: Pool): Outcome => {
  switch (command.type) {
    case 'receive-plan':
      return freeing(receivePlan(command, pool), command, pool);
    case 'stock-pool':
      return freeing(stock(command, pool), command, pool);
    case 'ask-for-gpus':
      return askForGpus(command, pool);
    case 'allow-delivery':
      return allowDelivery(command, pool);
    case 'confirm-delivery':
      return confirmDelivery(command, pool);
    case 'confirm-return':
      return freeing(confirmReturn(command, pool), command, pool);
    case 'reclaim-from-team':
      return freeing(reclaim(command, pool), command, pool);
  }
};

/** The only writer of who has which GPUs when: at no instant more are out than in, on no day more promised than there are. */
export const pool: Aggregate<Pool, PoolCommand, PoolEvent, PoolRejection> = { category: 'pool', events: poolEvents, initial: emptyPool, evolve, decide };

/** After what may have made room, the waiting asks are answered in the order in which they came. */
const freeing = (outcome: Outcome, { programmeId, at }: Told, before: Pool): Outcome => {
  if ('rejected' in outcome) return outcome;
  const events = [...outcome];
  let after = events.reduce(evolve, before);
  for (const { ask, obstacle } of after.waiting) {
    const answer = answerTo(ask, after, { programmeId, at });
    if (answer.type === 'ask-waitlisted' && answer.obstacle.why === obstacle.why) continue;
    events.push(answer);
    after = evolve(after, answer);
  }
  return events;
};

const receivePlan = ({ programmeId, plan, stock: change, at }: Extract<PoolCommand, { type: 'receive-plan' }>, before: Pool): readonly PoolEvent[] => {
  if (before.plans.some(({ digest }) => digest === plan.digest)) return [];
  const received = { ...plan, type: 'plan-received', programmeId, at } as const;
  if (capacityOn(before.capacity, change.from) === change.capacity) return [received];
  const overload = overloadBy(change, before, at);
  const reason = `rulebook ${plan.digest}`;
  if (overload === undefined) return [received, { ...change, type: 'pool-stocked', programmeId, reason, by: 'service:gpu-grants', at }];
  const { on, promised } = overload;
  return [received, { ...change, type: 'stock-refused', programmeId, on, promised, reason, at }];
};

const stock = ({ programmeId, stock: change, reason, by, at }: Extract<PoolCommand, { type: 'stock-pool' }>, before: Pool): Outcome => {
  if (before.capacity.some(({ from, capacity }) => from === change.from && capacity === change.capacity)) return [];
  if (change.from < today(before, at)) return reject('day-passed', { day: change.from });
  if (before.capacity.length >= gpuGrantsLimits.capacityChangesMax) return reject('limit-reached', { limit: 'capacityChangesMax' });
  const overload = overloadBy(change, before, at);
  if (overload !== undefined) return reject('promised-beyond', { ...overload });
  return [{ ...change, type: 'pool-stocked', programmeId, reason, by, at }];
};

/** What a change would take away although it is promised for a day to come, or is out now, on time or overdue. */
const overloadBy = (change: CapacityChange, before: Pool, at: string): Overload | undefined => {
  const changes = withChange(before.capacity, change);
  const [on, out] = [today(before, at), outNow(before)];
  const left = capacityOn(changes, on);
  return firstOverload(changes, before.reservations.filter(isOpen)) ?? (out > left ? { on, promised: out, capacity: left } : undefined);
};

const askForGpus = ({ ask, ...told }: Extract<PoolCommand, { type: 'ask-for-gpus' }>, before: Pool): Outcome => {
  if (before.asked.some(({ team, key }) => team === ask.team && key === ask.key)) return [];
  if (before.reservations.length >= gpuGrantsLimits.reservationsMax) return reject('limit-reached', { limit: 'reservationsMax' });
  if (before.waiting.length >= gpuGrantsLimits.waitingAsksMax) return reject('limit-reached', { limit: 'waitingAsksMax' });
  return [answerTo(ask, before, told)];
};

const allowDelivery = ({ programmeId, grantId, agreement, at }: Extract<PoolCommand, { type: 'allow-delivery' }>, before: Pool): Outcome => {
  const reservation = reservationOf(before, grantId);
  if (reservation === undefined) return reject('unknown-reservation');
  // Cancelled meanwhile: what would have been allowed is gone.
  if (reservation.status !== 'reserved') return [];
  return [{ type: 'delivery-allowed', programmeId, grantId, team: reservation.team, agreement, at }];
};

const confirmDelivery = ({ programmeId, grantId, note, by, at }: Extract<PoolCommand, { type: 'confirm-delivery' }>, before: Pool): Outcome => {
  const reservation = reservationOf(before, grantId);
  if (reservation === undefined) return reject('unknown-reservation');
  const { team, gpus, from, to, status } = reservation;
  if (status === 'out') return [];
  if (status === 'reserved') return reject('agreement-not-signed');
  if (status !== 'allowed') return reject('not-reserved', { status });
  const day = today(before, at);
  if (day < from) return reject('term-not-begun', { from });
  if (day > to) return reject('term-over', { to });
  const free = capacityOn(before.capacity, day) - outNow(before);
  if (gpus > free) return reject('pool-exhausted', { gpus, free });
  return [{ type: 'gpus-handed-over', programmeId, grantId, team, gpus, note, by, at }];
};

const confirmReturn = ({ programmeId, grantId, note, by, at }: Extract<PoolCommand, { type: 'confirm-return' }>, before: Pool): Outcome => {
  const reservation = reservationOf(before, grantId);
  if (reservation === undefined) return reject('unknown-reservation');
  const { team, gpus, status, handedOverAt } = reservation;
  if (status === 'returned') return [];
  if (status !== 'out' || handedOverAt === null) return reject('not-out', { status });
  return [{ type: 'gpus-taken-back', programmeId, grantId, team, gpus, how: 'returned', handedOverAt, reason: note, by, at }];
};

const reclaim = ({ programmeId, team, reason, at }: Extract<PoolCommand, { type: 'reclaim-from-team' }>, before: Pool): readonly PoolEvent[] => [
  ...before.waiting.filter(({ ask }) => ask.team === team).map(({ ask }) => ({ type: 'ask-dropped', programmeId, team, key: ask.key, reason, at }) as const),
  ...before.reservations
    .filter((reservation) => reservation.team === team && isOpen(reservation))
    .map(({ grantId, gpus, handedOverAt }) =>
      handedOverAt === null
        ? ({ type: 'reservation-cancelled', programmeId, grantId, team, gpus, reason, at } as const)
        : ({ type: 'gpus-taken-back', programmeId, grantId, team, gpus, how: 'reclaimed', handedOverAt, reason, by: null, at } as const),
    ),
];

/** The day in the programme's zone; before any rulebook nothing is promised, so no zone is needed. */
const today = (before: Pool, at: string): string => dayOf(at, planInForce(before)?.timeZone ?? 'UTC');
