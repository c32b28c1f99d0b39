import type { Position } from '@program-ledger/event-sourcing';

/**
 * As of when an answer is wanted. An instant means the largest position whose running maximum of `recordedAt` is not later; a
 * programme time the largest position at which the programme's events in this service have not passed it.
 */
export type AsOf =
  | { readonly kind: 'now' }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'instant'; readonly instant: string }
  | { readonly kind: 'programme-time'; readonly programmeId: string; readonly instant: string };

/** A row as it is answered: its columns, its key, and the revision that `If-Match` takes. */
export type Keyed<Row> = Row & { readonly key: string; readonly revision: number };

/** One row, with the position of the log that it is true at: asked again as of it, the same is answered. */
export type Answer<Row> = { readonly row: Keyed<Row>; readonly revision: number; readonly position: Position };

/** Rows in the order of their keys; `next` is the cursor of the page after this one, or null at the end. */
export type Page<Row> = { readonly rows: readonly Keyed<Row>[]; readonly next: string | null; readonly position: Position };

export type PageRequest = { readonly cursor?: string; readonly limit: number };

/** Conditions on columns, all of which must hold. */
export type Filter<Row> = { readonly [Column in keyof Row]?: Condition<Row[Column]> };
/** Equal; one of several; containing a text, whatever its case; or within bounds, inclusive. */
export type Condition<Value> = Value | readonly Value[] | { readonly contains: string } | { readonly atLeast?: Value; readonly atMost?: Value };

export const viewLimits = {
  /** Rows of one page. */
  pageSizeMax: 1_000,
  /** Values of one `one of` condition. */
  filterValuesMax: 500,
  /** Versions kept in memory of one view between batches. */
  cachedRowsMax: 20_000,
  /** Live rows that a rebuild keeps in memory before it looks them up in the table. */
  rebuildRowsMax: 200_000,
  /** Parked streams answered by one listing. */
  parkedListedMax: 1_000,
} as const;

/** The views have not come to the position that was asked for: wait for it with `Views.reached`, or ask later. */
export class PositionNotReached extends Error {
  override readonly name = 'PositionNotReached';
  constructor(
    readonly wanted: Position,
    readonly reached: Position,
  ) {
    super(`the views are at ${reached}, not yet at ${wanted}`);
  }
}
