import {
  Journal,
  messagingLimits,
  type DeadLetter,
  type FailureCause,
  type GroupPosition,
  type JournalEntry,
  type JournalRecord,
  type Topic,
} from '@program-ledger/messaging';
import pg from 'pg';
import { failure } from './failures.js';
import { GroupCommit } from './group-commit.js';
import { Ownership } from './ownership.js';

export const journalLimits = {
  /** Of each partition, the youngest are kept for a group that comes new; older ones only until every group has had them. */
  recordsRetainedMax: 100_000,
  /** Records appended between two prunings. */
  pruneEveryRecords: 50_000,
  readConnectionsMax: 3,
} as const;

export type PostgresJournalOptions = { readonly url: string; readonly recordsRetainedMax?: number; /** Several processes write to it. */ readonly shared?: boolean };

/** The in-process broker's journal in PostgreSQL, in the schema `broker` that `createBrokerSchema` makes. One process at a time, unless it is shared. */
export class PostgresJournal extends Journal {
  private readonly group: GroupCommit;
  private appended = 0;

  private constructor(
    private readonly options: PostgresJournalOptions,
    private readonly ownership: Ownership,
    private readonly pool: pg.Pool,
  ) {
    super();
    this.group = new GroupCommit(ownership);
  }

  /** @throws BrokerUnavailable when the database is away or another process uses the broker; Error when there is none. */
  static async open(options: PostgresJournalOptions): Promise<PostgresJournal> {
    const ownership = new Ownership(options.url, options.shared);
    await ownership.hold();
    const pool = new pg.Pool({
      connectionString: options.url,
      max: journalLimits.readConnectionsMax,
      connectionTimeoutMillis: 10_000,
      application_name: 'broker reader',
    });
    // A connection that breaks while idle is replaced by the next read.
    pool.on('error', () => undefined);
    return new PostgresJournal(options, ownership, pool);
  }

  topics(): Promise<readonly Topic[]> {
    return this.select<Topic>('select name, partitions from broker.topics order by name');
  }

  async heads(): Promise<readonly GroupPosition[]> {
    const { heads } = await this.ownership.hold();
    return [...heads].map(([at, next]) => {
      const slash = at.lastIndexOf('/');
      return { topic: at.slice(0, slash), partition: Number(at.slice(slash + 1)), next };
    });
  }

  /** Where partitions of some topics end now, whoever appended. */
  async headsOf(topics: readonly string[]): Promise<readonly GroupPosition[]> {
    const rows = await this.select<{ topic: string; partition: number; next: string }>(
      `select t.name as topic, p as partition, coalesce((select max(record_offset) from broker.records where topic = t.name and partition = p), -1) + 1 as next
       from broker.topics t, generate_series(0, t.partitions - 1) p where t.name = any ($1)`,
      [topics],
    );
    return rows.map(({ topic, partition, next }) => ({ topic, partition, next: BigInt(next) }));
  }

  /** Keys of letters of some groups that wait to be handed out again. */
  redriving(groups: readonly string[]): Promise<readonly { readonly group: string; readonly key: string }[]> {
    return this.select('select distinct consumer_group as group, key from broker.letters where redriving and consumer_group = any ($1)', [groups]);
  }

  async append(entries: readonly JournalEntry[]): Promise<readonly JournalRecord[]> {
    const records = await this.group.append(entries, null);
    this.appended += records.length;
    if (this.appended >= journalLimits.pruneEveryRecords) {
      this.appended = 0;
      // What fails to be pruned is pruned the next time.
      void this.prune().catch(() => undefined);
    }
    return records;
  }

  async read({ topic, partition, next }: GroupPosition, recordsMax: number): Promise<readonly JournalRecord[]> {
    const rows = await this.select<RecordRow>(
      'select record_offset, key, headers, value from broker.records where topic = $1 and partition = $2 and record_offset >= $3 order by record_offset limit $4',
      [topic, partition, String(next), recordsMax],
    );
    return rows.map(({ record_offset, key, headers, value }) => ({ topic, partition, offset: BigInt(record_offset), key, headers: headersOf(headers), value }));
  }

