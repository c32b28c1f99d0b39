import { describe, expect, test } from '@jest/globals';
import { commandMarkOf, FoldedStreams, type CommandMarks } from './folded-streams.js';

const tally = { initial: 0 };
const limits = { streamsMax: 1_000, commandsMax: 1_000 };

/** The same draws each time (the generator of Park and Miller). */
const drawing = (): (() => number) => {
  let seed = 20_251_031;
  return () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
};

const marks = (count: number, of = 'command'): CommandMarks => new Set(Array.from({ length: count }, (_, n) => commandMarkOf(`${of}-${n}`)));
const folded = (commands: CommandMarks, revision = 0) => ({ state: revision, revision, commands });

describe('streams that are kept folded', () => {
  test('that come round in turn and have more commands in all than may be kept are for the most part still known', () => {
    const streams = Array.from({ length: 110 }, (_, n) => `tally-${n}`);
    const kept = new FoldedStreams(limits, drawing());
    let [asked, known] = [0, 0];
    for (let round = 0; round < 50; round += 1)
      for (const stream of streams) {
        if (round > 0) asked += 1;
        if (kept.get(tally, stream).revision !== 'none') known += 1;
        kept.put(tally, stream, folded(marks(10, stream)));
      }
    expect(known / asked).toBeGreaterThan(0.6);
  });

  test('are never more, nor of more commands, than the limits say', () => {
    const known = (kept: FoldedStreams): number => Array.from({ length: 500 }, (_, n) => kept.get(tally, `tally-${n}`)).filter(({ revision }) => revision !== 'none').length;
    const few = new FoldedStreams({ ...limits, streamsMax: 20 }, drawing());
    const light = new FoldedStreams(limits, drawing());
    for (let n = 0; n < 500; n += 1) {
      few.put(tally, `tally-${n}`, folded(marks(1)));
      light.put(tally, `tally-${n}`, folded(marks(n % 2 === 0 ? 10 : 30)));
    }
    expect(known(few)).toBe(20);
    expect(known(light)).toBeGreaterThanOrEqual(Math.floor(1_000 / 30));
    expect(known(light)).toBeLessThanOrEqual(1_000 / 10);
  });

  test('keep the one that was decided on last, though it alone has more commands than may be kept', () => {
    const kept = new FoldedStreams(limits, drawing());
    kept.put(tally, 'tally-1', folded(marks(10)));
    kept.put(tally, 'tally-2', folded(marks(2_000), 1_999));
    expect(kept.get(tally, 'tally-2').revision).toBe(1_999);
    expect(kept.get(tally, 'tally-1').revision).toBe('none');
  });

  test('that grow are weighed as they are, and what makes room for others no longer weighs', () => {
    const kept = new FoldedStreams(limits, drawing());
    for (let size = 1; size <= 900; size += 1) kept.put(tally, 'tally-1', folded(marks(size), size));
    kept.put(tally, 'tally-2', folded(marks(100)));
    expect([kept.get(tally, 'tally-1').revision, kept.get(tally, 'tally-2').revision]).toEqual([900, 0]);
    kept.put(tally, 'tally-3', folded(marks(999)));
    expect(['tally-1', 'tally-2'].map((stream) => kept.get(tally, stream).revision)).toEqual(['none', 'none']);
    kept.put(tally, 'tally-4', folded(marks(1)));
    expect(['tally-3', 'tally-4'].map((stream) => kept.get(tally, stream).revision)).toEqual([0, 0]);
  });

  test('are known to the aggregate that folded them only', () => {
    const kept = new FoldedStreams();
    kept.put(tally, 'tally-1', folded(marks(1), 7));
    expect(kept.get({ initial: 0 }, 'tally-1').revision).toBe('none');
  });
});

test('the mark of a command is its FNV-1a hash', () => {
  // The test vectors of the hash's authors.
  expect(['', 'a', 'foobar'].map((text) => commandMarkOf(text) >>> 0)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});
