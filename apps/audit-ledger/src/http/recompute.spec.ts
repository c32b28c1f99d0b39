import { beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson, sha256, uuidFrom, type JsonObject, type ProposedEvent, type RecordedEvent } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { contribution, decideBy, parseRulebook } from '@program-ledger/rulebook';
import { existsSync, readFileSync } from 'node:fs';
import { recomputeLog } from './recompute.js';

const rulebookFile = 'apps/journeys/src/stories/nipa-2025/rulebook.json';
const rulebookStream = `rulebook-${uuidFrom('rulebook')}`;
const grantStream = `grant-${uuidFrom('grant')}`;
const agreementStream = `agreement-${uuidFrom('agreement')}`;
const recordedAt = '2025-11-01T00:00:00.000Z';

const proposed = (name: string, type: string, data: JsonObject): ProposedEvent => {
  const text = canonicalJson(data);
  return { id: uuidFrom(name), type, data: text, metadata: canonicalJson({ dataDigest: sha256(text), schemaVersion: '1' }), recordedAt };
};

/** A copy of a log, with one event changed on the way, as somebody with access to the database might. */
const copyOf = async (events: readonly RecordedEvent[], change: (event: RecordedEvent) => ProposedEvent = (event) => event): Promise<InMemoryEventStore> => {
  const store = new InMemoryEventStore();
  for (const event of events) {
    const { id, type, data, metadata, recordedAt: at } = change(event);
    await store.append(event.stream, 'any', [{ id, type, data, metadata, recordedAt: at }]);
  }
  return store;
};

const withData = (event: RecordedEvent, change: (data: JsonObject) => JsonObject, hideIt = true): ProposedEvent => {
  const data = canonicalJson(change(JSON.parse(event.data) as JsonObject));
  const metadata = hideIt ? canonicalJson({ ...(JSON.parse(event.metadata) as JsonObject), dataDigest: sha256(data) }) : event.metadata;
  return { ...event, data, metadata };
};

describe('every decision of a log is computed again', () => {
  let events: readonly RecordedEvent[] = [];

  beforeAll(async () => {
    expect(existsSync(rulebookFile)).toBe(true);
    const text = canonicalJson(JSON.parse(readFileSync(rulebookFile, 'utf8')));
    const rulebook = parseRulebook(text);
    const store = new InMemoryEventStore();
    await store.append(rulebookStream, 'none', [proposed('r', 'rulebook-enacted', { text, digest: rulebook.digest, at: recordedAt })]);
    await store.append(grantStream, 'none', [proposed('g', 'grant-reserved', { gpus: 256, from: '2025-11-01', to: '2026-03-31', at: recordedAt })]);
    const references = [{ pointer: '/gpus', stream: grantStream, revision: 0, source: '/gpus' }];
    const input = { phase: 'phase-1', gpus: 256, from: '2025-11-01', to: '2026-03-31' };
    const decision = decideBy(contribution, rulebook, input, { references });
    await store.append(agreementStream, 'none', [proposed('a', 'agreement-offered', { decision: decision as unknown as JsonObject, at: recordedAt })]);
    const pages: RecordedEvent[] = [];
    for await (const page of store.readAll({ after: 0n })) pages.push(...page);
    events = pages;
  });

  const recomputed = async (change?: (event: RecordedEvent) => ProposedEvent) => {
    const store = await copyOf(events, change);
    return recomputeLog(store, await store.head());
  };

  test('an untouched log has no difference, and its references are read', async () => {
    expect(await recomputed()).toMatchObject({ decisions: 1, differences: 0, referencesRead: 1, alteredEvents: [] });
  });

  test('a changed input is found at the event that it came from', async () => {
    const { items, differences } = await recomputed((event) => (event.type === 'grant-reserved' ? withData(event, (data) => ({ ...data, gpus: 255 })) : event));
    expect(differences).toBe(1);
    expect(items[0]?.differences).toEqual([`value-differs of input /gpus at ${grantStream}@0/gpus`]);
  });

  test('a changed outcome is found by the evaluator', async () => {
    const { items } = await recomputed((event) =>
      event.type === 'agreement-offered' ? withData(event, (data) => JSON.parse(JSON.stringify(data).replaceAll('8448000000', '8448000001')) as JsonObject) : event,
    );
    expect(items[0]).toMatchObject({ same: false, differences: ['outcome-differs at /amount', 'outcome-differs at /explanation'] });
  });

  test('a changed rule is found by its digest', async () => {
    const { items } = await recomputed((event) => (event.type === 'rulebook-enacted' ? withData(event, (data) => ({ ...data, text: String(data['text']).replace('6600000', '6600001') })) : event));
    expect(items[0]).toMatchObject({ same: false, differences: [expect.stringContaining('rulebook-differs')] });
  });

  test('a record that was damaged is no less found than one that was changed', async () => {
    const { items } = await recomputed((event) => (event.type === 'agreement-offered' ? withData(event, (data) => ({ ...data, decision: { ...(data['decision'] as JsonObject), version: 'x' } })) : event));
    expect(items[0]).toMatchObject({ same: false, differences: ['the record cannot be read'] });
  });

  test('data that no longer hash to their digest are named', async () => {
    const { alteredEvents } = await recomputed((event) => (event.type === 'grant-reserved' ? withData(event, (data) => ({ ...data, to: '2026-04-01' }), false) : event));
    expect(alteredEvents).toEqual([{ stream: grantStream, revision: 0 }]);
  });
});
