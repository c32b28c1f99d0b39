import { sha256, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import type { DataSource, EntityManager } from 'typeorm';
import { viewLimits } from './as-of.js';
import type { PostgresCheckpoints } from './checkpoints.js';
import { FoldedView } from './folded-view.js';
import { foldPage, viewEvents, type PageFold, type Parked, type Version } from './page-fold.js';
import { readAhead } from './read-ahead.js';
import { indexStatements, tableStatements } from './service-database.js';
import { checkpointTable, parkedTable, viewStateTable } from './tables.js';
import { insertParked, insertVersions, type Sql } from './version-rows.js';
import { prefixesOf, type View } from './view.js';
import { positionOf, type Views } from './views.js';

/** What a rebuild did. */
export type Rebuilt = {
  readonly view: string;
  /** Position that the new table was true at when it took the old one's place. */
  readonly position: Position;
  readonly eventsRead: number;
  readonly rowsWritten: number;
  readonly milliseconds: number;
  /** Whether the old table held the same; null when it was declared otherwise, missing, or lacked parked streams. */
  readonly same: boolean | null;
};

/** A rebuild met an event that the view cannot take, and left everything as it was. */
export class RebuildStopped extends Error {
  override readonly name = 'RebuildStopped';
  constructor(readonly parked: Parked) {
    super(`${parked.view} stopped at ${parked.eventType} of ${parked.stream}@${parked.revision}: ${parked.reason}`);
  }
}

/** A rebuilt table is not what was written to it: it is left beside the old one and does not take its place. */
export class RebuildUnsound extends Error {
  override readonly name = 'RebuildUnsound';
}

const limits = { pageSize: 2_000 } as const;

type Rebuild = {
  readonly views: Views;
  readonly checkpoints: PostgresCheckpoints;
  readonly view: View;
  /** Streams that may stop it without ending it: they stay parked. */
  readonly tolerated: ReadonlySet<string>;
  /** Live rows kept in memory; beyond, they are looked up. */
  readonly rowsMax?: number;
};

/** What a table of this view was made from: another declaration makes another. */
const fingerprintOf = ({ version, table }: View): string => sha256([String(version), ...tableStatements(table), ...indexStatements(table)].join('\n'));

/** Whether the table of a view is the one it declares now. Before the first event every table that a migration made is. */
export const isCurrent = async (database: DataSource, view: View, position: Position): Promise<boolean> => {
  const [state] = await database.query<{ fingerprint: string }[]>(`select fingerprint from ${viewStateTable} where view = $1`, [view.name]);
  if (state !== undefined) return state.fingerprint === fingerprintOf(view);
  if (position !== 0n) return false;
  await noteCurrent(database, view);
  return true;
};

const noteCurrent = async (sql: Sql, view: View): Promise<void> => {
  await sql.query(`insert into ${viewStateTable} (view, fingerprint) values ($1, $2) on conflict (view) do update set fingerprint = excluded.fingerprint`, [
    view.name,
    fingerprintOf(view),
  ]);
};

/** Makes the table of a view anew from the log, in a schema beside, while the old one answers and is kept up to date; then swaps. */
export const rebuildView = async (rebuild: Rebuild): Promise<Rebuilt> => {
  const { views, view, checkpoints } = rebuild;
  const startedAt = performance.now();
  const lease = await checkpoints.acquire(`${positionOf(views.options.service)}.rebuild.${view.name}`);
  try {
    const { database } = views.options;
    await database.query(`drop table if exists rebuild.${view.table.name}`);
    for (const statement of tableStatements(view.table, 'rebuild')) await database.query(statement);
    const beside = new Beside(rebuild);
    await beside.fill(await views.position());
    for (const statement of indexStatements(view.table, 'rebuild')) await database.query(statement);
    const swapped = await database.transaction((transaction) => beside.swap(transaction));
    return { view: view.name, ...swapped, ...beside.counts, milliseconds: performance.now() - startedAt };
  } finally {
    await checkpoints.release(lease);
  }
};

/** The table that is being made. */
class Beside {
  /** Versions that no event has ended yet: written when one has, so that each is written once. */
  private readonly live = new Map<string, Version>();
  private readonly times = new Map<string, string>();
  private readonly parked = new Map<string, Parked>();
  private readonly folded: FoldedView;
  private position: Position = 0n;
  private indexed = false;
  private eventsRead = 0;
  private rowsWritten = 0;
  /** Statements go to the server while the next page is folded. */
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly rebuild: Rebuild) {
    this.folded = new FoldedView(rebuild.view, 'rebuild');
  }

  private get lookupIndex(): string {
    return `${this.rebuild.view.table.name}_lookup`;
  }

  get counts(): { eventsRead: number; rowsWritten: number } {
    return { eventsRead: this.eventsRead, rowsWritten: this.rowsWritten };
  }

  /** Folds the log up to a position; afterwards every version is in the table. */
  async fill(upTo: Position): Promise<void> {
    const { database } = this.rebuild.views.options;
    for await (const page of this.pages(upTo)) {
      if (this.indexed) await this.foldLookingUp(database, page);
      else await this.foldRemembering(page);
    }
    await this.writeLive();
    await this.writing;
    if (this.indexed) await database.query(`drop index rebuild.${this.lookupIndex}`);
    this.folded.forget([...this.parked.keys()]);
    this.position = upTo;
  }

  /** With the runner held at its position: the rest of the log, the look at what was made, the swap. */
  async swap(transaction: EntityManager): Promise<{ position: Position; same: boolean | null }> {
    const { view, views } = this.rebuild;
    const [held] = await transaction.query<{ position: string }[]>(`select position from ${checkpointTable} where name = $1 for update`, [
      positionOf(views.options.service),
    ]);
    const position = BigInt(held?.position ?? 0);
    for await (const page of this.pages(position)) await this.foldLookingUp(transaction, page);
    await this.verify(transaction);
    const same = await this.sameAsBefore(transaction);
    await transaction.query(`drop table if exists public.${view.table.name}`);
    await transaction.query(`alter table rebuild.${view.table.name} set schema public`);
    await transaction.query(`delete from ${parkedTable} where view = $1`, [view.name]);
    await insertParked(transaction, [...this.parked.values()]);
    await noteCurrent(transaction, view);
    await transaction.query(`update ${checkpointTable} set generation = generation + 1 where name = $1`, [positionOf(views.options.service)]);
    return { position, same };
  }

  private async *pages(upTo: Position): AsyncGenerator<readonly RecordedEvent[]> {
    const { views, view } = this.rebuild;
    const source = views.options.store.readAll({ after: this.position, upTo, prefixes: prefixesOf([view]), pageSize: limits.pageSize });
    for await (const page of readAhead(source)) {
      if (page === 'idle') continue;
      this.eventsRead += page.length;
      yield page;
    }
  }

  /** From an empty table on: what was not met before is not there. */
  private async foldRemembering(page: readonly RecordedEvent[]): Promise<void> {
    const { view } = this.rebuild;
    const times = { get: (programmeId: string): string => this.times.get(programmeId) ?? '' };
    const fold = foldPage(view, viewEvents(view, page, new Set(this.parked.keys())), { rows: this.live, times });
    this.park(fold);
    const ended = fold.ended.flatMap(({ key, validTo }) => ({ ...this.live.get(key)!, validTo }));
    for (const [key, version] of fold.rows) {
      if (version === null) this.live.delete(key);
      else this.live.set(key, version);
    }
    for (const [programmeId, at] of fold.times) this.times.set(programmeId, at);
    await this.write([...ended, ...fold.made.filter(({ validTo }) => validTo !== null)]);
    if (this.live.size > (this.rebuild.rowsMax ?? viewLimits.rebuildRowsMax)) await this.forgetLive();
  }

  /** Memory is bounded: from here on rows are looked up. */
  private async forgetLive(): Promise<void> {
    const { view, views } = this.rebuild;
    await this.writeLive();
    await this.writing;
    await views.options.database.query(`create index ${this.lookupIndex} on rebuild.${view.table.name} (key) where valid_to is null`);
    this.folded.forget([...this.parked.keys()]);
    this.indexed = true;
  }

  private async writeLive(): Promise<void> {
    const versions = [...this.live.values()];
    this.live.clear();
    await this.write(versions);
  }

  private async write(versions: readonly Version[]): Promise<void> {
    const { view, views } = this.rebuild;
    this.rowsWritten += versions.length;
    await this.writing;
    this.writing = insertVersions(views.options.database, view.table, versions, 'rebuild');
    // A failure is met by whoever waits next.
    this.writing.catch(() => undefined);
  }

  private async foldLookingUp(sql: Sql, page: readonly RecordedEvent[]): Promise<void> {
    const fold = await this.folded.fold(sql, page);
    this.park(fold);
    this.folded.keep(fold);
    this.rowsWritten += fold.made.length;
  }

  private park({ parked }: PageFold): void {
    for (const each of parked) {
      if (!this.rebuild.tolerated.has(each.stream)) throw new RebuildStopped(each);
      this.parked.set(each.stream, each);
    }
  }

  private async verify(transaction: EntityManager): Promise<void> {
    const { name } = this.rebuild.view.table;
    const [found] = await transaction.query<{ rows: string; overlapping: string }[]>(
      `select count(*) as rows, count(*) filter (where next is not null and (valid_to is null or valid_to > next)) as overlapping
       from (select valid_to, lead(valid_from) over (partition by key order by valid_from) as next from rebuild.${name}) as versions`,
    );
    if (Number(found?.rows) !== this.rowsWritten) throw new RebuildUnsound(`${name} holds ${found?.rows} rows of ${this.rowsWritten}`);
    if (Number(found?.overlapping) !== 0) throw new RebuildUnsound(`${name} holds ${found?.overlapping} versions that overlap another of their key`);
  }

  private async sameAsBefore(transaction: EntityManager): Promise<boolean | null> {
    const { view } = this.rebuild;
    const [state] = await transaction.query<{ fingerprint: string }[]>(`select fingerprint from ${viewStateTable} where view = $1`, [view.name]);
    const parked = await transaction.query<unknown[]>(`select 1 from ${parkedTable} where view = $1 limit 1`, [view.name]);
    if (state?.fingerprint !== fingerprintOf(view) || parked.length > 0) return null;
    const columns = [
      'key',
      'valid_from',
      'valid_to',
      'revision',
      'at_from',
      ...view.table.columns.map(({ stored, kind }) => (kind === 'json' ? `${stored}::text` : stored)),
    ];
    const digest = (schema: string): string =>
      `(select coalesce(sum(hash_record_extended(row(${columns.join(', ')}), 0)::numeric), 0) from ${schema}.${view.table.name})`;
    const [compared] = await transaction.query<{ same: boolean }[]>(`select ${digest('rebuild')} = ${digest('public')} as same`);
    return compared?.same ?? null;
  }
}
