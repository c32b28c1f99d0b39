import { describe, expect, test } from '@jest/globals';
import { checkReferences, differencesBetween, valueAt } from './index.js';

describe('a JSON Pointer', () => {
  // From the examples of RFC 6901, section 5.
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'm~n': 8 };

  test('leads to the values that RFC 6901 says', () => {
    expect(valueAt(document, '')).toBe(document);
    expect(valueAt(document, '/foo')).toEqual(['bar', 'baz']);
    expect(valueAt(document, '/foo/0')).toBe('bar');
    expect(valueAt(document, '/')).toBe(0);
    expect(valueAt(document, '/a~1b')).toBe(1);
    expect(valueAt(document, '/c%d')).toBe(2);
    expect(valueAt(document, '/m~0n')).toBe(8);
    expect(valueAt({ '~1': 'escaped once' }, '/~01')).toBe('escaped once');
  });

  test('leads nowhere where there is nothing, and where it is none', () => {
    for (const pointer of ['/foo/2', '/foo/01', '/foo/-', '/foo/length', '/bar', '/foo/0/0', 'foo', '/m~n', '/constructor', '/foo/map'])
      expect([pointer, valueAt(document, pointer)]).toEqual([pointer, undefined]);
  });
});

test('differences are named by the outermost place that differs', () => {
  expect(differencesBetween({ a: [1, { b: 2 }], c: 3 }, { c: 3, a: [1, { b: 2 }] })).toEqual([]);
  expect(differencesBetween({ a: [1, { b: 2 }], c: 3 }, { a: [1, { b: 4 }], d: 3 })).toEqual(['/a/1/b', '/c', '/d']);
  expect(differencesBetween({ 'a/b': [1] }, { 'a/b': [1, 2] })).toEqual(['/a~1b']);
});

describe('the references of a decision', () => {
  const stream = 'organisation-00000000-0000-8000-8000-000000000001';
  const reference = { pointer: '/members/0/size', stream, revision: 3, source: '/fact/value' };
  const check = (input: Parameters<typeof checkReferences>[0]['input'], references = [reference]) =>
    checkReferences({ input, references }, (asked, revision) => Promise.resolve(asked === stream && revision === 3 ? { fact: { value: 'small' } } : undefined));

  test('are read again, and agree with the log', async () => expect(await check({ members: [{ size: 'small' }] })).toEqual({ read: 1, differences: [] }));

  test('show a value that was changed on either side', async () =>
    expect(await check({ members: [{ size: 'large' }] })).toEqual({ read: 1, differences: [{ reference, reason: 'value-differs' }] }));

  test('show an event, a source or an input that is not there', async () => {
    const reasons = async (...found: Parameters<typeof check>) => (await check(...found)).differences.map((difference) => difference.reason);
    expect(await reasons({ members: [{ size: 'small' }] }, [{ ...reference, revision: 4 }])).toEqual(['event-missing']);
    expect(await reasons({ members: [{ size: 'small' }] }, [{ ...reference, source: '/fact/size' }])).toEqual(['source-missing']);
    expect(await reasons({ members: [] })).toEqual(['input-missing']);
  });
});
