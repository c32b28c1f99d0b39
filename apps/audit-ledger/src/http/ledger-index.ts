import { Logger } from '@nestjs/common';
import type { EventStore, Position } from '@program-ledger/event-sourcing';
import type { DataSource } from 'typeorm';
import { followLog } from '../projections/ledger-index/ledger-index.projection.js';

type Found = { readonly position: Position; readonly stream: string; readonly revision: number; readonly dataDigest: string };
type Waiter = { readonly position: Position; readonly resolve: () => void };

const retryMs = 500;

/** Finds events by what they concern, and keeps itself up with the log. */
export class LedgerIndex {
  private readonly log = new Logger('audit-ledger');
  private readonly stopping = new AbortController();
  private readonly waiters = new Set<Waiter>();
  private position: Position = 0n;
  private running: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly database: DataSource,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.follow();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** True once everything up to `position` is indexed; false when that took longer than `timeoutMs`. */
  async reached(position: Position, timeoutMs: number): Promise<boolean> {
    if (this.position >= position) return true;
    return new Promise((resolve) => {
      const waiter: Waiter = { position, resolve: () => { clearTimeout(timer); resolve(true); } };
      const timer = setTimeout(() => { this.waiters.delete(waiter); resolve(false); }, timeoutMs);
      this.waiters.add(waiter);
    });
  }

  /** Events of every stream that belongs to the thing, and every other event that names it, in order of the log. */
  async historyOf(entity: string, after: Position, upTo: Position, limit: number): Promise<readonly Found[]> {
    return this.find(
      `(stream in (select stream from ledger_belonging where entity = $4) or position in (select position from ledger_mention where entity = $4))`,
      [after, upTo, limit, entity],
    );
  }

  async streamOf(stream: string, after: Position, upTo: Position, limit: number): Promise<readonly Found[]> {
    return this.find(`stream = $4`, [after, upTo, limit, stream]);
  }

  async everything(after: Position, upTo: Position, limit: number): Promise<readonly Found[]> {
    return this.find(`true`, [after, upTo, limit]);
  }

  async countByCategory(upTo: Position): Promise<readonly { readonly category: string; readonly events: number }[]> {
    return this.database.query(`select category, count(*)::int as events from ledger_event where position <= $1 group by category order by category`, [upTo]);
  }

  /** The events behind these ids, where an id is of an event. */
  async causes(eventIds: readonly string[]): Promise<ReadonlyMap<string, { readonly stream: string; readonly revision: number; readonly type: string }>> {
    const rows = (await this.database.query(`select event_id as "eventId", stream, revision, type from ledger_event where event_id = any($1::uuid[])`, [eventIds])) as readonly {
      readonly eventId: string; readonly stream: string; readonly revision: number; readonly type: string;
    }[];
    return new Map(rows.map(({ eventId, ...cause }) => [eventId, cause]));
  }

  private async find(where: string, parameters: readonly unknown[]): Promise<readonly Found[]> {
    const rows = (await this.database.query(
      `select position, stream, revision, data_digest as "dataDigest" from ledger_event where position > $1 and position <= $2 and ${where} order by position limit $3`,
      [...parameters],
    )) as readonly (Omit<Found, 'position'> & { readonly position: string })[];
    return rows.map((row) => ({ ...row, position: BigInt(row.position) }));
  }

  /** Never gives up: a database that is away comes back, and the index then goes on from its own last row. */
  private async follow(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await followLog(this.store, this.database, this.stopping.signal, (position) => this.advance(position));
      } catch (error) {
        this.log.warn(`the index fell off the log and tries again: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, retryMs * (0.5 + Math.random())));
      }
    }
  }

  private advance(position: Position): void {
    this.position = position;
    for (const waiter of this.waiters) {
      if (waiter.position > position) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
