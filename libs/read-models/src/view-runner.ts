import type { Position, RecordedEvent } from '@program-ledger/event-sourcing';
import { type Lease } from '@program-ledger/messaging';
import type { EntityManager } from 'typeorm';
import { viewLimits } from './as-of.js';
import { moveCheckpoint, type PostgresCheckpoints } from './checkpoints.js';
import { FoldedView } from './folded-view.js';
import type { PageFold, Parked } from './page-fold.js';
import { pause } from './pause.js';
import { readAhead } from './read-ahead.js';
import { isCurrent, rebuildView, type Rebuilt } from './rebuild.js';
import { insertParked, readParked } from './version-rows.js';
import { prefixesOf, type View } from './view.js';
import { positionOf, type Views } from './views.js';

export type ViewTrouble =
  /** The runner begins again from its stored position. */
  | { readonly kind: 'restarting'; readonly service: string; readonly attempt: number; readonly error: unknown }
  | ({ readonly kind: 'parked'; readonly service: string } & Parked);

export type ViewRunnerOptions = {
  readonly checkpoints: PostgresCheckpoints;
  /** Told of everything that makes it begin again, and of every parked stream. Must not throw. */
  readonly report?: (trouble: ViewTrouble) => void;
  /** Called inside the transaction of a page, between rows and commit: where a crash is worth trying. */
  readonly beforeCommit?: () => void | Promise<void>;
  readonly pageSize?: number;
  /** Live rows that a rebuild keeps in memory, `viewLimits.rebuildRowsMax` unless fewer. */
  readonly rebuildRowsMax?: number;
};

export type ViewLag = {
  readonly view: string;
  readonly position: Position;
  /** Whether the log goes on after it. */
  readonly behind: boolean;
  /** Streams that the view could not go on with. */
  readonly parked: number;
};

const limits = {
  pageSize: 2_000,
  /** How long a position that only skips foreign events may stay unstored. */
  idleMs: 100,
  restartPauseMsMax: 5_000,
} as const;

/**
 * Folds all views of a service: one runner, one position, one transaction a page, in which rows and position move together. Of several
 * runners one works, the others wait for it to go.
 */
export class ViewRunner {
  private readonly folded: readonly FoldedView[];
  private generation: number | null = null;

  constructor(
    private readonly views: Views,
    private readonly options: ViewRunnerOptions,
  ) {
    this.folded = views.options.views.map((each) => new FoldedView(each));
  }

  /** Runs until the signal aborts, beginning again from the stored position, with jitter, whatever fails. */
  async run(signal: AbortSignal): Promise<void> {
    const { service } = this.views.options;
    for (let attempt = 0; !signal.aborted; ) {
      try {
        await this.lead(signal, () => (attempt = 0));
      } catch (error) {
        if (signal.aborted) return;
        this.options.report?.({ kind: 'restarting', service, attempt, error });
        await pause((0.1 + 0.9 * Math.random()) * Math.min(limits.restartPauseMsMax, 50 * 2 ** Math.min(attempt, 10)), signal);
        attempt += 1;
      }
    }
  }

  /** Whether each view is behind the log. How far cannot be told of two positions. */
  async lag(): Promise<readonly ViewLag[]> {
    const { store, views } = this.views.options;
    const [position, head, parked] = await Promise.all([this.views.position(), store.head(), this.parked()]);
    return views.map(({ name }) => ({
      view: name,
      position,
      behind: head > position,
      parked: parked.filter((each) => each.view === name).length,
    }));
  }

  /** Streams that a view could not go on with, oldest first. */
  parked(): Promise<readonly Parked[]> {
    return readParked(this.views.options.database, viewLimits.parkedListedMax);
  }

  /** Makes a view's table anew from the log, beside the one that answers, and swaps them. @throws RebuildStopped at a poison event. */
  rebuild(viewName: string): Promise<Rebuilt> {
    return this.rebuilt(this.viewNamed(viewName), new Set());
  }

