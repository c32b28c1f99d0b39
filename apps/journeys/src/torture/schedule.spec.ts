import { describe, expect, test } from '@jest/globals';
import { killsByDefault, scheduleOf, targets } from './schedule.js';

describe('the schedule of a failure run', () => {
  const asked = { seed: 7, events: 20_000, kills: 12 };

  test('follows from the seed alone', () => {
    expect(scheduleOf(asked)).toEqual(scheduleOf(asked));
    expect(scheduleOf({ ...asked, seed: 8 })).not.toEqual(scheduleOf(asked));
    expect(scheduleOf(asked)[0]).toEqual({ after: 508, target: 'writer', which: 0, downMs: 781 });
  });

  test('spares nobody, and kills under load only', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const kills = scheduleOf({ ...asked, seed });
      for (const target of targets) expect(kills.filter((kill) => kill.target === target)).toHaveLength(2);
      for (const { after } of kills) expect(after > 0 && after < asked.events).toBe(true);
      expect(kills.map(({ after }) => after)).toEqual([...kills.map(({ after }) => after)].sort((a, b) => a - b));
    }
  });

  test('kills more in a longer run, within bounds', () => expect([20_000, 100_000, 500_000].map(killsByDefault)).toEqual([12, 25, 60]));
});
