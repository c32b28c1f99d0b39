import { Problem } from './problem.js';

export const commandKeyLimits = { rememberedMax: 100_000 } as const;

/**
 * Which request a command id stands for, for the commands under way and the latest ones of this process. `Commands` finds a reused key
 * in the stream it was used on, for ever; this finds one that is used again elsewhere, as long as it is remembered.
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
