import { describe, expect, test } from '@jest/globals';
import { countOf, lineOf } from './counted.js';

describe('what the run on real engines counts', () => {
  test('is each test of Jest, and one for a part that is no run of Jest', () => {
    expect(countOf('Test Suites: 2 passed, 2 total\nTests:       13 passed, 13 total\nTime: 3 s', true)).toEqual({ passed: 13, failed: 0 });
    expect(countOf('Tests:       2 failed, 1 skipped, 13 passed, 16 total', false)).toEqual({ passed: 13, failed: 2 });
    expect(countOf('all journeys ended as they must', true)).toEqual({ passed: 1, failed: 0 });
    expect(countOf('', false)).toEqual({ passed: 0, failed: 1 });
  });

  test('is a failure where a part failed before a test could', () => expect(countOf('Test Suites: 1 failed, 2 passed\nTests:       9 passed, 9 total', false)).toEqual({ passed: 9, failed: 1 }));

  test('is said in one line for all parts', () => {
    expect(lineOf([{ passed: 13, failed: 0 }, { passed: 1, failed: 0 }])).toBe('Tests:       14 passed, 14 total');
    expect(lineOf([{ passed: 13, failed: 2 }, { passed: 0, failed: 1 }])).toBe('Tests:       3 failed, 13 passed, 16 total');
  });
});
