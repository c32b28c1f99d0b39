import { describe, expect, test } from '@jest/globals';
import { Traffic } from './traffic.js';

const limited = () => new Traffic({ inFlightCommandsMax: 2, requestsPerSecondMax: 10 });
const codeOf = (run: () => unknown) => {
  try {
    run();
    return 'passed';
  } catch (error) {
    return (error as { fields: { code: string } }).fields.code;
  }
};

describe('traffic', () => {
  test('of one asker is a second’s worth at once and then the rate, and takes nothing from others', () => {
    const traffic = limited();
    const spend = (subject: string, at: number) => codeOf(() => traffic.spend(subject, at));
    expect(Array.from({ length: 11 }, () => spend('kim', 0))).toEqual([...Array<string>(10).fill('passed'), 'too-many-requests']);
    expect(spend('lee', 0)).toBe('passed');
    expect([spend('kim', 100), spend('kim', 100)]).toEqual(['passed', 'too-many-requests']);
    expect(Array.from({ length: 11 }, () => spend('kim', 60_000)).filter((outcome) => outcome === 'passed')).toHaveLength(10);
  });

  test('of commands is bounded, and a place that is given back is free', () => {
    const traffic = limited();
    const leave = traffic.enter();
    traffic.enter();
    expect(codeOf(() => traffic.enter())).toBe('overloaded');
    leave();
    expect(codeOf(() => traffic.enter())).toBe('passed');
  });

  test('takes nothing new once it drains, and is idle when the last is through', () => {
    const traffic = limited();
    const leave = traffic.enter();
    traffic.drain();
    expect(codeOf(() => traffic.enter())).toBe('draining');
    expect(traffic.idle).toBe(false);
    leave();
    expect(traffic.idle).toBe(true);
  });
});
