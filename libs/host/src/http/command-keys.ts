import { Problem } from './problem.js';

export const commandKeyLimits = { rememberedMax: 100_000 } as const;

/**
 * Which request a command id stood for, for the latest commands of this process. `Commands` finds a reused key in the stream it was
 * used on, for ever; this finds one that is used again elsewhere, as long as it is remembered.
 */
export class CommandKeys {
  private readonly digests = new Map<string, string>();

  /** @throws Problem 422 when the key came before with another request. */
  check(commandId: string, digest: string): void {
    const known = this.digests.get(commandId);
    if (known !== undefined && known !== digest) throw new Problem({ status: 422, code: 'idempotency-key-reused', field: 'header:Idempotency-Key' });
  }

  /** Called when something was done under the key; a refused request leaves its key free. */
  remember(commandId: string, digest: string): void {
    if (this.digests.size >= commandKeyLimits.rememberedMax) this.digests.delete(this.digests.keys().next().value!);
    this.digests.set(commandId, digest);
  }
}
