/** The moments at which a crash is worth trying: work done on one side, not yet noted on the other. */
export const crashPoints = ['between-append-and-publish', 'between-publish-and-position', 'between-delivery-and-effect', 'between-effect-and-offset'] as const;

export type CrashPoint = (typeof crashPoints)[number];

/** Called whenever work passes a point. One that is armed does not return: it ends the process, or never resolves. */
export type CrashHook = (point: CrashPoint) => void | Promise<void>;

export const neverCrash: CrashHook = () => undefined;

/** Calls `crash` when `point` is passed for the `pass`-th time (1 is the first). */
export const crashAt = (point: CrashPoint, pass: number, crash: () => void | Promise<void>): CrashHook => {
  let passed = 0;
  return (at) => {
    if (at !== point) return;
    passed += 1;
    if (passed === pass) return crash();
  };
};
