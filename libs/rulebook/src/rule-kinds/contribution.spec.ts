import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, contribution, daysFrom, type DayCount } from '../index.js';
import { exampleRulebook, type Draft } from '../testing/index.js';

const priced = (unitPrice: string, dayCount: DayCount, rounding?: Draft['contribution']['rounding']) =>
  exampleRulebook((draft) => Object.assign(draft.contribution, { unitPrice, dayCount, ...(rounding === undefined ? {} : { rounding }) }));
const amount = (rulebook: ReturnType<typeof priced>, from: string, to: string, gpus = 1) =>
  contribution.evaluate(rulebook, { phase: 'one', gpus, from, to }, '').amount;

describe('contribution', () => {
  test('contribution: a whole month counts as one, nine days of September as 9/30', () =>
    expect(contribution.evaluate(priced('1000', 'months-pro-rata'), { phase: 'two', gpus: 3, from: '2026-08-01', to: '2026-09-09' }, '')).toEqual({
      phase: 'two',
      amount: '3900',
      months: '13/10',
      explanation: '3 × 1000 × 13/10 = 3900',
      lines: [
        { month: '2026-08', days: 31, months: '1', amount: '3000', explanation: '3 × 1000 × 1 = 3000' },
        { month: '2026-09', days: 9, months: '3/10', amount: '900', explanation: '3 × 1000 × 3/10 = 900' },
      ],
    }));

  test('contribution: February is a whole month, in leap years too', () => {
    for (const [from, to] of [
      ['2026-02-01', '2026-02-28'],
      ['2028-02-01', '2028-02-29'],
    ] as const)
      for (const dayCount of ['months-pro-rata', '30/360'] as const) expect(amount(priced('1000', dayCount), from, to)).toBe('1000');
    expect(amount(priced('29000', 'months-pro-rata'), '2028-02-01', '2028-02-28')).toBe('28000');
  });

  test('contribution: actual/30 counts each day as a thirtieth', () => {
    expect(amount(priced('3000', 'actual/30'), '2026-01-01', '2026-01-31')).toBe('3100');
    expect(amount(priced('3000', 'actual/30'), '2026-02-01', '2026-02-28')).toBe('2800');
  });

  test('contribution: actual/365 counts each day as 12/365', () => expect(amount(priced('365', 'actual/365'), '2026-01-01', '2026-01-10')).toBe('120'));

  test('contribution: 30/360 counts every month as thirty days', () => {
    expect(amount(priced('3000', '30/360'), '2026-01-01', '2026-01-31')).toBe('3000');
    expect(amount(priced('3000', '30/360'), '2026-02-16', '2026-02-28')).toBe('1500');
    expect(amount(priced('3000', '30/360'), '2026-01-31', '2026-01-31')).toBe('100');
  });

  test('contribution: each month is rounded as the rule says', () => {
    const third = (mode: Draft['contribution']['rounding']['mode'], unit = '1') =>
      amount(priced('1000', 'actual/30', { mode, unit }), '2026-01-01', '2026-01-05');
    expect([third('down'), third('half-up'), third('up'), third('half-even'), third('up', '100')]).toEqual(['166', '167', '167', '167', '200']);
    const half = (mode: Draft['contribution']['rounding']['mode'], price: string) =>
      amount(priced(price, 'actual/30', { mode, unit: '1' }), '2026-01-01', '2026-01-15');
    expect([half('half-even', '1'), half('half-even', '3'), half('half-up', '1')]).toEqual(['0', '2', '1']);
  });

  test('contribution: a period that ends before it begins is refused, and so is one without end', () => {
    expect(() => amount(priced('1', 'actual/30'), '2026-01-02', '2026-01-01')).toThrow('before it begins');
    expect(() => amount(priced('1', 'actual/30'), '2026-01-01', '2126-01-01')).toThrow('more than 600 months');
  });

  test('contribution: a period split at the end of any month comes to the same', () => {
    const rulebooks = (['months-pro-rata', 'actual/30', 'actual/365', '30/360'] as const).map((dayCount) => priced('6600001', dayCount));
    const day = fc.integer({ min: 0, max: 1_500 }).map((offset) => addDays('2025-01-01', offset));
    fc.assert(
      fc.property(fc.constantFrom(...rulebooks), fc.integer({ min: 1, max: 4_096 }), fc.tuple(day, day), fc.nat(), (rulebook, gpus, [one, other], at) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const whole = contribution.evaluate(rulebook, { phase: 'one', gpus, from, to }, '');
        const first = whole.lines.slice(0, at % whole.lines.length).reduce((days, line) => days + line.days, 0);
        const parts =
          first === 0
            ? [[from, to]]
            : [
                [from, addDays(from, first - 1)],
                [addDays(from, first), to],
              ];
        expect(parts.reduce((total, [start = '', end = '']) => total + BigInt(amount(rulebook, start, end, gpus)), 0n)).toBe(BigInt(whole.amount));
        expect(whole.lines.reduce((total, line) => total + BigInt(line.amount), 0n)).toBe(BigInt(whole.amount));
        expect(whole.lines.reduce((days, line) => days + line.days, 0)).toBe(daysFrom(from, to));
      }),
    );
  });
});
