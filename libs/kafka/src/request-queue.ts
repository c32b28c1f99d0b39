/** What is touched of kafkajs's queue of requests, one a connection. */
export type RequestQueuePrototype = {
  scheduleCheckPendingRequests(this: RequestQueue): void;
};

export type RequestQueue = {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
};

const checkEveryMs = 10;

/**
 * kafkajs 2.2.4 arms a timer after every answer, also when nothing waits, with a delay that is negative; the timer's work arms the next:
 * some hundred timers a second on every idle connection (#1704), and a warning each on newer Node (#1751). Here a timer is armed only
 * while a request waits, and never in the past. Done at run time, so that it survives `npm ci`.
 */
export const calmed = (prototype: RequestQueuePrototype): void => {
  if (typeof prototype.scheduleCheckPendingRequests !== 'function') throw new Error('kafkajs has no scheduleCheckPendingRequests: its inside has changed');
  prototype.scheduleCheckPendingRequests = function () {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const delay = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      delay > 0 ? delay : checkEveryMs,
    );
  };
};
