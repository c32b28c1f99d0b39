import { BrokerUnavailable, type GroupPosition } from '@program-ledger/messaging';
import pg from 'pg';
import { failure } from './failures.js';
import { schemaVersion } from './schema.js';

export const ownershipLimits = {
  connectTimeoutMs: 10_000,
  /** A statement that takes longer counts as a lost connection. */
  statementTimeoutMs: 15_000,
  /** How long the former owner's connection may linger after it was killed. */
  waitForOwnerMsMax: 10_000,
} as const;

/** The one connection that writes, and the next offset of each partition as it knows them. */
export type Owned = { readonly client: pg.Client; readonly heads: Map<string, bigint> };

/**
 * The connection that a process writes by. Unless the broker is shared, one process at a time owns it: its connection holds a lock of the
 * session, so when it is lost the right to write is lost with it. A new connection begins by reading where the partitions end.
 */
export class Ownership {
  private owned: Promise<Owned> | undefined;
  private current: Owned | undefined;

  /** `shared`: several processes write; offsets that two of them would give are refused by the key of the records. */
  constructor(
    private readonly url: string,
    private readonly shared = false,
  ) {}

  /** @throws BrokerUnavailable when the database is away or another process owns the broker. */
  hold(): Promise<Owned> {
    if (this.owned !== undefined) return this.owned;
    const taking = this.take();
    this.owned = taking;
    taking.catch(() => this.letGo(taking));
    return taking;
  }

  /** After a failure of unknown outcome: the next `hold` connects anew. */
  async drop(): Promise<void> {
    const owned = this.owned;
    this.owned = undefined;
    const client = await owned?.then((each) => each.client).catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  private lost(owned: Owned): void {
    if (this.current === owned) void this.drop();
  }

  private letGo(owned: Promise<Owned>): void {
    if (this.owned === owned) this.owned = undefined;
  }

  private async take(): Promise<Owned> {
    const { connectTimeoutMs, statementTimeoutMs } = ownershipLimits;
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs,
      application_name: 'broker',
    });
    const owned: Owned = { client, heads: new Map() };
    // A connection that breaks while idle: the next write takes another.
    client.on('error', () => this.lost(owned));
    try {
      await client.connect();
      await lock(client, this.shared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock');
      for (const [at, next] of await headsOf(client)) owned.heads.set(at, next);
      this.current = owned;
      return owned;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw failure(error);
    }
  }
}

/** Whoever shares a broker refuses to do so while one process owns it, and the other way round. */
const lock = async (client: pg.Client, take: 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared'): Promise<void> => {
  const deadline = performance.now() + ownershipLimits.waitForOwnerMsMax;
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>(`select ${take}(hashtext('broker')) as mine`);
    if (rows[0]?.mine === true) return;
    if (performance.now() > deadline) throw new BrokerUnavailable('another process uses this broker: stop it first');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export const headsOf = async (client: pg.Client): Promise<Map<string, bigint>> => {
  const { rows: formats } = await client.query<{ version: number }>('select version from broker.format');
  if (formats[0]?.version !== schemaVersion) throw new Error(`the broker's tables are of version ${formats[0]?.version}, this is ${schemaVersion}`);
  const { rows } = await client.query<{ topic: string; partition: number; next: string }>(`
    select t.name as topic, p as partition, coalesce((select max(record_offset) from broker.records where topic = t.name and partition = p), -1) + 1 as next
    from broker.topics t, generate_series(0, t.partitions - 1) p`);
  return new Map(rows.map(({ topic, partition, next }) => [placeOf({ topic, partition }), BigInt(next)]));
};

export const placeOf = ({ topic, partition }: Pick<GroupPosition, 'topic' | 'partition'>): string => `${topic}/${partition}`;
