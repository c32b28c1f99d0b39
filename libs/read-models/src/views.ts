import { beginning, type EventStore, type Position } from '@program-ledger/event-sourcing';
import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { PositionNotReached, viewLimits, type Answer, type AsOf, type Filter, type Keyed, type Page, type PageRequest } from './as-of.js';
import { matching } from './filters.js';
import { Progress } from './progress.js';
import { checkpointTable } from './tables.js';
import type { View } from './view.js';

export type ViewsOptions = {
  readonly service: string;
  readonly database: DataSource;
  readonly store: EventStore;
  /** Every view of the service. */
  readonly views: readonly View[];
};

/** Pauses between looks at the database while another process folds the views. */
const pollMs = [5, 15, 30] as const;

/** Where the runner of a service keeps its position. */
export const positionOf = (service: string): string => `${service}.views`;

/** What a service answers from: its views, as they are now or as they were. One a service; reading only. */
export class Views {
  /** Shared with the runner of this process. */
  readonly progress = new Progress();

  constructor(readonly options: ViewsOptions) {}

  /**
   * The row of a key, with the position it is true at; undefined when there was none.
   * @throws PositionNotReached for a position that the views have not come to.
   */
  async one<Row extends object>(view: View<Row>, key: string, asOf: AsOf): Promise<Answer<Row> | undefined> {
    const at = await this.resolved(asOf);
    const [found] = await this.rowsOf(view, at).andWhere('v.key = :key', { key }).getRawMany<Raw>();
    return found === undefined ? undefined : answer(view, found, at);
  }

  /**
   * A page of rows in the order of their keys, all true at one position.
   * @throws PositionNotReached as `one`. @throws TypeError for a limit or filter beyond `viewLimits`, or on a column of JSON.
   */
  async list<Row extends object>(view: View<Row>, filter: Filter<Row>, page: PageRequest, asOf: AsOf): Promise<Page<Row>> {
    const { cursor, limit } = page;
    if (!Number.isInteger(limit) || limit < 1 || limit > viewLimits.pageSizeMax)
      throw new TypeError(`a page holds 1 to ${viewLimits.pageSizeMax} rows, not ${limit}`);
    const at = await this.resolved(asOf);
    const query = matching(view.table, filter, this.rowsOf(view, at));
    if (cursor !== undefined) query.andWhere('v.key > :cursor', { cursor });
    const found = await query
      .orderBy('v.key')
      .limit(limit + 1)
      .getRawMany<Raw>();
    // Without a row the statement names no position of its snapshot, so it is asked again at one.
    if (found.length === 0 && at === 'now') return this.list(view, filter, page, { kind: 'position', position: await this.storedPosition() });
    const rows = found.slice(0, limit).map((raw) => rowOf(view, raw));
    return { rows, next: found.length > limit ? (rows.at(-1)?.key ?? null) : null, position: positionIn(found[0], at) };
  }

