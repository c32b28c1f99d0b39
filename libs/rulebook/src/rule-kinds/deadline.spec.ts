import { describe, expect, test } from '@jest/globals';
import { deadline } from '../index.js';
import { exampleRulebook, judged } from '../testing/index.js';

const lateness = (submittedAt: string, local = '2026-02-20T18:00', timeZone = 'Asia/Seoul') =>
  deadline.evaluate(exampleRulebook(), { submittedAt, deadline: { local, timeZone } }, '');

describe('deadline', () => {
  test('in-time: at the millisecond of the deadline an application is in', () =>
    expect(lateness('2026-02-20T09:00:00.000Z')).toEqual({ inTime: true, deadlineAt: '2026-02-20T09:00:00.000Z', lateMs: 0 }));

  test('in-time: one millisecond later it is out', () =>
    expect(lateness('2026-02-20T09:00:00.001Z')).toEqual({ inTime: false, deadlineAt: '2026-02-20T09:00:00.000Z', lateMs: 1 }));

  test('in-time: the same wall clock in another zone is another deadline', () => {
    expect(lateness('2026-02-20T17:00:00.000Z', '2026-02-20T18:00', 'Europe/Berlin').inTime).toBe(true);
    expect(lateness('2026-02-20T17:00:00.001Z', '2026-02-20T18:00', 'Europe/Berlin').inTime).toBe(false);
  });

  test('in-time: a time that the clock shows twice is the later one', () =>
    expect(lateness('2026-10-25T00:00:00.000Z', '2026-10-25T02:30', 'Europe/Berlin').deadlineAt).toBe('2026-10-25T01:30:00.000Z'));

  test('in-time: a late application fails this rule with its time', () =>
    expect(judged('in-time', (draft) => (draft.submittedAt = '2026-02-20T09:00:00.001Z'))).toEqual({
      rule: 'in-time',
      kind: 'deadline',
      status: 'failed',
      findings: [{ reason: 'late', attribute: 'submittedAt', organisationId: null, factId: null, found: '2026-02-20T09:00:00.001Z' }],
    }));

  test('in-time: a time without its zone, or with an offset of its own, is no deadline', () => {
    for (const local of ['2026-02-20T18:00Z', '2026-02-20T18:00+09:00', '2026-02-20', '2026-02-30T18:00'])
      expect(deadline.input.safeParse({ submittedAt: '2026-02-20T09:00:00.000Z', deadline: { local, timeZone: 'Asia/Seoul' } }).success).toBe(false);
    expect(
      deadline.input.safeParse({ submittedAt: '2026-02-20T09:00:00.000Z', deadline: { local: '2026-02-20T18:00', timeZone: 'Asia/Nowhere' } }).success,
    ).toBe(false);
  });
});
