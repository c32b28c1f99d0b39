import { hostProblem } from './problem-document.js';

export type TrafficLimits = {
  /** Commands being handled at once, over all askers. */
  readonly inFlightCommandsMax: number;
  /** Requests of one subject in a second, and as many saved up. */
  readonly requestsPerSecondMax: number;
};

const subjectsMax = 10_000;

/** Keeps one asker from taking everything and all of them from taking more than there is. */
export class Traffic {
  private inFlight = 0;
  private draining = false;
  private readonly buckets = new Map<string, { left: number; at: number }>();

  constructor(private readonly limits: TrafficLimits) {}

  /** From now on nothing new is taken; `idle` tells when the last command is through. */
  drain(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  get idle(): boolean {
    return this.inFlight === 0;
  }

  /** A token bucket for each subject. @throws Problem 429 */
  spend(subject: string, now: number): void {
    const { requestsPerSecondMax: rate } = this.limits;
    const bucket = this.buckets.get(subject) ?? { left: rate, at: now };
    bucket.left = Math.min(rate, bucket.left + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    if (bucket.left < 1) throw hostProblem('too-many-requests');
    bucket.left -= 1;
    this.buckets.set(subject, bucket);
    if (this.buckets.size > subjectsMax) this.buckets.delete(this.buckets.keys().next().value!);
  }

  /** Takes a place for one command and answers how to give it back. @throws Problem 503 */
  enter(): () => void {
    if (this.draining) throw hostProblem('draining');
    if (this.inFlight >= this.limits.inFlightCommandsMax) throw hostProblem('overloaded');
    this.inFlight += 1;
    return () => {
      this.inFlight -= 1;
    };
  }
}
