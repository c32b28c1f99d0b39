/** GPUs that are spoken for from one day to another, both included. */
export type Occupied = { readonly gpus: number; readonly from: string; readonly to: string };

/** From a day on the pool has so many GPUs, until the next change. */
export type CapacityChange = { readonly from: string; readonly capacity: number };

/** A day on which more is promised than there is. */
export type Overload = { readonly on: string; readonly promised: number; readonly capacity: number };

/** GPUs that the pool has on a day; none before the first change. */
export const capacityOn = (changes: readonly CapacityChange[], day: string): number =>
  changes.reduce<CapacityChange>((latest, change) => (change.from <= day && change.from >= latest.from ? change : latest), { from: '', capacity: 0 }).capacity;

/** GPUs spoken for on a day. */
export const promisedOn = (occupied: readonly Occupied[], day: string): number =>
  occupied.reduce((sum, { gpus, from, to }) => (from <= day && day <= to ? sum + gpus : sum), 0);

/** The first day on which more is promised than there is: it can only be one on which something begins or the capacity changes. */
export const firstOverload = (changes: readonly CapacityChange[], occupied: readonly Occupied[]): Overload | undefined => {
  const days = [...new Set([...occupied, ...changes].map(({ from }) => from))].sort();
  const on = days.find((day) => promisedOn(occupied, day) > capacityOn(changes, day));
  return on === undefined ? undefined : { on, promised: promisedOn(occupied, on), capacity: capacityOn(changes, on) };
};

/** The change takes the place of one of the same day. */
export const withChange = (changes: readonly CapacityChange[], change: CapacityChange): readonly CapacityChange[] => [
  ...changes.filter(({ from }) => from !== change.from),
  change,
];
