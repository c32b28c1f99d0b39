import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canonicalJson, integerLikeKeys } from './canonical-json.js';

const vectors = fileURLToPath(new URL('../vectors/jcs/', import.meta.url));

describe('canonical JSON', () => {
  for (const name of readdirSync(vectors).filter((file) => file.endsWith('.input.json')))
    test(`writes the RFC 8785 vector ${name.replace('.input.json', '')} byte for byte`, () => {
      const written = canonicalJson(JSON.parse(readFileSync(`${vectors}/${name}`, 'utf8')));
      expect(Buffer.from(written)).toEqual(readFileSync(`${vectors}/${name.replace('input', 'output')}`));
    });

  test('writes the numbers of RFC 8785 appendix B', () => {
    const numbers: readonly (readonly [string, string])[] = [
      ['0000000000000000', '0'],
      ['8000000000000000', '0'],
      ['0000000000000001', '5e-324'],
      ['8000000000000001', '-5e-324'],
      ['7fefffffffffffff', '1.7976931348623157e+308'],
      ['ffefffffffffffff', '-1.7976931348623157e+308'],
      ['4340000000000000', '9007199254740992'],
      ['c340000000000000', '-9007199254740992'],
      ['4430000000000000', '295147905179352830000'],
      ['44b52d02c7e14af5', '9.999999999999997e+22'],
      ['44b52d02c7e14af6', '1e+23'],
      ['44b52d02c7e14af7', '1.0000000000000001e+23'],
      ['444b1ae4d6e2ef4e', '999999999999999700000'],
      ['444b1ae4d6e2ef4f', '999999999999999900000'],
      ['444b1ae4d6e2ef50', '1e+21'],
      ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
      ['3eb0c6f7a0b5ed8d', '0.000001'],
      ['41b3de4355555553', '333333333.3333332'],
      ['41b3de4355555554', '333333333.33333325'],
      ['41b3de4355555555', '333333333.3333333'],
      ['41b3de4355555556', '333333333.3333334'],
      ['41b3de4355555557', '333333333.33333343'],
      ['becbf647612f3696', '-0.0000033333333333333333'],
      ['43143ff3c1cb0959', '1424953923781206.2'],
    ];
    for (const [bits, text] of numbers) expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  test('leaves out keys without a value and keeps those with null', () => {
    expect(canonicalJson({ b: undefined, a: null })).toBe('{"a":null}');
  });

  test('sorts keys by UTF-16 units, not by code points', () => {
    expect(canonicalJson({ '\ufb33': 1, '😂': 2 })).toBe('{"😂":2,"\ufb33":1}');
  });

  test('keeps text that only looks like a lone surrogate', () => {
    expect(canonicalJson('\\ud800 😂')).toBe('"\\\\ud800 😂"');
  });

  test('refuses what JSON cannot hold', () => {
    const notJson = [
      Number.NaN,
      Infinity,
      1n,
      undefined,
      Symbol('s'),
      () => 0,
      '\ud800',
      'a\udc00b',
      { '\ud800': 1 },
      [, 1],
      [undefined],
      new Date(0),
      new Map(),
      Buffer.from('a'),
    ];
    for (const value of notJson) expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  test('writes any JSON value so that it is read back, and the same again after that', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const written = canonicalJson(value);
        expect(canonicalJson(JSON.parse(written))).toBe(written);
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('finds the keys that a parser would move to the front', () => {
    expect(integerLikeKeys({ a: [{ 0: 1 }, { '42': 2 }], '01': 3, '-1': 4, b: null })).toEqual(['0', '42']);
  });
});
