import { EventStoreUnavailable } from '@program-ledger/event-sourcing';

/**
 * The client's stream takes 16 messages, and what it has taken goes on to the connection as long as less than 1 MiB waits there. What
 * comes on top is queued, and when the connection then breaks the client rejects the queue where nobody can catch it, which ends the process.
 */
export const appendGateLimits = {
  /** Appends in flight before the first answer of a connection, and appends that are let out in one turn of the event loop, whatever their size. */
  unprovenMax: 12,
  inFlightMax: 256,
  /** Leaves a quarter of the 1 MiB for what an estimate misses. */
  bytesInFlightMax: 786_432,
  /** An append that no room was made for in this time was not sent. */
  waitMsMax: 15_000,
} as const;

type Waiting = { readonly bytes: number; readonly admit: () => void };

/** Lets appends out in turn, as many at once as the client survives losing. */
export class AppendGate {
  private readonly waiting: Waiting[] = [];
  private inFlight = 0;
  private bytesInFlight = 0;
  private enteredInTurn = 0;
  /** An answer to an append of this connection has come. Every doubt may have made it another one. */
  private isProven = false;
  private connection = 0;

  /** Runs the append when there is room for it; the room is taken until the append has ended. */
  async pass<Result>(bytes: number, append: () => Promise<Result>): Promise<Result> {
    if (this.waiting.length > 0 || !this.hasRoom(bytes)) await this.turn(bytes);
    else this.enter(bytes);
    const { connection } = this;
    try {
      const result = await append();
      if (connection === this.connection) this.isProven = true;
      return result;
    } catch (error) {
      if (error instanceof EventStoreUnavailable) this.doubt();
      throw error;
    } finally {
      this.leave(bytes);
    }
  }

  /** The client may be about to use another connection. */
  doubt(): void {
    this.isProven = false;
    this.connection += 1;
  }

  private turn(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(new EventStoreUnavailable('the event log does not answer the appends before this one'));
      };
      const timer = setTimeout(giveUp, appendGateLimits.waitMsMax);
      const admit = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const waiting = { bytes, admit };
      this.waiting.push(waiting);
    });
  }

  private enter(bytes: number): void {
    if (this.enteredInTurn === 0) setImmediate(() => this.nextTurn());
    this.enteredInTurn += 1;
    this.inFlight += 1;
    this.bytesInFlight += bytes;
  }

  private leave(bytes: number): void {
    this.inFlight -= 1;
    this.bytesInFlight -= bytes;
    if (this.inFlight === 0) this.isProven = false;
    this.admit();
  }

  private nextTurn(): void {
    this.enteredInTurn = 0;
    this.admit();
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && this.hasRoom(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.enter(next.bytes);
      next.admit();
    }
  }

  private hasRoom(bytes: number): boolean {
    if (this.enteredInTurn >= appendGateLimits.unprovenMax) return false;
    if (this.inFlight < appendGateLimits.unprovenMax) return true;
    return this.isProven && this.inFlight < appendGateLimits.inFlightMax && this.bytesInFlight + bytes <= appendGateLimits.bytesInFlightMax;
  }
}
