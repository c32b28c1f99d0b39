import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from './problem.js';
import { bodyLimits, parseStrictJson } from './strict-json.js';

const read = (text: string) => parseStrictJson(Buffer.from(text));

const refusal = (bytes: string | Uint8Array) => {
  try {
    parseStrictJson(Buffer.from(bytes));
    return 'read';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: error.fields.status, code: error.fields.code, field: error.fields.field };
  }
};

describe('a body', () => {
  test('of any JSON that JavaScript writes is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__') && !/\d{16}|e\+/.test(text));
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('that is empty is nothing', () => expect(read('')).toBeUndefined());

  test.each([
    ['{"a":1,"a":2}', 'json-key-repeated', '/a'],
    ['{"a":[{"b":1},{"b":1,"\\u0062":2}]}', 'json-key-repeated', '/a/1/b'],
    ['{"a":{"x":1},"b":{"x":1},"a":0}', 'json-key-repeated', '/a'],
    ['{"a":"\\ud800"}', 'json-lone-surrogate', '/a'],
    ['["\\udc00\\ud800"]', 'json-lone-surrogate', '/0'],
    ['{"\\ud83d":1}', 'json-lone-surrogate', '/\ud83d'],
    ['{"a/b":[0,9007199254740993]}', 'json-number-unsafe', '/a~1b/1'],
    ['[-9007199254740992]', 'json-number-unsafe', '/0'],
    ['1e400', 'json-number-unsafe', ''],
    ['{"n":12345678901234567890.5}', 'json-number-unsafe', '/n'],
    ['{"a":{"__proto__":{}}}', 'json-key-forbidden', '/a/__proto__'],
    ['{"\\u005f_proto__":1}', 'json-key-forbidden', '/__proto__'],
  ])('%s is refused as %s at %s', (text, code, field) => expect(refusal(text)).toEqual({ status: 400, code, field }));

  test('keeps numbers that are exact, pairs of surrogates, equal keys of different objects, and quotes within strings', () => {
    const text = '{"a":9007199254740991,"b":-0.25,"c":"\\ud83d\\ude00 \\"{}[],:\\\\","d":[{"a":1},{"a":2}],"e":1e3}';
    expect(read(text)).toEqual(JSON.parse(text));
  });

  test('nests to the limit and no deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(read(nested(bodyLimits.bodyDepthMax))).toBeDefined();
    expect(refusal(nested(bodyLimits.bodyDepthMax + 1))).toMatchObject({ code: 'json-too-deep' });
    expect(refusal(nested(100_000))).toMatchObject({ code: 'json-too-deep' });
  });

  test.each(['{"a":1', '{a:1}', "{'a':1}", '[1,]', 'NaN', '01', '{} {}', '\ufeff{', '"\n"'])('%j is not JSON', (text) => expect(refusal(text)).toMatchObject({ status: 400, code: 'json-malformed' }));

  test.each([[[0xff, 0xfe]], [[0x22, 0xed, 0xa0, 0x80, 0x22]], [[0x22, 0xc0, 0xaf, 0x22]]])('of the bytes %j is not UTF-8', (bytes) =>
    expect(refusal(Uint8Array.from(bytes))).toMatchObject({ status: 400, code: 'body-not-utf8' }));
});
