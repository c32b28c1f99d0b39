import {
  decodeEvent,
  idOf,
  type DomainEvent,
  type EventDefinition,
  type EventMetadata,
  type RecordedEvent,
  type StoredEvent,
} from '@program-ledger/event-sourcing';
import { sourceOf, type View } from './view.js';
import { UnfitRow, type StoredRow } from './view-table.js';

/** One version of a row. `validTo` is set when a later event ends it. */
export type Version = {
  readonly key: string;
  readonly validFrom: bigint;
  validTo: bigint | null;
  readonly revision: number;
  readonly atFrom: string | null;
  readonly values: StoredRow;
};

export type Ended = { readonly key: string; readonly validFrom: bigint; readonly validTo: bigint };

/** A stream that a view cannot go on with, and the event it stopped at. */
export type Parked = {
  readonly view: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly eventType: string;
  readonly reason: string;
};

/** What is known of a view before a page: live rows (null: there is none), latest programme times ('': none yet). */
export type Known = {
  readonly rows: { get(key: string): Version | null | undefined };
  readonly times: { get(programmeId: string): string | undefined };
};

/** What a page makes of a view. */
export type PageFold = {
  /** Versions that the page made, in order. */
  readonly made: readonly Version[];
  /** Versions from before the page that it ended. */
  readonly ended: readonly Ended[];
  /** Live rows after the page, of the keys it touched. */
  readonly rows: ReadonlyMap<string, Version | null>;
  readonly times: ReadonlyMap<string, string>;
  readonly parked: readonly Parked[];
  /** Programmes whose time was not known: with them known, the page is to be folded again. */
  readonly timesMissing: ReadonlySet<string>;
};

/** An event of a page as one view takes it. `stored` is null when no row of `on` names its type. */
export type ViewEvent = { readonly recorded: RecordedEvent; readonly stored: StoredEvent | null; readonly keys: readonly string[] };
export type ViewEvents = { readonly events: readonly ViewEvent[]; readonly parked: readonly Parked[] };

const keyLengthMax = 200;

/** Reads the events of a page for a view. What cannot be read, or names no fit key, parks its stream from there on. */
export const viewEvents = (view: View, page: readonly RecordedEvent[], parked: ReadonlySet<string>): ViewEvents => {
  const failed = new Map<string, Parked>();
  const events: ViewEvent[] = [];
  for (const recorded of page) {
    const source = sourceOf(view, recorded.stream);
    if (source === undefined || parked.has(recorded.stream) || failed.has(recorded.stream)) continue;
    try {
      const event = viewEvent(view, source, recorded);
      if (event !== null) events.push(event);
    } catch (error) {
      failed.set(recorded.stream, parking(view, recorded, error));
    }
  }
  return { events, parked: [...failed.values()] };
};

const viewEvent = (view: View, source: Readonly<Record<string, EventDefinition<DomainEvent>>>, recorded: RecordedEvent): ViewEvent | null => {
  if (!view.handles(recorded.type)) return isOwn(view, recorded.stream) ? { recorded, stored: null, keys: [idOf(recorded.stream)] } : null;
  const stored = decodeEvent(source, recorded);
  const keys = view.keysOf(stored);
  const unfit = keys.find((key) => key === '' || key.length > keyLengthMax || key.includes('\0'));
  if (unfit !== undefined) throw new UnfitRow(view.table.name, 'key', `is 1 to ${keyLengthMax} characters, not ${unfit.slice(0, 80)}`);
  return { recorded, stored, keys };
};

/** Whether rows take their revision from the stream. */
const isOwn = (view: View, stream: string): boolean => view.category !== undefined && stream.startsWith(`${view.category}-`);

const parking = (view: View, { stream, revision, position, type }: RecordedEvent, error: unknown): Parked => ({
  view: view.name,
  stream,
  revision,
  position,
  eventType: type,
  reason: (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 2_000),
});

