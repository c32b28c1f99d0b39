import type { Rounding } from './notation.js';

/** Exact fraction in lowest terms; the denominator is positive. Money, scores and months are never a float. */
export type Rational = { readonly numerator: bigint; readonly denominator: bigint };

const divisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisor(b, a % b));
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

export const rational = (numerator: bigint | number, denominator: bigint | number = 1n): Rational => {
  const [top, bottom] = [BigInt(numerator), BigInt(denominator)];
  if (bottom === 0n) throw new RangeError('a fraction of zero parts');
  const shared = divisor(absolute(top), absolute(bottom)) * (bottom < 0n ? -1n : 1n);
  return { numerator: top / shared, denominator: bottom / shared };
};

export const zero = rational(0n);

/** "12.50" → 25/2. */
export const rationalOf = (decimal: string): Rational => {
  const [whole = '', places = ''] = decimal.split('.');
  return rational(BigInt(whole + places), 10n ** BigInt(places.length));
};

export const plus = (a: Rational, b: Rational): Rational => rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
export const times = (a: Rational, b: Rational): Rational => rational(a.numerator * b.numerator, a.denominator * b.denominator);
export const over = (a: Rational, b: Rational): Rational => rational(a.numerator * b.denominator, a.denominator * b.numerator);
export const sum = (values: readonly Rational[]): Rational => values.reduce(plus, zero);

/** Negative when `a` is less, positive when it is more. */
export const compare = (a: Rational, b: Rational): number => {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** To the nearest integer, or to the one that the mode says. Not for negative values: nothing here has any. */
export const rounded = ({ numerator, denominator }: Rational, mode: Rounding['mode']): bigint => {
  const [down, rest] = [numerator / denominator, numerator % denominator];
  if (rest === 0n) return down;
  const half = 2n * rest - denominator;
  switch (mode) {
    case 'down':
      return down;
    case 'up':
      return down + 1n;
    case 'half-up':
      return half >= 0n ? down + 1n : down;
    case 'half-even':
      return half > 0n || (half === 0n && down % 2n === 1n) ? down + 1n : down;
  }
};

/** To a multiple of the rounding's unit. */
export const toAmount = (value: Rational, { mode, unit }: Rounding): bigint => rounded(over(value, rational(BigInt(unit))), mode) * BigInt(unit);

/** With exactly so many decimals: 25/2 → "12.50". */
export const toDecimal = (value: Rational, decimals: number, mode: Rounding['mode']): string => {
  const digits = rounded(times(value, rational(10n ** BigInt(decimals))), mode)
    .toString()
    .padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

/** "53/10"; a whole number without its denominator. */
export const toFraction = ({ numerator, denominator }: Rational): string => (denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`);

/**
 * Splits what the exact parts come to, rounded, so that the amounts add up to it: each part gets its multiple of the unit, and what is
 * left goes unit by unit to the largest remainders, the earlier part first where they are equal.
 */
export const apportion = (parts: readonly Rational[], rounding: Rounding): readonly bigint[] => {
  const unit = BigInt(rounding.unit);
  const shares = parts.map((exact, index) => {
    const down = toAmount(exact, { mode: 'down', unit: rounding.unit });
    return { index, down, remainder: plus(exact, rational(-down)) };
  });
  const left = toAmount(sum(parts), rounding) - shares.reduce((total, share) => total + share.down, 0n);
  const favoured = [...shares].sort((a, b) => compare(b.remainder, a.remainder) || a.index - b.index).slice(0, Number(left / unit));
  const winners = new Set(favoured.map((share) => share.index));
  return shares.map(({ index, down }) => (winners.has(index) ? down + unit : down));
};
