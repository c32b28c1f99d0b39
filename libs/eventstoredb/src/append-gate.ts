export const appendGateLimits = {
  /**
   * Appends in flight before the first answer of a connection. The client queues what its stream does not take at once (16 messages),
   * and when the connection then breaks it rejects the queue where nobody can catch it, which ends the process.
   */
  unprovenMax: 12,
  inFlightMax: 256,
  /** Less than a stream's window (64 KiB): whatever is in flight has left the process, even if the server stands still. */
  bytesInFlightMax: 49_152,
} as const;

type Waiting = { readonly bytes: number; readonly admit: () => void };

/** Lets appends out in turn, as many at once as the client survives losing. */
export class AppendGate {
  private readonly waiting: Waiting[] = [];
  private inFlight = 0;
  private bytesInFlight = 0;
  private isProven = false;

  /** Runs the append when there is room for it. */
  async pass<Result>(bytes: number, append: () => Promise<Result>): Promise<Result> {
    if (this.waiting.length > 0 || !this.hasRoom(bytes)) await new Promise<void>((admit) => void this.waiting.push({ bytes, admit }));
    else this.enter(bytes);
    try {
      const result = await append();
      this.isProven = true;
      return result;
    } catch (error) {
      this.isProven = false;
      throw error;
    } finally {
      this.leave(bytes);
    }
  }

  private enter(bytes: number): void {
    this.inFlight += 1;
    this.bytesInFlight += bytes;
  }

  private leave(bytes: number): void {
    this.inFlight -= 1;
    this.bytesInFlight -= bytes;
    if (this.inFlight === 0) this.isProven = false;
    for (let next = this.waiting[0]; next !== undefined && this.hasRoom(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.enter(next.bytes);
      next.admit();
    }
  }

  private hasRoom(bytes: number): boolean {
    if (this.inFlight < appendGateLimits.unprovenMax) return true;
    return this.isProven && this.inFlight < appendGateLimits.inFlightMax && this.bytesInFlight + bytes <= appendGateLimits.bytesInFlightMax;
  }
}
