import { describe, expect, test } from '@jest/globals';
import { isRejection, uuidFrom } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { clockAggregate, type ClockCommand } from './clock.js';

const clock = clockAggregate('reviewClock');
const { given } = specify(clock);
const programmeId = uuidFrom('programme');
const day = (number: number): string => `2026-03-${String(number).padStart(2, '0')}T00:00:00.000Z`;
const programme = { programmeId, timeZone: 'Asia/Seoul', startsAt: day(1), at: day(1) };
const known = { type: 'programme-known', ...programme, rehearsal: true } as const;
const heard = (to: string, at: string) => ({ type: 'clock-heard', programmeId, to, at }) as const;
const followed = (to: string) => ({ type: 'clock-followed', programmeId, to, at: to }) as const;

describe('a programme', () => {
  const know = { type: 'know-programme', ...programme, rehearsal: true } as const;
  test('becomes known with its zone and start', () => given().when(know).then(known));
  test('is known once', () => given(known).when(know).staysQuiet());
});

describe('a clock that was set', () => {
  test('is heard at the time it still is here', () =>
    given(known)
      .when({ type: 'hear-clock', to: day(5) })
      .then(heard(day(5), day(1))));
  test('may be set again before it was followed', () =>
    given(known, heard(day(5), day(1)))
      .when({ type: 'hear-clock', to: day(6) })
      .then(heard(day(6), day(1))));
  test('is heard once', () =>
    given(known, heard(day(5), day(1)))
      .when({ type: 'hear-clock', to: day(5) })
      .staysQuiet());
  test('never goes back', () =>
    given(known, heard(day(5), day(1)), followed(day(5)))
      .when({ type: 'hear-clock', to: day(4) })
      .staysQuiet());
  test('is refused for a programme that is not known', () =>
    given()
      .when({ type: 'hear-clock', to: day(5) })
      .rejects('programme-unknown'));
  test('is refused outside a rehearsal', () =>
    given({ ...known, rehearsal: false })
      .when({ type: 'hear-clock', to: day(5) })
      .rejects('not-a-rehearsal'));
});

describe('following a clock', () => {
  test('moves the time here', () =>
    given(known, heard(day(5), day(1)))
      .when({ type: 'follow-clock', to: day(5) })
      .then(followed(day(5))));
  test('is done once', () =>
    given(known, heard(day(5), day(1)), followed(day(5)))
      .when({ type: 'follow-clock', to: day(5) })
      .staysQuiet());
  test('is refused beyond what was set', () =>
    given(known, heard(day(5), day(1)))
      .when({ type: 'follow-clock', to: day(7) })
      .rejects('clock-not-heard', { to: day(7) }));
  test('is refused for a programme that is not known', () =>
    given()
      .when({ type: 'follow-clock', to: day(5) })
      .rejects('programme-unknown'));
  test('is refused outside a rehearsal', () =>
    given({ ...known, rehearsal: false })
      .when({ type: 'follow-clock', to: day(5) })
      .rejects('not-a-rehearsal'));
});

test('whatever is asked of it, a clock moves forward only, to times that were set', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ type: fc.constantFrom('hear-clock', 'follow-clock'), to: fc.integer({ min: 1, max: 28 }).map(day) })),
      (commands: readonly ClockCommand[]) => {
        const times = [day(1)];
        const set = new Set<string>();
        commands.reduce((state, command) => {
          const decided = clock.decide(command, state);
          if (isRejection(decided)) return state;
          for (const event of decided) {
            if (event.type === 'clock-heard') set.add(event.to);
            if (event.type === 'clock-followed') times.push(event.to);
          }
          return decided.reduce(clock.evolve, state);
        }, given(known).state);
        expect(times).toEqual([...new Set(times)].sort());
        expect(times.slice(1).every((time) => set.has(time))).toBe(true);
      },
    ),
  ));
