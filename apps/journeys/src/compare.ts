import type { Client, Person } from './client.js';

/** An event as two runs must agree on it: recorded times and positions differ between runs, its cause is a stream that both have. */
export type Logged = { readonly type: string; readonly data: Readonly<Record<string, unknown>>; readonly causedBy: string | null };

/** Events of one run, stream by stream. */
export type LogContent = ReadonlyMap<string, readonly Logged[]>;

type Page = {
  readonly items: readonly { readonly stream: string; readonly type: string; readonly data: Readonly<Record<string, unknown>>; readonly why: { readonly cause: { readonly stream: string } | null } }[];
  readonly next: string | null;
};

export const readLog = async (client: Client, auditor: Person): Promise<LogContent> => {
  const streams = new Map<string, Logged[]>();
  for (let cursor: string | null = '0'; cursor !== null; ) {
    const { body } = await client.raw(auditor, `/audit-ledger/events?limit=200&cursor=${cursor}`);
    const { items, next } = body as Page;
    for (const { stream, type, data, why } of items) streams.set(stream, [...(streams.get(stream) ?? []), { type, data: timeless(data), causedBy: why.cause?.stream ?? null }]);
    cursor = next;
  }
  return streams;
};

/** What belongs to no programme happens at the machine's time, which is another in every run. */
const timeless = (data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ('programmeId' in data ? data : { ...data, at: undefined });

/** Differences between the logs of two runs of one story, in words; at most `differencesMax` of them. */
const differencesMax = 20;

/**
 * What one stream causes in another comes in its order, in every run. What several streams cause in one, it may hear in any order: such a stream is
 * compared cause by cause, every other as the one sequence that it is. A reference to a revision of such a stream is a reference to what lies there.
 */
export const compareLogs = (expected: LogContent, actual: LogContent): readonly string[] => {
  const names = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  const shared = new Set(names.filter((stream) => isFedBySeveral(expected.get(stream)) || isFedBySeveral(actual.get(stream))));
  const [left, right] = [sequencesOf(expected, shared), sequencesOf(actual, shared)];
  const sequences = [...new Set([...left.keys(), ...right.keys()])].sort();
  return sequences.flatMap((sequence) => compareSequence(sequence, left.get(sequence) ?? [], right.get(sequence) ?? [])).slice(0, differencesMax);
};

const isFedBySeveral = (events: readonly Logged[] = []): boolean => new Set(events.flatMap(({ causedBy }) => causedBy ?? [])).size > 1;

/** A whole stream, or the part of it that one stream, or people, caused. */
const sequenceOf = (stream: string, { causedBy }: Logged, shared: ReadonlySet<string>): string => (shared.has(stream) ? `${stream}, by ${causedBy ?? 'people'}` : stream);

const sequencesOf = (log: LogContent, shared: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> => {
  const placeOf = placesIn(log, shared);
  const sequences = new Map<string, string[]>();
  for (const [stream, events] of log)
    for (const event of events) {
      const sequence = sequenceOf(stream, event, shared);
      sequences.set(sequence, [...(sequences.get(sequence) ?? []), `${event.type} ${JSON.stringify(placed(event.data, placeOf))}`]);
    }
  return sequences;
};

type PlaceOf = (stream: string, revision: number) => unknown;

/** Where a revision lies in its sequence: the same in every run. */
const placesIn = (log: LogContent, shared: ReadonlySet<string>): PlaceOf => {
  const places = new Map<string, readonly string[]>();
  for (const stream of shared) {
    const lengths = new Map<string, number>();
    const placesOfStream = (log.get(stream) ?? []).map((event) => {
      const sequence = sequenceOf(stream, event, shared);
      const length = lengths.get(sequence) ?? 0;
      lengths.set(sequence, length + 1);
      return `${length} of ${sequence}`;
    });
    places.set(stream, placesOfStream);
  }
  return (stream, revision) => places.get(stream)?.[revision] ?? revision;
};

/** The same data, its references to `{ stream, revision }` replaced. */
const placed = (value: unknown, placeOf: PlaceOf): unknown => {
  if (Array.isArray(value)) return value.map((each) => placed(each, placeOf));
  if (typeof value !== 'object' || value === null) return value;
  const { stream, revision, ...rest } = value as Readonly<Record<string, unknown>>;
  if (typeof stream === 'string' && typeof revision === 'number') return { stream, revision: placeOf(stream, revision), ...(placed(rest, placeOf) as object) };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, placed(each, placeOf)]));
};

const compareSequence = (sequence: string, expected: readonly string[], actual: readonly string[]): readonly string[] => {
  if (JSON.stringify(expected) === JSON.stringify(actual)) return [];
  const [left, right] = [[...expected].sort(), [...actual].sort()];
  if (JSON.stringify(left) === JSON.stringify(right)) return [`${sequence}: the same ${expected.length} events in another order, ${orderOf(expected, actual)}`];
  const missing = without(expected, actual);
  const surplus = without(actual, expected);
  return [`${sequence}: ${expected.length} events expected, ${actual.length} found; missing ${brief(missing)}; surplus ${brief(surplus)}`];
};

/** What is left of some events when each of others has taken one that is the same. */
const without = (events: readonly string[], taken: readonly string[]): readonly string[] => {
  const counts = new Map<string, number>();
  for (const event of taken) counts.set(event, (counts.get(event) ?? 0) + 1);
  return events.filter((event) => {
    const count = counts.get(event) ?? 0;
    counts.set(event, count - 1);
    return count <= 0;
  });
};

/** Where two orders part. */
const orderOf = (expected: readonly string[], actual: readonly string[]): string => {
  const at = expected.findIndex((event, index) => event !== actual[index]);
  return `from ${at} on: ${brief([expected[at] ?? ''])} became ${brief([actual[at] ?? ''])}`;
};

const brief = (events: readonly string[]): string => (events.length === 0 ? 'none' : events.slice(0, 2).map((event) => event.slice(0, 300)).join(' | '));

/** Paths at which two reports differ, but for the log's own figures, which count recordings. */
export const compareReports = (expected: unknown, actual: unknown, path = ''): readonly string[] => {
  if (path === '/log') return [];
  if (typeof expected !== 'object' || typeof actual !== 'object' || expected === null || actual === null) {
    return Object.is(expected, actual) ? [] : [`${path}: ${JSON.stringify(expected)} became ${JSON.stringify(actual)}`];
  }
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return keys.flatMap((key) => compareReports((expected as Record<string, unknown>)[key], (actual as Record<string, unknown>)[key], `${path}/${key}`));
};
