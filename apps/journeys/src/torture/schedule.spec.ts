import { describe, expect, test } from '@jest/globals';
import { aheadOf, killsByDefault, scheduleOf, targets } from './schedule.js';

describe('the schedule of a failure run', () => {
  const asked = { seed: 7, events: 20_000, kills: 12 };

  test('follows from the seed alone', () => {
    expect(scheduleOf(asked)).toEqual(scheduleOf(asked));
    expect(scheduleOf({ ...asked, seed: 8 })).not.toEqual(scheduleOf(asked));
    expect(scheduleOf(asked)[0]).toEqual({ after: 485, target: 'writer', which: 0, downMs: 781 });
  });

  test.each([1_000, 20_000, 100_000, 500_000])('spares nobody, and kills only where all of %d additions cannot have been asked for yet', (events) => {
    const kills = killsByDefault(events);
    for (let seed = 0; seed < 1_000; seed += 1) {
      const schedule = scheduleOf({ seed, events, kills });
      for (const target of targets) expect(schedule.filter((kill) => kill.target === target)).toHaveLength(Math.ceil(kills / targets.length));
      expect(schedule.every(({ after }) => after > 0 && after + aheadOf(events) <= events)).toBe(true);
      expect(schedule.every(({ after }, index) => index === 0 || after >= schedule[index - 1]!.after)).toBe(true);
    }
  });

  test('kills more in a longer run, within bounds', () => expect([20_000, 100_000, 500_000].map(killsByDefault)).toEqual([12, 25, 60]));
});
