import type { RecordedEvent } from '@program-ledger/event-sourcing';
import { viewLimits } from './as-of.js';
import { foldPage, viewEvents, type PageFold, type Version } from './page-fold.js';
import { endVersions, insertVersions, readLive, readTimes, type Schema, type Sql } from './version-rows.js';
import type { View } from './view.js';

/** One view on its way through the log: what is remembered of its table between pages, so that most pages read nothing. */
export class FoldedView {
  private readonly rows = new Map<string, Version | null>();
  private readonly times = new Map<string, string>();
  /** Streams that are left out. */
  readonly parked = new Set<string>();

  constructor(
    readonly view: View,
    private readonly schema: Schema = 'public',
  ) {}

  /**
   * Folds a page and writes what it makes, inside the caller's transaction. What it answers is to be kept with `keep` when, and only
   * when, that has been committed.
   */
  async fold(sql: Sql, page: readonly RecordedEvent[]): Promise<PageFold> {
    const { view, schema } = this;
    const events = viewEvents(view, page, this.parked);
    const missing = new Set(events.events.flatMap(({ keys }) => keys).filter((key) => !this.rows.has(key)));
    if (missing.size > 0) {
      for (const key of missing) this.rows.set(key, null);
      for (const version of await readLive(sql, view.table, [...missing], schema)) this.rows.set(version.key, version);
    }
    const { rows, times } = this;
    const first = foldPage(view, events, { rows, times });
    if (first.timesMissing.size > 0) for (const [id, at] of await readTimes(sql, view.table, [...first.timesMissing], schema)) times.set(id, at);
    const folded = first.timesMissing.size > 0 ? foldPage(view, events, { rows, times }) : first;
    await endVersions(sql, view.table, folded.ended, schema);
    await insertVersions(sql, view.table, folded.made, schema);
    return folded;
  }

  keep(folded: PageFold): void {
    for (const [key, version] of folded.rows) this.rows.set(key, version);
    for (const [programmeId, at] of folded.times) this.times.set(programmeId, at);
    for (const { stream } of folded.parked) this.parked.add(stream);
    if (this.rows.size > viewLimits.cachedRowsMax) this.rows.clear();
  }

  /** Forgets what it remembers: the table may have changed behind it. */
  forget(parked: readonly string[]): void {
    this.rows.clear();
    this.times.clear();
    this.parked.clear();
    for (const stream of parked) this.parked.add(stream);
  }
}