/** Folds the events of one page into versions. Pure: the same events on the same rows make the same versions. */
export const foldPage = (view: View, { events, parked }: ViewEvents, known: Known): PageFold => {
  const fold = new Fold(view, known, new Map(parked.map((each) => [each.stream, each])));
  for (const event of events) fold.apply(event);
  return fold;
};

type Step = { readonly key: string; readonly live: Version | null; readonly revision: number; readonly values: StoredRow | null };

class Fold implements PageFold {
  readonly made: Version[] = [];
  readonly ended: Ended[] = [];
  readonly rows = new Map<string, Version | null>();
  readonly times = new Map<string, string>();
  readonly timesMissing = new Set<string>();
  private readonly programmeColumn: number;

  constructor(
    private readonly view: View,
    private readonly known: Known,
    private readonly failed: Map<string, Parked>,
  ) {
    this.programmeColumn = view.table.columns.findIndex(({ name }) => name === 'programmeId');
  }

  get parked(): readonly Parked[] {
    return [...this.failed.values()];
  }

  /** An event is folded into all of its rows or, when one of them fails, into none. */
  apply(event: ViewEvent): void {
    const { recorded } = event;
    const failed = this.failed.get(recorded.stream);
    if (failed !== undefined && failed.revision < recorded.revision) return;
    try {
      for (const step of event.keys.map((key) => this.step(key, event))) this.take(step, event);
    } catch (error) {
      this.failed.set(recorded.stream, parking(this.view, recorded, error));
    }
  }

  private step(key: string, { recorded, stored }: ViewEvent): Step {
    const touched = this.rows.get(key);
    const live = touched === undefined ? (this.known.rows.get(key) ?? null) : touched;
    const own = isOwn(this.view, recorded.stream) && idOf(recorded.stream) === key;
    return { key, live, revision: own ? recorded.revision : (live?.revision ?? 0), values: this.valuesAfter(live, stored, key) };
  }

  private valuesAfter(live: Version | null, stored: StoredEvent | null, key: string): StoredRow | null {
    const { table } = this.view;
    const before = live === null ? undefined : live.values;
    const row = stored === null ? undefined : this.view.fold(before && table.decode(before), stored, key);
    if (row === undefined) return before ?? null;
    return row === null ? null : table.encode(row);
  }

  private take({ key, live, revision, values }: Step, event: ViewEvent): void {
    const lasting = values ?? live?.values;
    if (lasting === undefined || isUnchanged(live, revision, values)) return;
    const { position } = event.recorded;
    const atFrom = this.atFrom(lasting, event);
    if (live !== null) this.end(live, position);
    // A row that goes leaves a version of no length, so that programme time knows of its going.
    const version = { key, validFrom: position, validTo: values === null ? position : null, revision, atFrom, values: lasting };
    this.rows.set(key, values === null ? null : version);
    if (values !== null || atFrom !== null) this.made.push(version);
  }

  private end(live: Version, validTo: bigint): void {
    if (this.rows.get(live.key) === live) live.validTo = validTo;
    else this.ended.push({ key: live.key, validFrom: live.validFrom, validTo });
  }

  /** The running maximum of the programme's time in this view, with this event. */
  private atFrom(values: StoredRow, { recorded, stored }: ViewEvent): string | null {
    const programmeId = values[this.programmeColumn];
    if (typeof programmeId !== 'string') return null;
    const before = this.times.get(programmeId) ?? this.known.times.get(programmeId);
    if (before === undefined) this.timesMissing.add(programmeId);
    const at = stored?.event.at ?? (JSON.parse(recorded.metadata) as EventMetadata).effectiveAt;
    const latest = before === undefined || before < at ? at : before;
    this.times.set(programmeId, latest);
    return latest;
  }
}

const isUnchanged = (live: Version | null, revision: number, values: StoredRow | null): boolean =>
  live !== null && values !== null && live.revision === revision && values.every((value, index) => value === live.values[index]);