  /** Every matching row at one position, page by page. */
  async *each<Row extends object>(view: View<Row>, filter: Filter<Row>, asOf: AsOf): AsyncGenerator<Keyed<Row>> {
    const position = await this.positionAt(asOf);
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Page<Row> = await this.list(
        view,
        filter,
        { limit: viewLimits.pageSizeMax, ...(cursor !== undefined && { cursor }) },
        { kind: 'position', position },
      );
      yield* page.rows;
      cursor = page.next;
    }
  }

  /** How far the views have come: nothing of this service up to here is missing from them. */
  async position(): Promise<Position> {
    return this.progress.position ?? (await this.storedPosition());
  }

  /** The position that an `asOf` means, so that several views can be read as of the same. @throws PositionNotReached */
  async positionAt(asOf: AsOf): Promise<Position> {
    const at = await this.resolved(asOf);
    return at === 'now' ? this.storedPosition() : at;
  }

  /** Waits for the views to come to a position; false when they have not within the time. */
  async reached(position: Position, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (let look = 0; ; look += 1) {
      if ((await this.position()) >= position) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      const leading = this.progress.position !== null;
      await this.progress.wait(position, leading ? left : Math.min(left, pollMs[Math.min(look, pollMs.length - 1)] ?? left));
    }
  }

  /** Waits for a row that an event after the position has made; undefined when there is none within the time. */
  async changed<Row extends object>(view: View<Row>, key: string, after: Position, timeoutMs: number): Promise<Answer<Row> | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const seen = await this.position();
      const [found] = await this.rowsOf(view, 'now')
        .andWhere('v.key = :key and v.validFrom > :after', { key, after: String(after) })
        .getRawMany<Raw>();
      if (found !== undefined) return answer(view, found, 'now');
      const left = deadline - performance.now();
      if (left <= 0) return undefined;
      await this.reached(seen + 1n, left);
    }
  }

  private async storedPosition(): Promise<Position> {
    const { service, database } = this.options;
    const [found] = await database.query<{ position: string }[]>(`select position from ${checkpointTable} where name = $1`, [positionOf(service)]);
    return BigInt(found?.position ?? beginning);
  }

  private async resolved(asOf: AsOf): Promise<Position | 'now'> {
    switch (asOf.kind) {
      case 'now':
        return 'now';
      case 'position':
        return this.within(asOf.position);
      case 'instant':
        return this.within(await this.options.store.positionAt(asOf.instant));
      case 'programme-time':
        return this.atProgrammeTime(asOf.programmeId, asOf.instant);
    }
  }

  private async within(wanted: Position): Promise<Position> {
    const reached = await this.position();
    if (wanted > reached) throw new PositionNotReached(wanted, reached);
    return wanted;
  }

  /** Just before the first version, in any view, that the programme's time had passed the instant with. */
  private async atProgrammeTime(programmeId: string, instant: string): Promise<Position> {
    const { database, views } = this.options;
    const reached = await this.storedPosition();
    const firsts = views
      .filter(({ table }) => table.scoped)
      .map(({ table }) => `(select valid_from from ${table.name} where programme_id = $1 and at_from > $2 order by at_from, valid_from limit 1)`);
    if (firsts.length === 0) return reached;
    const [first] = await database.query<{ valid_from: string | null }[]>(
      `select min(valid_from) as valid_from from (${firsts.join(' union all ')}) as later`,
      [programmeId, instant],
    );
    const before = first?.valid_from == null ? reached : BigInt(first.valid_from) - 1n;
    return before < reached ? before : reached;
  }

  private rowsOf(view: View, at: Position | 'now'): SelectQueryBuilder<ObjectLiteral> {
    const { database, service } = this.options;
    const query = database.createQueryBuilder().select('v.key', 'key').addSelect('v.revision', 'revision').from(view.table.entity, 'v');
    for (const { name } of view.table.columns) query.addSelect(`v.${name}`, `c_${name}`);
    if (at === 'now') {
      // The position is of the same snapshot as the rows.
      query.addSelect(`(select position from ${checkpointTable} where name = :service)`, 'position').setParameter('service', positionOf(service));
      return query.where('v.validTo is null');
    }
    return query.where('v.validFrom <= :at and (v.validTo is null or v.validTo > :at)', { at: String(at) });
  }
}

type Raw = { readonly key: string; readonly revision: number; readonly position?: string } & Readonly<Record<string, unknown>>;

const answer = <Row extends object>(view: View<Row>, raw: Raw, at: Position | 'now'): Answer<Row> => ({
  row: rowOf(view, raw),
  revision: raw.revision,
  position: positionIn(raw, at),
});

/** The database keeps the types of the columns, and the driver reads JSON. */
const rowOf = <Row extends object>({ table }: View<Row>, raw: Raw): Keyed<Row> => {
  const row = Object.fromEntries(table.columns.map(({ name }) => [name, raw[`c_${name}`]])) as Row;
  return { ...row, key: raw.key, revision: raw.revision };
};

const positionIn = (raw: Raw | undefined, at: Position | 'now'): Position => (at === 'now' ? BigInt(raw?.position ?? beginning) : at);
