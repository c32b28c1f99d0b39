import { describe, expect, test } from '@jest/globals';
import { uuidFrom, type RecordedEvent } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { foldPage, viewEvents, type Version } from './page-fold.js';
import { on, record, type Occurrence } from './testing/history.js';
import { grantsView, sampleGrant, teamsView } from './testing/sample-grants.js';
import type { View } from './view.js';

const instants = fc.integer({ min: 0, max: 59 }).map((second) => `2026-03-01T00:00:${String(second).padStart(2, '0')}.000Z`);
const ids = fc.constantFrom(...['a', 'b', 'c', 'd'].map((name) => uuidFrom(name)));

/** Any history of four grants in two programmes, poison included. */
const histories = fc.array(
  fc.oneof(
    fc
      .record({ id: ids, programmeId: fc.constantFrom(uuidFrom('p'), uuidFrom('q')), team: fc.constantFrom('x', 'y'), gpus: fc.nat(9), at: instants })
      .map(({ id, ...event }): Occurrence => on(sampleGrant, id, { type: 'grant-reserved', ...event })),
    fc.record({ id: ids, gpus: fc.nat(9), at: instants }).map(({ id, ...event }): Occurrence => on(sampleGrant, id, { type: 'grant-delivered', ...event })),
    fc
      .record({ id: ids, text: fc.constantFrom('poison', 'a', 'b'), at: instants })
      .map(({ id, ...event }): Occurrence => on(sampleGrant, id, { type: 'grant-noted', ...event })),
    fc.record({ id: ids, at: instants }).map(({ id, at }): Occurrence => on(sampleGrant, id, { type: 'grant-returned', at })),
    fc.record({ id: ids, at: instants }).map(({ id, at }): Occurrence => on(sampleGrant, id, { type: 'grant-audited', at })),
  ),
  { maxLength: 40 },
);

const logOf = async (history: readonly Occurrence[]): Promise<readonly RecordedEvent[]> => {
  const store = new InMemoryEventStore();
  await record(store, history);
  const events: RecordedEvent[] = [];
  for await (const page of store.readAll({ after: 0n })) events.push(...page);
  return events;
};

/** Folds a log in pages, keeping between them only what the tables hold. */
const folded = (view: View, log: readonly RecordedEvent[], pageSize: number) => {
  const versions: Version[] = [];
  const parked = new Map<string, { revision: number }>();
  const times = new Map<string, string>();
  for (let start = 0; start < log.length; start += pageSize) {
    const rows = new Map(versions.filter(({ validTo }) => validTo === null).map((version) => [version.key, version]));
    const known = { rows, times: { get: (programmeId: string) => times.get(programmeId) ?? '' } };
    const fold = foldPage(view, viewEvents(view, log.slice(start, start + pageSize), new Set(parked.keys())), known);
    for (const { key, validFrom, validTo } of fold.ended) versions.find((version) => version.key === key && version.validFrom === validFrom)!.validTo = validTo;
    versions.push(...structuredClone(fold.made));
    for (const [programmeId, at] of fold.times) times.set(programmeId, at);
    for (const each of fold.parked) parked.set(each.stream, each);
  }
  return { versions, parked: [...parked].sort() };
};

describe.each([
  ['rows of their own stream', grantsView(false)],
  ['rows fed by many streams', teamsView],
])('folding %s', (_, view: View) => {
  test('makes the same versions however the log is cut into pages', () =>
    fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 7 }), async (history, pageSize) => {
        const log = await logOf(history);
        expect(folded(view, log, pageSize)).toEqual(folded(view, log, 1_000));
      }),
    ));

  test('has at most one version of a row at any position, and programme times that only rise', () =>
    fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { versions } = folded(view, await logOf(history), 5);
        for (let position = 1n; position <= BigInt(history.length); position += 1n) {
          const keys = versions.filter(({ validFrom, validTo }) => validFrom <= position && (validTo === null || validTo > position)).map(({ key }) => key);
          expect(keys).toEqual([...new Set(keys)]);
        }
        const column = view.table.columns.findIndex(({ name }) => name === 'programmeId');
        for (const programmeId of [uuidFrom('p'), uuidFrom('q')]) {
          const times = versions.filter(({ values }) => values[column] === programmeId).map(({ atFrom }) => atFrom);
          expect(times).toEqual([...times].sort());
        }
      }),
    ));
});

test('an event that fails in one of its rows changes none of them', () => {
  const twoRows: View = { ...grantsView(), keysOf: () => ['one', 'two'], fold: (_, __, key) => (key === 'two' ? { unknown: true } : { ...row }) };
  const row = { programmeId: uuidFrom('p'), team: 'x', gpus: 1, deliveredAt: null, notes: [] };
  const event = {
    id: '',
    type: 'grant-returned',
    data: '{"at":"2026-03-01T00:00:00.000Z"}',
    metadata: '{"schemaVersion":"1"}',
    recordedAt: '',
    stream: 'sampleGrant-1',
    revision: 0,
    position: 1n,
  };
  const fold = foldPage(twoRows, viewEvents(twoRows, [event], new Set()), { rows: new Map(), times: new Map() });
  expect(fold.made).toEqual([]);
  expect(fold.parked).toMatchObject([{ stream: 'sampleGrant-1', reason: 'UnfitRow: sample_grants.unknown is not a column' }]);
});
