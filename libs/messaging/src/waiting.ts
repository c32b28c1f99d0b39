/** Resolves after the time, or at once when the signal aborts. */
export const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });

/** Full jitter over an exponential back-off from 50 ms: many that failed together do not come back together. */
export const jittered = (attempt: number, milliseconds: number): number =>
  (0.1 + 0.9 * Math.random()) * Math.min(milliseconds, 50 * 2 ** Math.min(attempt, 20));
