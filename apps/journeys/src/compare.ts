import { createHash } from 'node:crypto';
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
 * What one stream causes in another comes in its order, in every run. What several streams cause in one, it may hear in any order, and what it decides
 * when two of them have spoken is caused by whichever came last: such a stream holds the same events, and keeps the order of those that one
 * stream caused in both runs. Every other is the one sequence that it is. A reference to a revision of such a stream is one to what lies there.
 */
export const compareLogs = (expected: LogContent, actual: LogContent): readonly string[] => {
  const names = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  const shared = new Set(names.filter((stream) => isFedBySeveral(expected.get(stream)) || isFedBySeveral(actual.get(stream))));
  const [left, right] = [toldOf(expected, shared), toldOf(actual, shared)];
  return names.flatMap((stream) => compareStream(stream, { expected: left(stream), actual: right(stream), isShared: shared.has(stream) })).slice(0, differencesMax);
};

const isFedBySeveral = (events: readonly Logged[] = []): boolean => new Set(events.flatMap(({ causedBy }) => causedBy ?? [])).size > 1;

/** An event in words that two runs have in common, and what caused it. */
type Told = { readonly text: string; readonly causedBy: string | null };

const toldOf = (log: LogContent, shared: ReadonlySet<string>): ((stream: string) => readonly Told[]) => {
  const placeOf = placesIn(log, shared);
  return (stream) => (log.get(stream) ?? []).map(({ type, data, causedBy }) => ({ text: `${type} ${JSON.stringify(placed(data, placeOf))}`, causedBy }));
};

type PlaceOf = (stream: string, revision: number) => unknown;

/** Which of the events that say the same lies at a revision: in streams that may hear things in any order, the same in every run. */
const placesIn = (log: LogContent, shared: ReadonlySet<string>): PlaceOf => {
  const places = new Map<string, readonly string[]>();
  for (const stream of shared) {
    const counts = new Map<string, number>();
    const placesOfStream = (log.get(stream) ?? []).map(({ type, data }) => {
      const said = createHash('sha256').update(JSON.stringify(placed(data, () => undefined))).digest('hex').slice(0, 12);
      const count = (counts.get(`${type} ${said}`) ?? 0) + 1;
      counts.set(`${type} ${said}`, count);
      return `${type} ${said} (${count})`;
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

type Compared = { readonly expected: readonly Told[]; readonly actual: readonly Told[]; readonly isShared: boolean };

const compareStream = (stream: string, { expected, actual, isShared }: Compared): readonly string[] => {
  const [left, right] = [textsOf(expected), textsOf(actual)];
  const [missing, surplus] = [without(left, right), without(right, left)];
  if (missing.length + surplus.length > 0) return [`${stream}: ${left.length} events expected, ${right.length} found; missing ${brief(missing)}; surplus ${brief(surplus)}`];
  if (!isShared) return compareOrder(stream, left, right);
  return [...new Set(expected.map(({ causedBy }) => causedBy))].flatMap((cause) => {
    const [once, again] = [expected, actual].map((events) => textsOf(events.filter(({ causedBy }) => causedBy === cause))) as [readonly string[], readonly string[]];
    return compareOrder(`${stream}, by ${cause ?? 'people'}`, without(once, without(once, again)), without(again, without(again, once)));
  });
};

const textsOf = (events: readonly Told[]): readonly string[] => events.map(({ text }) => text);

const compareOrder = (sequence: string, expected: readonly string[], actual: readonly string[]): readonly string[] => {
  const at = expected.findIndex((event, index) => event !== actual[index]);
  return at === -1 ? [] : [`${sequence}: the same ${expected.length} events in another order, from ${at} on: ${brief([expected[at] ?? ''])} became ${brief([actual[at] ?? ''])}`];
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
