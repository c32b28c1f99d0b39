import type { Client, Person } from './client.js';

/** Events of one run, stream by stream: type and data only, since recorded times and positions differ between runs. */
export type LogContent = ReadonlyMap<string, readonly string[]>;

type Page = { readonly items: readonly { readonly stream: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]; readonly next: string | null };

export const readLog = async (client: Client, auditor: Person): Promise<LogContent> => {
  const streams = new Map<string, string[]>();
  for (let cursor: string | null = '0'; cursor !== null; ) {
    const { body } = await client.raw(auditor, `/audit-ledger/events?limit=200&cursor=${cursor}`);
    const { items, next } = body as Page;
    for (const { stream, type, data } of items) streams.set(stream, [...(streams.get(stream) ?? []), `${type} ${JSON.stringify(timeless(data))}`]);
    cursor = next;
  }
  return streams;
};

/** What belongs to no programme happens at the machine's time, which is another in every run. */
const timeless = (data: Readonly<Record<string, unknown>>): unknown => ('programmeId' in data ? data : { ...data, at: undefined });

/** Differences between the logs of two runs of one story, in words; at most `differencesMax` of them. */
const differencesMax = 20;

export const compareLogs = (expected: LogContent, actual: LogContent): readonly string[] => {
  const names = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  return names.flatMap((stream) => compareStream(stream, expected.get(stream) ?? [], actual.get(stream) ?? [])).slice(0, differencesMax);
};

/**
 * Streams that are fed by several services, or by several streams of one: what they hear may reach them in any order, so they are compared as
 * sets that count. Every other stream is written by one hand, and is the same sequence each time.
 */
const fedBySeveral: ReadonlySet<string> = new Set([
  'agreementProcess',
  'grantProcess',
  // Entries of money and of GPU-hours come from two services.
  'journal',
  // Seals come from the assessments, each a stream of its own.
  'panel',
  'programmeProcess',
]);

const compareStream = (stream: string, expected: readonly string[], actual: readonly string[]): readonly string[] => {
  if (JSON.stringify(expected) === JSON.stringify(actual)) return [];
  const inOrder = !fedBySeveral.has(stream.slice(0, stream.indexOf('-')));
  const [left, right] = [[...expected].sort(), [...actual].sort()];
  if (JSON.stringify(left) === JSON.stringify(right)) return inOrder ? [`${stream}: the same ${expected.length} events in another order, ${orderOf(expected, actual)}`] : [];
  const missing = left.filter((event) => !right.includes(event));
  const surplus = right.filter((event) => !left.includes(event));
  return [`${stream}: ${expected.length} events expected, ${actual.length} found; missing ${brief(missing)}; surplus ${brief(surplus)}`];
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
