import { quantile } from './rounds.mjs';

/** So many callers, each asking again as soon as it is answered, for so long; what each call took, in milliseconds. */
export const callersCalling = async ({ callers, milliseconds, call }) => {
  const took = [];
  const began = performance.now();
  const end = began + milliseconds;
  const caller = async (_, index) => {
    for (let at = performance.now(); at < end; ) {
      await call(index);
      const answered = performance.now();
      took.push(answered - at);
      at = answered;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { perSecond: (took.length * 1000) / (performance.now() - began), p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
};
