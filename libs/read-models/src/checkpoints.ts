import { beginning, type Position } from '@program-ledger/event-sourcing';
import { Checkpoints, Fenced, Inbox, type Lease } from '@program-ledger/messaging';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { memoryLimits } from './memories.js';
import { pause } from './pause.js';
import { checkpointTable, inboxTable } from './tables.js';
import type { Sql } from './version-rows.js';

/** How often someone who waits for a lease asks whether its holder is gone. */
const askEveryMs = 200;

/**
 * Leases in the service's database. A lock of the server on one connection says whether the holder is there; the epoch sees to it that
 * one who has lost that connection without knowing moves nothing any more.
 */
export class PostgresCheckpoints extends Checkpoints {
  private readonly held = new Set<string>();
  private connection: Promise<QueryRunner> | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly database: DataSource) {
    super();
  }

  async acquire(name: string, signal?: AbortSignal): Promise<Lease> {
    while (!(await this.lock(name))) {
      await pause(askEveryMs, signal);
      signal?.throwIfAborted();
    }
    await this.database.query(`insert into ${checkpointTable} (name, position, epoch) values ($1, 0, 0) on conflict do nothing`, [name]);
    const [taken] = updated<{ position: string; epoch: number }>(
      await this.database.query(`update ${checkpointTable} set epoch = epoch + 1 where name = $1 returning position, epoch`, [name]),
    );
    if (taken === undefined) throw new Error(`checkpoint ${name} is gone`);
    return { name, position: BigInt(taken.position), epoch: taken.epoch };
  }

  /** What the holder of a lease has stored; `beginning` before the first. */
  async position(name: string): Promise<Position> {
    const [found] = await this.database.query<{ position: string }[]>(`select position from ${checkpointTable} where name = $1`, [name]);
    return BigInt(found?.position ?? beginning);
  }

  advance(lease: Lease, position: Position): Promise<void> {
    return moveCheckpoint(this.database, lease, { to: position }).then(() => undefined);
  }

  override release({ name }: Lease): Promise<void> {
    return this.inTurn(async () => {
      if (!this.held.delete(name)) return;
      const connection = await this.connection;
      // A lock whose connection is gone is free already.
      await connection?.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => undefined);
    });
  }

  /** Gives back every lease and the connection. */
  close(): Promise<void> {
    return this.inTurn(async () => {
      const connection = await this.connection?.catch(() => null);
      this.connection = null;
      this.held.clear();
      await connection?.query('select pg_advisory_unlock_all()').catch(() => undefined);
      await connection?.release();
    });
  }

  /** A lock of the server is its session's, which would be given it again: here it is held by one. */
  private lock(name: string): Promise<boolean> {
    return this.inTurn(async () => {
      const connection = await this.connected();
      if (this.held.has(name)) return false;
      const [answer] = (await connection.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as locked', [name])) as { locked: boolean }[];
      if (answer?.locked === true) this.held.add(name);
      return answer?.locked === true;
    });
  }

  /** The connection takes one statement at a time. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** When the connection is lost so are its locks; the leases hold by their epochs until someone else takes them. */
  private async connected(): Promise<QueryRunner> {
    if ((await this.connection)?.isReleased === true) {
      this.connection = null;
      this.held.clear();
    }
    this.connection ??= this.connect();
    return this.connection;
  }

  private async connect(): Promise<QueryRunner> {
    const connection = this.database.createQueryRunner();
    try {
      await connection.connect();
      return connection;
    } catch (error) {
      this.connection = null;
      throw error;
    }
  }
}

/**
 * Moves a checkpoint within the caller's transaction, without waiting for the disk: whatever a crash of the server takes back, it takes
 * back together with what was done. Answers the generation: how often tables were changed behind the holder's back.
 * @throws Fenced when someone else has taken the lease, or the position is not `from`.
 */
export const moveCheckpoint = async (sql: Sql, lease: Lease, { from, to }: { readonly from?: Position; readonly to: Position }): Promise<number> => {
  const [moved] = updated<{ generation: number }>(
    await sql.query(
      `update ${checkpointTable} set position = $3 from (select set_config('synchronous_commit', 'off', true)) as lazily
       where name = $1 and epoch = $2 and position <= $3 and ($4::bigint is null or position = $4) returning generation`,
      [lease.name, lease.epoch, String(to), from === undefined ? null : String(from)],
    ),
  );
  if (moved === undefined) throw new Fenced(lease);
  return moved.generation;
};

/** TypeORM answers an update with its rows and their number. */
const updated = <Row>(answer: unknown): readonly Row[] => (answer as [Row[], number])[0];

/** Applies effects once a message: the note and the effect are one transaction. */
export class PostgresInbox extends Inbox {
  constructor(private readonly database: DataSource) {
    super();
  }

  once(group: string, messageId: string, effect: (transaction: EntityManager) => Promise<void>): Promise<'done' | 'repeated'> {
    return this.database.transaction(async (transaction) => {
      const noted = await transaction.query<unknown[]>(
        `insert into ${inboxTable} (consumer, message_id, expires_at) values ($1, $2, now() + make_interval(days => $3)) on conflict do nothing returning 1`,
        [group, messageId, memoryLimits.inboxKeptDays],
      );
      if (noted.length === 0) return 'repeated';
      await effect(transaction);
      return 'done';
    });
  }
}
