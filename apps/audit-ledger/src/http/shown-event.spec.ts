import { describe, expect, test } from '@jest/globals';
import { canonicalJson, sha256, uuidFrom, type RecordedEvent } from '@program-ledger/event-sourcing';
import { shown } from './shown-event.js';

const stream = `decision-${uuidFrom('decision')}`;
const cause = { stream: `panel-${uuidFrom('panel')}`, revision: 3, type: 'ranked' };

const recorded = (data: object, metadata: object = {}): RecordedEvent => {
  const text = canonicalJson(data);
  const meta = { recordedAt: '2026-01-02T00:00:00.000Z', effectiveAt: '2025-10-31T01:00:00.000Z', commandId: uuidFrom('c'), correlationId: 'corr', causationId: uuidFrom('cause'), actor: 'service:review', onBehalfOf: 'kim', role: 'panel-chair', dataDigest: sha256(text), ...metadata };
  return { id: uuidFrom('e'), type: 'decision-announced', stream, revision: 0, position: 7n, data: text, metadata: canonicalJson(meta), recordedAt: meta.recordedAt };
};
const indexed = (event: RecordedEvent) => ({ stream, revision: 0, dataDigest: sha256(event.data) });

describe('an event as an auditor reads it', () => {
  test('says who, on both clocks, why, and by which event it was caused', () => {
    const event = recorded({ reason: 'As ranked.', at: '2025-10-31T01:00:00.000Z' });
    expect(shown(event, indexed(event), new Map([[uuidFrom('cause'), cause]]))).toMatchObject({
      service: 'review',
      recordedAt: '2026-01-02T00:00:00.000Z',
      effectiveAt: '2025-10-31T01:00:00.000Z',
      who: { actor: 'service:review', onBehalfOf: 'kim', role: 'panel-chair' },
      why: { reason: 'As ranked.', cause },
      intact: true,
    });
  });

  test('is not intact when its bytes are not those that the ledger took down, though the metadata was changed with them', () => {
    const before = recorded({ score: '80', at: '2025-10-31T01:00:00.000Z' });
    const after = recorded({ score: '90', at: '2025-10-31T01:00:00.000Z' });
    expect(shown(after, indexed(before), new Map()).intact).toBe(false);
  });

  test('is not intact when its data does not hash to the digest in its metadata', () => {
    const event = recorded({ score: '80', at: '2025-10-31T01:00:00.000Z' }, { dataDigest: sha256('something else') });
    expect(shown(event, indexed(event), new Map()).intact).toBe(false);
  });
});
