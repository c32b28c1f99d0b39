import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { categoryOf, idOf, sha256, streamOf, uuidFrom } from './identifiers.js';

test('makes the same identifier of the same parts for ever', () => {
  // Stored ids were made this way: a change here would decide every repeated command anew.
  expect(uuidFrom('application', '42')).toBe('3863184a-cafb-5d95-9541-06a5da64beaf');
  expect(uuidFrom('')).toBe('d3ccadc2-cdad-5827-9aa7-3fea5e8035dd');
});

test('makes version 5 identifiers of the RFC 9562 variant, different for different parts', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), fc.string(), (parts, other) => {
      expect(uuidFrom(...parts)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(uuidFrom(...parts, other)).not.toBe(uuidFrom(...parts));
    }),
  );
});

test('tells apart where one part ends and the next begins', () => {
  expect(uuidFrom('ab', 'c')).not.toBe(uuidFrom('a', 'bc'));
});

test('names the digest by its algorithm', () => {
  expect(sha256('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(sha256('한')).toBe(sha256(Buffer.from('한', 'utf8')));
});

test('splits a stream name at its first hyphen', () => {
  const stream = streamOf('grantProcess', '0195d0e8-0000-7000-8000-000000000001');
  expect(categoryOf(stream)).toBe('grantProcess');
  expect(idOf(stream)).toBe('0195d0e8-0000-7000-8000-000000000001');
});
