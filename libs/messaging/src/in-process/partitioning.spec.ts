import { expect, test } from '@jest/globals';
import { partitionOf } from './partitioning.js';

/** Hashes as Kafka's own test states them (UtilsTest.testMurmur2), without the sign. */
test.each([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
])('the key %s goes where Kafka would put it', (key, hash) => {
  for (const partitions of [1, 4, 6, 12, 2 ** 31]) expect(partitionOf(key, partitions)).toBe((hash & 0x7fffffff) % partitions);
});
