import { json, view, viewTable, type RowOf } from '@program-ledger/read-models';
import { pool } from '../domain/pool/pool.decider.js';
import type { Obstacle, PoolEvent } from '../domain/pool/pool.events.js';
import type { Plan } from '../domain/pool/pool.state.js';

type Change = { readonly from: string; readonly capacity: number; readonly reason: string; readonly by: string; readonly at: string };
type Refusal = {
  readonly from: string;
  readonly capacity: number;
  readonly on: string;
  readonly promised: number;
  readonly reason: string;
  readonly at: string;
};
type Waiting = { readonly team: string; readonly key: string; readonly gpusMax: number; readonly obstacle: Obstacle; readonly since: string };

const table = viewTable({
  name: 'pools',
  columns: {
    programmeId: 'uuid',
    /** Of the latest rulebook; null before the first. */
    plan: json<Plan | null>(),
    /** What the pool has from which day on, by day. */
    capacities: json<readonly Change[]>(),
    /** Capacities of rulebooks that would have taken promised GPUs away. */
    refused: json<readonly Refusal[]>(),
    /** Asks that nothing could be reserved for yet, the next one first. */
    waiting: json<readonly Waiting[]>(),
    outNow: 'integer',
    maxOutAtAnyInstant: 'integer',
    maxOutAt: 'instant?',
  },
});
export type PoolRow = RowOf<typeof table>;

const begun = (row: PoolRow | undefined, { programmeId }: PoolEvent): PoolRow =>
  row ?? { programmeId, plan: null, capacities: [], refused: [], waiting: [], outNow: 0, maxOutAtAnyInstant: 0, maxOutAt: null };

type Asker = { readonly team: string; readonly key: string };
const without = (waiting: readonly Waiting[], { team, key }: Asker): readonly Waiting[] => waiting.filter((each) => each.team !== team || each.key !== key);

/** An ask that waits for something else than before keeps its place. */
const waitlisted = (waiting: readonly Waiting[], ask: Waiting): readonly Waiting[] => {
  const known = waiting.some(({ team, key }) => team === ask.team && key === ask.key);
  return known ? waiting.map((each) => (each.team === ask.team && each.key === ask.key ? { ...each, obstacle: ask.obstacle } : each)) : [...waiting, ask];
};

/** The pool of each programme: its plan, its capacity over time, what is out, the most that ever was, and who waits. */
export const pools = view({
  name: 'pools',
  table,
  aggregates: [pool],
  on: {
    'plan-received': (row, { event }) => {
      const before = begun(row, event);
      const { digest, version, model, timeZone, phases } = event;
      return version > (before.plan?.version ?? 0) ? { ...before, plan: { digest, version, model, timeZone, phases } } : before;
    },
    'pool-stocked': (row, { event }) => {
      const before = begun(row, event);
      const { from, capacity, reason, by, at } = event;
      const capacities = [...before.capacities.filter((change) => change.from !== from), { from, capacity, reason, by, at }];
      return { ...before, capacities: capacities.sort((left, right) => (left.from < right.from ? -1 : 1)) };
    },
    'stock-refused': (row, { event }) => {
      const before = begun(row, event);
      const { from, capacity, on, promised, reason, at } = event;
      return { ...before, refused: [...before.refused, { from, capacity, on, promised, reason, at }] };
    },
    'ask-waitlisted': (row, { event }) => {
      const before = begun(row, event);
      const { team, key, gpusMax } = event.ask;
      return { ...before, waiting: waitlisted(before.waiting, { team, key, gpusMax, obstacle: event.obstacle, since: event.at }) };
    },
    'ask-dropped': (row, { event }) => row && { ...row, waiting: without(row.waiting, event) },
    'gpus-reserved': (row, { event }) => row && { ...row, waiting: without(row.waiting, event) },
    'gpus-handed-over': (row, { event: { gpus, at } }) => {
      if (row === undefined) return undefined;
      const outNow = row.outNow + gpus;
      return outNow > row.maxOutAtAnyInstant ? { ...row, outNow, maxOutAtAnyInstant: outNow, maxOutAt: at } : { ...row, outNow };
    },
    'gpus-taken-back': (row, { event: { gpus } }) => row && { ...row, outNow: row.outNow - gpus },
  },
});
