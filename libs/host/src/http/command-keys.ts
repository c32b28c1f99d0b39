import { Problem } from './problem.js';

export const commandKeyLimits = { rememberedMax: 100_000 } as const;

/**
 * Which request a command id stands for, for the requests under way and the latest ones of this process: also those of an operator, which
 * leave nothing in a log, and those to another service. The register of each service knows the commands of all processes, for its days.
 */
export class CommandKeys {
  private readonly done = new Map<string, string>();
  private readonly underWay = new Map<string, { readonly digest: string; requests: number }>();

  /** Answers how to end: with whether something was done; a refused request leaves its key free. @throws Problem 422 for a reused key. */
  begin(commandId: string, digest: string): (done: boolean) => void {
    const current = this.underWay.get(commandId) ?? { digest, requests: 0 };
    const known = this.done.get(commandId) ?? current.digest;
    if (known !== digest) throw new Problem({ status: 422, code: 'idempotency-key-reused', field: 'header:Idempotency-Key' });
    current.requests += 1;
    this.underWay.set(commandId, current);
    return (done) => {
      current.requests -= 1;
      if (current.requests === 0) this.underWay.delete(commandId);
      if (done) this.remember(commandId, digest);
    };
  }

  private remember(commandId: string, digest: string): void {
    if (this.done.size >= commandKeyLimits.rememberedMax) this.done.delete(this.done.keys().next().value!);
    this.done.set(commandId, digest);
  }
}
