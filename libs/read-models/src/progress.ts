import type { Position } from '@program-ledger/event-sourcing';

type Waiting = { readonly position: Position; readonly done: () => void };

/** How far the views of a service have come in this process, for those who wait here. Says nothing while another process folds them. */
export class Progress {
  private readonly waiting = new Set<Waiting>();
  private current: Position | null = null;

  /** Null while this process does not fold the views. */
  get position(): Position | null {
    return this.current;
  }

  moved(position: Position): void {
    this.current = position;
    for (const each of [...this.waiting]) if (each.position <= position) each.done();
  }

  stopped(): void {
    this.current = null;
  }

  /** Resolves when the views here have come to the position, or after the time. */
  wait(position: Position, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        position,
        done: () => {
          clearTimeout(timer);
          this.waiting.delete(waiting);
          resolve();
        },
      };
      const timer = setTimeout(waiting.done, milliseconds);
      if (this.current !== null && this.current >= position) return waiting.done();
      this.waiting.add(waiting);
    });
  }
}
