import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { apportion, compare, over, plus, rational, rationalOf, rounded, sum, times, toAmount, toDecimal, toFraction } from './rational.js';

const fraction = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.bigInt({ min: 1n, max: 10n ** 6n })).map(([top, bottom]) => rational(top, bottom));

describe('an exact number', () => {
  test('is in lowest terms', () => {
    expect(rational(6, -4)).toEqual({ numerator: -3n, denominator: 2n });
    expect(toFraction(rational(53, 10))).toBe('53/10');
    expect(toFraction(rational(10, 2))).toBe('5');
    expect(() => rational(1, 0)).toThrow('a fraction of zero parts');
  });

  test('is read from a decimal as it stands there', () => expect(plus(rationalOf('0.1'), rationalOf('0.2'))).toEqual(rationalOf('0.30')));

  test('adds, multiplies, divides and compares without loss', () =>
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        expect(plus(a, b)).toEqual(plus(b, a));
        if (b.numerator > 0n) expect(over(times(a, b), b)).toEqual(a);
        expect(compare(plus(a, rational(1)), a)).toBe(1);
        expect(compare(a, a)).toBe(0);
      }),
    ));

  test('is rounded as the mode says', () => {
    const modes = ['down', 'up', 'half-up', 'half-even'] as const;
    const all = (value: string) => modes.map((mode) => rounded(rationalOf(value), mode));
    expect(all('2')).toEqual([2n, 2n, 2n, 2n]);
    expect(all('2.4')).toEqual([2n, 3n, 2n, 2n]);
    expect(all('2.5')).toEqual([2n, 3n, 3n, 2n]);
    expect(all('3.5')).toEqual([3n, 4n, 4n, 4n]);
    expect(all('2.6')).toEqual([2n, 3n, 3n, 3n]);
    expect(toAmount(rational(1_499), { mode: 'half-up', unit: '1000' })).toBe(1_000n);
  });

  test('is written with the decimals asked for', () => {
    expect(toDecimal(rational(1, 3), 2, 'half-up')).toBe('0.33');
    expect(toDecimal(rational(5, 1_000), 2, 'half-even')).toBe('0.00');
    expect(toDecimal(rational(199, 2), 0, 'half-up')).toBe('100');
    expect(toDecimal(rational(100), 3, 'down')).toBe('100.000');
  });

  test('parts come to the rounded whole, none off by a unit or more', () =>
    fc.assert(
      fc.property(
        fc.array(fraction, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('1', '7', '100'),
        fc.constantFrom('down', 'half-up', 'half-even', 'up'),
        (parts, unit, mode) => {
          const amounts = apportion(parts, { mode, unit });
          expect(amounts.reduce((total, one) => total + one, 0n)).toBe(toAmount(sum(parts), { mode, unit }));
          for (const [index, amount] of amounts.entries()) {
            const down = toAmount(parts[index]!, { mode: 'down', unit });
            expect([down, down + BigInt(unit)]).toContain(amount);
          }
        },
      ),
    ));
});
