import { describe, expect, test } from '@jest/globals';
import { sha256, type RecordedEvent } from '@program-ledger/event-sourcing';
import { contradiction, type ClaimedVersion, type Noted } from './claims.js';

const id = '00000000-0000-5000-8000-00000000000a';
const at = '2026-03-01T00:00:00.000Z';
const data = JSON.stringify({ type: 'grant-reserved', team: id, at });
const event: RecordedEvent = { id, type: 'grant-reserved', stream: `grant-${id}`, revision: 3, position: 7n, data, metadata: '{}', recordedAt: at };
const claim = { position: 7n, place: 'a row' };

describe('what a database notes of an event', () => {
  const noted: Readonly<Record<Noted, string | number>> = { stream: event.stream, revision: 3, id, type: event.type, dataDigest: sha256(data), mention: id };

  test('agrees with the event that was meant', () => expect(contradiction({ ...claim, noted }, event)).toBeUndefined());

  test.each(Object.keys(noted) as Noted[])('is found to be of another event by its %s', (note) => {
    expect(contradiction({ ...claim, noted: { ...noted, [note]: note === 'revision' ? 4 : 'another' } }, event)).toBe(note);
  });
});

describe('a version of a row', () => {
  const version: ClaimedVersion = { key: id, revision: 3, before: 1, at, atBefore: null };
  const faultOf = (change: Partial<ClaimedVersion>) => contradiction({ ...claim, version: { ...version, ...change } }, event);

  test('has the revision of its own stream’s event', () => {
    expect(faultOf({})).toBeUndefined();
    expect(faultOf({ revision: 2 })).toBe('revision');
  });

  test('of another stream’s event keeps the revision that it had, or has none', () => {
    expect(faultOf({ key: 'team-1', revision: 1 })).toBeUndefined();
    expect(faultOf({ key: 'team-1', revision: 0, before: null })).toBeUndefined();
    expect(faultOf({ key: 'team-1' })).toBe('revision');
    expect(faultOf({ key: 'team-1', before: null })).toBe('revision');
  });

  test('is of its event’s programme time, or of the one that the programme had come to', () => {
    const later = '2026-03-02T00:00:00.000Z';
    expect(faultOf({ at: null })).toBeUndefined();
    expect(faultOf({ at: later, atBefore: later })).toBeUndefined();
    expect(faultOf({ at: later })).toBe('time');
    expect(contradiction({ ...claim, version: { ...version, at: later } }, { ...event, metadata: JSON.stringify({ effectiveAt: later }) })).toBeUndefined();
  });
});
