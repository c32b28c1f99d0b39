/** How nasty the broker is on purpose, as a real one may be at any time. Rates are between 0 and 1. */
export type Faults = {
  /** The same seed draws the same lots in the same order of deliveries. */
  readonly seed: number;
  /** How often a message that was handled is handed out once more at once. */
  readonly duplicateRate?: number;
  /** How often a partition falls back, as after a crash before a commit, by 1 to `fallBackMax` messages. */
  readonly fallBackRate?: number;
  readonly fallBackMax?: number;
  /** Longest wait before a delivery, milliseconds: keys of different partitions overtake one another. */
  readonly delayMsMax?: number;
};

/** What befalls one delivery. */
export type Lot = { readonly delayMs: number; readonly repeat: boolean; readonly fallBack: number };

/** Draws the lots of deliveries, one after another. */
export const drawing = (faults: Faults): (() => Lot) => {
  const random = mulberry32(faults.seed);
  const { duplicateRate = 0, fallBackRate = 0, fallBackMax = 5, delayMsMax = 0 } = faults;
  return () => ({
    delayMs: Math.floor(random() * delayMsMax),
    repeat: random() < duplicateRate,
    fallBack: random() < fallBackRate ? 1 + Math.floor(random() * fallBackMax) : 0,
  });
};

export const noLot: Lot = { delayMs: 0, repeat: false, fallBack: 0 };

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for drawing lots, and every seed is good. */
const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
