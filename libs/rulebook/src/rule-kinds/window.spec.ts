import { describe, expect, test } from '@jest/globals';
import { windowEnd, windowEndOf } from '../index.js';
import { exampleRulebook } from '../testing/index.js';

describe('window', () => {
  test('objection: ends with the last millisecond of the tenth day after the notice, in the zone', () =>
    expect(windowEndOf(exampleRulebook(), 'objection', '2025-10-31T05:00:00.000Z')).toBe('2025-11-10T14:59:59.999Z'));

  test('objection: the day of notice is the day in the zone, not in UTC', () => {
    expect(windowEnd('2025-10-31T14:59:59.999Z', 10, 'Asia/Seoul')).toBe('2025-11-10T14:59:59.999Z');
    expect(windowEnd('2025-10-31T15:00:00.000Z', 10, 'Asia/Seoul')).toBe('2025-11-11T14:59:59.999Z');
  });

  test('objection: a day is a day where clocks change', () =>
    expect(windowEnd('2026-03-28T12:00:00.000Z', 1, 'Europe/Berlin')).toBe('2026-03-29T21:59:59.999Z'));

  test('stage-report: no days means the day itself', () =>
    expect(windowEndOf(exampleRulebook(), 'stageReport', '2026-06-30T01:00:00.000Z')).toBe('2026-06-30T14:59:59.999Z'));

  test('settlement-report: months end on the same day, or on the last of a shorter month', () => {
    expect(windowEndOf(exampleRulebook(), 'settlementReport', '2026-09-09T03:00:00.000Z')).toBe('2026-12-09T14:59:59.999Z');
    expect(windowEndOf(exampleRulebook(), 'settlementReport', '2026-11-30T03:00:00.000Z')).toBe('2027-02-28T14:59:59.999Z');
  });
});