  /**
   * Tries a parked stream again: the view is rebuilt with it, so that afterwards it is as if the stream had never stopped. Other parked
   * streams of the view stay parked. @throws RebuildStopped when it stops again.
   */
  async retry(viewName: string, stream: string): Promise<Rebuilt> {
    const parked = (await this.parked()).filter(({ view }) => view === viewName).map((each) => each.stream);
    return this.rebuilt(this.viewNamed(viewName), new Set(parked.filter((each) => each !== stream)));
  }

  private rebuilt(view: View, tolerated: ReadonlySet<string>): Promise<Rebuilt> {
    const { checkpoints, rebuildRowsMax: rowsMax } = this.options;
    return rebuildView({ views: this.views, checkpoints, view, tolerated, ...(rowsMax !== undefined && { rowsMax }) });
  }

  private viewNamed(name: string): View {
    const found = this.views.options.views.find((each) => each.name === name);
    if (found === undefined) throw new TypeError(`no view ${name} in ${this.views.options.service}`);
    return found;
  }

  private async lead(signal: AbortSignal, progressed: () => void): Promise<void> {
    const { checkpoints } = this.options;
    const lease = await checkpoints.acquire(positionOf(this.views.options.service), signal);
    this.generation = null;
    try {
      await this.bringUpToDate(lease);
      await this.follow(lease, signal, progressed);
    } finally {
      this.views.progress.stopped();
      await checkpoints.release(lease);
    }
  }

  /** A view that is new, or declared otherwise than its table was made, is rebuilt before the service goes on. */
  private async bringUpToDate(lease: Lease): Promise<void> {
    const { views, database } = this.views.options;
    for (const view of views) if (!(await isCurrent(database, view, lease.position))) await this.rebuilt(view, new Set());
  }

  private async follow(lease: Lease, signal: AbortSignal, progressed: () => void): Promise<void> {
    const { store, views } = this.views.options;
    const { progress } = this.views;
    let stored = lease.position;
    let reached = stored;
    progress.moved(reached);
    const messages = store.subscribe({ after: stored, prefixes: prefixesOf(views), signal, pageSize: this.options.pageSize ?? limits.pageSize });
    for await (const message of readAhead(messages, limits.idleMs)) {
      if (message === 'idle') {
        if (reached > stored) await moveCheckpoint(this.views.options.database, lease, { from: stored, to: reached });
        stored = reached;
        continue;
      }
      if (message.kind === 'events') {
        reached = message.events.at(-1)?.position ?? reached;
        await this.foldPage(lease, { from: stored, to: reached }, message.events);
        stored = reached;
      } else if (message.position > reached) reached = message.position;
      progress.moved(reached);
      progressed();
    }
    if (!signal.aborted) throw new Error('the subscription to the log ended');
  }

  /** Rows and position in one transaction; the position first, so that one who has lost the lease writes nothing. */
  private async foldPage(lease: Lease, move: { readonly from: Position; readonly to: Position }, page: readonly RecordedEvent[]): Promise<void> {
    const { database, service } = this.views.options;
    const folds = await database.transaction(async (transaction) => {
      const generation = await moveCheckpoint(transaction, lease, move);
      if (generation !== this.generation) await this.forget(transaction);
      this.generation = generation;
      const made: PageFold[] = [];
      for (const folded of this.folded) made.push(await folded.fold(transaction, page));
      await insertParked(
        transaction,
        made.flatMap(({ parked }) => parked),
      );
      await this.options.beforeCommit?.();
      return made;
    });
    for (const [index, fold] of folds.entries()) this.folded[index]?.keep(fold);
    for (const each of folds.flatMap(({ parked }) => parked)) this.options.report?.({ kind: 'parked', service, ...each });
  }

  private async forget(transaction: EntityManager): Promise<void> {
    const parked = await readParked(transaction, Number.MAX_SAFE_INTEGER);
    for (const folded of this.folded) folded.forget(parked.filter(({ view }) => view === folded.view.name).map(({ stream }) => stream));
  }
}
