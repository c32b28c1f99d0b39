import { withChange, type CapacityChange, type Occupied } from './occupancy.js';
import type { Ask, Obstacle, Phase, PoolEvent } from './pool.events.js';

export type Reservation = Occupied & {
  readonly grantId: string;
  readonly team: string;
  /** Promised, before and after the agreement was signed; out; or no longer the team's. */
  readonly status: 'reserved' | 'allowed' | 'out' | 'returned' | 'reclaimed' | 'cancelled';
  readonly handedOverAt: string | null;
};

/** What a rulebook says of GPUs. */
export type Plan = { readonly digest: string; readonly version: number; readonly model: string; readonly timeZone: string; readonly phases: readonly Phase[] };

export type Pool = {
  readonly plans: readonly Plan[];
  readonly capacity: readonly CapacityChange[];
  readonly reservations: readonly Reservation[];
  readonly asked: readonly { readonly team: string; readonly key: string }[];
  readonly waiting: readonly { readonly ask: Ask; readonly obstacle: Obstacle }[];
};

export const emptyPool: Pool = { plans: [], capacity: [], reservations: [], asked: [], waiting: [] };

export const isOpen = ({ status }: Reservation): boolean => status === 'reserved' || status === 'allowed' || status === 'out';

/** GPUs that teams have in their hands, overdue ones among them. */
export const outNow = (pool: Pool): number => pool.reservations.reduce((sum, { status, gpus }) => (status === 'out' ? sum + gpus : sum), 0);

export const reservationOf = (pool: Pool, grantId: string): Reservation | undefined => pool.reservations.find((reservation) => reservation.grantId === grantId);

export const planInForce = (pool: Pool): Plan | undefined =>
  pool.plans.reduce<Plan | undefined>((latest, plan) => (latest === undefined || plan.version > latest.version ? plan : latest), undefined);

export const evolve = (pool: Pool, event: PoolEvent): Pool => {
  if ('grantId' in event && !('key' in event)) return changed(pool, event.grantId, changeBy(event));
  switch (event.type) {
    case 'plan-received': {
      const { digest, version, model, timeZone, phases } = event;
      return { ...pool, plans: [...pool.plans, { digest, version, model, timeZone, phases }] };
    }
    case 'pool-stocked':
      return { ...pool, capacity: withChange(pool.capacity, { from: event.from, capacity: event.capacity }) };
    case 'stock-refused':
      return pool;
    case 'ask-waitlisted':
      return waitlisted(pool, event.ask, event.obstacle);
    case 'ask-dropped':
      return answered(pool, event);
    case 'gpus-reserved': {
      const { grantId, team, gpus, from, to } = event;
      return { ...answered(pool, event), reservations: [...pool.reservations, { grantId, team, gpus, from, to, status: 'reserved', handedOverAt: null }] };
    }
  }
};

type Move = Extract<PoolEvent, { type: 'delivery-allowed' | 'gpus-handed-over' | 'gpus-taken-back' | 'reservation-cancelled' }>;

const changeBy = (event: Move): Pick<Reservation, 'status'> & Partial<Pick<Reservation, 'handedOverAt'>> => {
  switch (event.type) {
    case 'delivery-allowed':
      return { status: 'allowed' };
    case 'gpus-handed-over':
      return { status: 'out', handedOverAt: event.at };
    case 'gpus-taken-back':
      return { status: event.how };
    case 'reservation-cancelled':
      return { status: 'cancelled' };
  }
};

type Asker = { readonly team: string; readonly key: string };
const isAsk = (left: Asker, right: Asker): boolean => left.team === right.team && left.key === right.key;

/** An ask whose obstacle has changed keeps its place. */
const waitlisted = (pool: Pool, ask: Ask, obstacle: Obstacle): Pool => {
  const known = pool.waiting.some((each) => isAsk(each.ask, ask));
  const waiting = known ? pool.waiting.map((each) => (isAsk(each.ask, ask) ? { ask, obstacle } : each)) : [...pool.waiting, { ask, obstacle }];
  return { ...pool, waiting, asked: noted(pool, ask) };
};

const answered = (pool: Pool, asker: Asker): Pool => ({ ...pool, waiting: pool.waiting.filter(({ ask }) => !isAsk(ask, asker)), asked: noted(pool, asker) });

const noted = (pool: Pool, { team, key }: Asker): Pool['asked'] =>
  pool.asked.some((each) => isAsk(each, { team, key })) ? pool.asked : [...pool.asked, { team, key }];

const changed = (pool: Pool, grantId: string, change: Partial<Reservation>): Pool => ({
  ...pool,
  reservations: pool.reservations.map((reservation) => (reservation.grantId === grantId ? { ...reservation, ...change } : reservation)),
});
