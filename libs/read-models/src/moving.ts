import type { Position, RecordedEvent } from '@program-ledger/event-sourcing';
import pg from 'pg';
import { claimsOf, contradiction, parkedColumn, viewColumns, type Claim, type PositionColumn } from './claims.js';
import { checkpointTable } from './tables.js';

/** An event of a log, with its position there, and where it is in another log that holds the same events in the same order. */
export type MovedEvent = { readonly event: RecordedEvent; readonly there: Position };

export type LogMove = {
  /** Tells this move from every other: asked for again, it is found done. */
  readonly name: string;
  /** Every event of the log, in its order, in pages. */
  readonly events: () => AsyncIterable<readonly MovedEvent[]>;
};

export type MovingDatabase = { readonly service: string; readonly url: string; readonly own?: readonly PositionColumn[] };

export type MoveOptions = {
  /** Looks at everything and leaves it as it is. */
  readonly dryRun: boolean;
  readonly done: (service: string, outcome: 'moved' | 'moved before' | 'would be moved') => void;
};

/** The database holds positions that the log does not, or says otherwise of an event than the log: it belongs to another log. */
export class ForeignPositions extends Error {
  override readonly name = 'ForeignPositions';
  constructor(
    readonly service: string,
    fault: string,
  ) {
    super(fault);
  }
}

const movesTable = 'log_moves';

/**
 * Points the databases of services at a log that holds the same events at other positions: what was folded, published and followed
 * stays so, to the event, and every answer as of a position is found at the new one. All are looked at and moved before the first is
 * committed; a crash between two commits leaves some moved, and they are found moved the next time. Nothing of the services may run.
 * @throws ForeignPositions, having changed nothing in any of them.
 */
export const movePositions = async (databases: readonly MovingDatabase[], move: LogMove, { dryRun, done }: MoveOptions): Promise<void> => {
  const opened: Moving[] = [];
  try {
    for (const database of databases) opened.push(await Moving.begin(database, move.name));
    const moving = opened.filter(({ isDone }) => !isDone);
    if (moving.length > 0) await follow(moving, move);
    for (const each of dryRun ? [] : moving) await each.move();
    for (const each of opened) {
      if (!dryRun) await each.commit();
      done(each.service, each.isDone ? 'moved before' : dryRun ? 'would be moved' : 'moved');
    }
  } finally {
    // What was not committed is rolled back with its connection.
    for (const each of opened) await each.close();
  }
};

/** Reads the log once for all. */
const follow = async (moving: readonly Moving[], { events }: LogMove): Promise<void> => {
  for await (const page of events()) await Promise.all(moving.map((each) => each.take(page)));
  for (const each of moving) await each.checked();
};

/** One database on its way, in one transaction. */
class Moving {
  readonly service: string;
  isDone = false;
  private end: Position = 0n;
  private next: IteratorResult<Claim, undefined> | undefined;
  private readonly claims: AsyncGenerator<Claim, undefined>;

  private constructor(
    private readonly client: pg.Client,
    { service, own = [] }: MovingDatabase,
    private readonly columns: readonly PositionColumn[],
  ) {
    this.service = service;
    this.claims = claimsOf(client, own);
  }

  static async begin(database: MovingDatabase, name: string): Promise<Moving> {
    const client = new pg.Client({ connectionString: database.url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('begin');
      // One database waits while the others are looked at.
      for (const timeout of ['idle_in_transaction_session_timeout', 'statement_timeout']) await client.query(`set local ${timeout} = 0`);
      await client.query(`create table if not exists ${movesTable} (name text collate "C" primary key)`);
      const { rowCount } = await client.query(`insert into ${movesTable} (name) values ($1) on conflict do nothing`, [name]);
      await client.query('create temporary table moved (here bigint not null, there bigint not null) on commit drop');
      const moving = new Moving(client, database, [...(await viewColumns(client)), parkedColumn, ...(database.own ?? [])]);
      moving.isDone = rowCount === 0;
      return moving;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Notes where a page's events go, and holds what the database says of them against them. */
  async take(page: readonly MovedEvent[]): Promise<void> {
    await this.client.query('insert into moved select * from unnest($1::bigint[], $2::bigint[])', [page.map(({ event }) => String(event.position)), page.map(({ there }) => String(there))]);
    this.end = page.at(-1)?.event.position ?? this.end;
    const events = new Map(page.map(({ event }) => [event.position, event]));
    for (let claim = await this.upTo(this.end); claim !== undefined; claim = await this.upTo(this.end)) this.assertAgrees(claim, events.get(claim.position));
  }

  /** After the last event: nothing is said of any other. A checkpoint may lie between two events, but not beyond the end. */
  async checked(): Promise<void> {
    const { value: left } = await this.peek();
    if (left !== undefined) this.assertAgrees(left, undefined);
    const { rows } = await this.client.query<{ name: string; position: string }>(`select name, position::text from ${checkpointTable} where position > $1`, [String(this.end)]);
    if (rows[0] !== undefined) throw new ForeignPositions(this.service, `${rows[0].name} is at position ${rows[0].position}, beyond the end of this log`);
  }

  async move(): Promise<void> {
    await this.client.query('create unique index on moved (here)');
    await this.client.query('analyze moved');
    for (const column of this.columns) await moveColumn(this.client, column);
    // All before a checkpoint is done, so it moves to the last event before it.
    await this.client.query(
      `update ${checkpointTable} c set epoch = epoch + 1, generation = generation + 1,
         position = coalesce((select m.there from moved m where m.here <= c.position order by m.here desc limit 1), 0)`,
    );
  }

  async commit(): Promise<void> {
    await this.client.query('commit');
  }

  close(): Promise<void> {
    return this.client.end().catch(() => undefined);
  }

  private async upTo(position: Position): Promise<Claim | undefined> {
    const { value } = await this.peek();
    if (value === undefined || value.position > position) return undefined;
    this.next = undefined;
    return value;
  }

  private async peek(): Promise<IteratorResult<Claim, undefined>> {
    return (this.next ??= await this.claims.next());
  }

  private assertAgrees(claim: Claim, event: RecordedEvent | undefined): void {
    const { place, position } = claim;
    if (event === undefined) throw new ForeignPositions(this.service, `${place} holds position ${position}, where this log has no event`);
    const fault = contradiction(claim, event);
    if (fault === undefined) return;
    throw new ForeignPositions(this.service, `what ${place} says of the event at position ${position} is not so in this log, where it is ${event.type} at ${event.stream}@${event.revision}: the ${fault} differs`);
  }
}

/** By way of negative numbers: a new position may be another row's old one. */
const moveColumn = async (client: pg.Client, { table, column }: PositionColumn): Promise<void> => {
  const [rows, at] = [`public.${pg.escapeIdentifier(table)}`, pg.escapeIdentifier(column)];
  await client.query(`update ${rows} r set ${at} = -m.there from moved m where m.here = r.${at}`);
  await client.query(`update ${rows} set ${at} = -${at} where ${at} < 0`);
};
