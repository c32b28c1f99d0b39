import { expect, test } from '@jest/globals';
import { owned, sizeOf } from './records.js';

test('a record that waits holds its own bytes, not the whole answer that it came in', () => {
  const answer = Buffer.alloc(1_000_000, 'z');
  const record = { key: answer.subarray(0, 3), value: answer.subarray(3, 10), headers: { one: answer.subarray(10, 12), many: [answer.subarray(12, 13), 'y'] }, offset: '7' };
  const own = owned(record);
  const parts = [own.key, own.value, own.headers['one'], ...[own.headers['many'] ?? []].flat()].filter((part) => Buffer.isBuffer(part));
  expect(parts.map(String)).toEqual(['zzz', 'zzzzzzz', 'zz', 'z', 'y']);
  for (const part of parts) expect(part.buffer).not.toBe(answer.buffer);
  expect([own.offset, owned({ key: null, value: null, headers: {}, offset: '8' })]).toEqual(['7', { key: null, value: null, headers: {}, offset: '8' }]);
});

test('what waits is counted with key and headers', () => {
  const sizes = [{}, { header: 'x'.repeat(50) }].map((headers) => sizeOf({ key: 'key', value: 'value', headers }));
  expect((sizes[1] ?? 0) - (sizes[0] ?? 0)).toBe(56);
});