  async positions(group: string): Promise<readonly GroupPosition[]> {
    const rows = await this.select<{ topic: string; partition: number; next: string }>(
      'select topic, partition, next from broker.positions where consumer_group = $1',
      [group],
    );
    return rows.map(({ topic, partition, next }) => ({ topic, partition, next: BigInt(next) }));
  }

  commit(group: string, position: GroupPosition): Promise<void> {
    return this.group.commit(group, position);
  }

  async park(letter: DeadLetter, entry: JournalEntry): Promise<JournalRecord> {
    const [record] = await this.group.append([entry], letter);
    if (record === undefined) throw new Error('nothing was appended');
    return record;
  }

  async letters(group?: string): Promise<readonly DeadLetter[]> {
    const rows = await this.select<LetterRow>(
      'select * from broker.letters where $1::text is null or consumer_group = $1 order by consumer_group, topic, partition, record_offset limit $2',
      [group ?? null, messagingLimits.deadLettersPerGroupMax],
    );
    return rows.map(letterOf);
  }

  async countLetters(group: string): Promise<number> {
    const [row] = await this.select<{ readonly count: string }>('select count(*) as count from broker.letters where consumer_group = $1', [group]);
    return Number(row?.count ?? 0);
  }

  askRedrive(group: string, key: string): Promise<number> {
    return this.update('update broker.letters set redriving = true where consumer_group = $1 and key = $2', [group, key]);
  }

  async settle({ group, topic, partition, offset, key }: DeadLetter, cause: FailureCause | null): Promise<void> {
    if (cause === null) {
      const place = [group, topic, partition, String(offset)];
      await this.update('delete from broker.letters where consumer_group = $1 and topic = $2 and partition = $3 and record_offset = $4', place);
      return;
    }
    await this.update(
      `update broker.letters set redriving = false,
         cause_code = case when record_offset = $4 then $5 else cause_code end,
         cause_message = case when record_offset = $4 then $6 else cause_message end
       where consumer_group = $1 and topic = $2 and key = $3`,
      [group, topic, key, String(offset), cause.code, cause.message],
    );
  }

  /** Deletes what every group has had and nobody may want any more; answers how many records. */
  async prune(): Promise<number> {
    const retained = BigInt(this.options.recordsRetainedMax ?? journalLimits.recordsRetainedMax);
    const long = (await this.heads()).filter(({ next }) => next > retained);
    let pruned = 0;
    for (const { topic, partition, next } of long) {
      const { rowCount } = await this.pool.query(
        `delete from broker.records where topic = $1 and partition = $2
           and record_offset < least($3, (select min(next) from broker.positions where topic = $1 and partition = $2))`,
        [topic, partition, String(next - retained)],
      );
      pruned += rowCount ?? 0;
    }
    return pruned;
  }

  /** Stores the last positions and frees the broker for another process. */
  async close(): Promise<void> {
    await this.group.close();
    await this.ownership.drop();
    if (!this.pool.ended) await this.pool.end();
  }

  private async select<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<readonly Row[]> {
    try {
      return (await this.pool.query<Row>(text, values)).rows;
    } catch (error) {
      throw failure(error);
    }
  }

  /** By the connection that owns the broker: who has lost it changes nothing. */
  private async update(text: string, values: unknown[]): Promise<number> {
    try {
      const { client } = await this.ownership.hold();
      return (await client.query(text, values)).rowCount ?? 0;
    } catch (error) {
      throw failure(error);
    }
  }
}

type RecordRow = { readonly record_offset: string; readonly key: string; readonly headers: string; readonly value: string };
type LetterRow = RecordRow & {
  readonly consumer_group: string;
  readonly topic: string;
  readonly partition: number;
  readonly cause_code: string;
  readonly cause_message: string;
  readonly redriving: boolean;
};

const letterOf = ({ consumer_group: group, record_offset, headers, cause_code, cause_message, ...row }: LetterRow): DeadLetter => ({
  ...row,
  group,
  offset: BigInt(record_offset),
  headers: headersOf(headers),
  cause: { code: cause_code, message: cause_message },
});

const headersOf = (text: string): Readonly<Record<string, string>> => JSON.parse(text) as Record<string, string>;
