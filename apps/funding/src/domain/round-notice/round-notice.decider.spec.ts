import { describe, expect, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { roundNotice, type RoundNoticeCommand } from './round-notice.decider.js';
import type { RoundNoticeEvent } from './round-notice.events.js';

const of = { programmeId: uuidFrom('programme'), callId: uuidFrom('call'), roundId: 'interview' };
const [first, second] = [uuidFrom('team-1'), uuidFrom('team-2')];
const at = '2030-01-10T00:00:00.000Z';
const later = '2030-01-20T00:00:00.000Z';
const place = (revision: number) => ({ stream: 'decision-1', revision });

const notice = (revision: number, ...teams: readonly string[]): RoundNoticeCommand => ({ type: 'receive-notice', ...of, teams, notice: place(revision), at });
const closing = (revision: number): RoundNoticeCommand => ({ type: 'receive-closing', ...of, closing: place(revision), at: later });
const received: RoundNoticeEvent = { type: 'notice-received', ...of, teams: [first], dropped: [], notice: place(4), at };
const closed: RoundNoticeEvent = { type: 'closing-received', ...of, closing: place(6), at: later };
const final: RoundNoticeEvent = { type: 'notice-final', ...of, teams: [first], notice: place(4), closing: place(6), at: later };
const { given } = specify(roundNotice);

describe('a notice and the closing of its window', () => {
  test('a notice waits for its closing', () => given().when(notice(4, first)).then(received));
  test('it is final when the window has closed', () => given(received).when(closing(6)).then(closed, final));
  test('a closing that comes first waits for the notice', () => {
    given().when(closing(6)).then(closed);
    given(closed).when(notice(4, first)).then(received, final);
  });
  test('neither counts twice', () => {
    given(received).when(notice(4, first)).staysQuiet();
    given(received, closed, final).when(closing(6)).staysQuiet();
  });

  test('a corrected notice names whom it drops and waits for a closing of its own', () => {
    const corrected: RoundNoticeEvent = { type: 'notice-received', ...of, teams: [second], dropped: [first], notice: place(8), at };
    given(received, closed, final).when(notice(8, second)).then(corrected);
    given(received, closed, final, corrected)
      .when(closing(9))
      .then(
        { ...closed, closing: place(9) } as RoundNoticeEvent,
        { ...final, teams: [second, first], notice: place(8), closing: place(9) } as RoundNoticeEvent,
      );
  });

  test('of two streams, programme time says which came later', () =>
    given(received)
      .when({ type: 'receive-closing', ...of, closing: { stream: 'window-1', revision: 0 }, at: '2030-01-09T00:00:00.000Z' })
      .then({ ...closed, closing: { stream: 'window-1', revision: 0 }, at: '2030-01-09T00:00:00.000Z' } as RoundNoticeEvent));

  test('whatever the order, and however often each comes, the last notice is final once', () =>
    fc.assert(
      fc.property(
        fc.shuffledSubarray([notice(4, first), closing(6), notice(8, second), closing(9), notice(8, second), closing(9)], { minLength: 6 }),
        (commands) => {
          const events: RoundNoticeEvent[] = [];
          for (const command of commands) {
            const outcome = roundNotice.decide(command, events.reduce(roundNotice.evolve, roundNotice.initial));
            events.push(...(outcome as readonly RoundNoticeEvent[]));
          }
          const finals = events.filter((event) => event.type === 'notice-final');
          expect(finals.filter((event) => event.notice.revision === 8)).toHaveLength(1);
          for (const event of finals) expect(event.closing.revision).toBeGreaterThan(event.notice.revision);
        },
      ),
    ));
});
