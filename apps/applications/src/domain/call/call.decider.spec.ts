import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { applicationId, at, deadline, deadlineAt, name, organisationId, otherProgramme, programmeId, rulebookOfRehearsal, tooLate } from '../testing/rehearsal.js';
import { call, type CallCommand } from './call.decider.js';

const { given } = specify(call);
const opensAt = '2026-03-05T00:00:00.000Z';
const enacted = { stream: `rulebook-${programmeId}`, revision: 0 };
const asked = { programmeId, by: 'kim', at } as const;
const terms = { title: name('Call'), opensAt, deadline, deadlineAt } as const;
const draft = { type: 'draft-call', ...asked, title: terms.title, opensAt, deadline: deadline.local, timeZone: deadline.timeZone } as const;
const drafted = { type: 'call-drafted', programmeId, ...terms, draftedBy: 'kim', at } as const;
const publish = { type: 'publish-call', ...asked, rulebook: { text: rulebookOfRehearsal, enacted }, shortenedBecause: null } as const;
const published = { type: 'call-published', programmeId, ...terms, rulebook: enacted, rulebookDigest: rulebookOfRehearsal.digest, shortened: null, publishedBy: 'kim', at } as const;
const opened = { type: 'call-opened', programmeId, at: opensAt } as const;
const closed = { type: 'call-closed', programmeId, at: tooLate } as const;
const later = '2026-04-11T01:00:00.000Z';
const started = { type: 'screening-started', programmeId, startedBy: 'kim', at: later } as const;
const start = { type: 'start-screening', ...asked, at: later } as const;
const member = { organisationId: organisationId(1), name: name('Lead'), role: 'lead', task: 'development', shareBasisPoints: 10_000, kind: 'company', size: 'sme', representatives: ['lead-1'] } as const;
const candidate = (number: number) => ({ applicationId: applicationId(number), title: `Application ${number}`, members: [member], requestedGpus: 8, openness: 'open', budget: '1', provenance: 'invented', evidence: [{ stream: `application-${applicationId(number)}`, revision: 3 }] }) as const;
const complete = {
  type: 'complete-screening',
  ...asked,
  at: later,
  rulebookDigest: rulebookOfRehearsal.digest,
  applications: [
    { ...candidate(1), standing: 'eligible' },
    { ...candidate(2), standing: 'ineligible' },
  ],
} as const;
const completed = { type: 'screening-completed', programmeId, rulebookDigest: rulebookOfRehearsal.digest, candidates: [candidate(1)], ineligible: [applicationId(2)], completedBy: 'kim', at: later } as const;
const screened = [drafted, published, opened, closed, started, completed] as const;

describe('a call', () => {
  test('is drafted with a deadline in the programme’s zone', () => given().when(draft).then(drafted));
  test('is drafted once', () => given(drafted).when(draft).rejects('already-drafted'));
  test('closes later than it opens', () => {
    given().when({ ...draft, opensAt: deadlineAt }).rejects('deadline-before-opening');
    given(drafted).when({ ...draft, type: 'revise-call', opensAt: deadlineAt }).rejects('deadline-before-opening');
  });
  test('is revised as long as it is a draft', () => {
    const revised = { type: 'call-revised', programmeId, ...terms, title: name('Another'), revisedBy: 'kim', at } as const;
    given(drafted).when({ ...draft, type: 'revise-call', title: name('Another') }).then(revised);
    given(drafted).when({ ...draft, type: 'revise-call' }).staysQuiet();
    given(drafted, published).when({ ...draft, type: 'revise-call' }).rejects('call-not-draft', { status: 'published' });
  });
  test('of another programme is not known in this one', () => {
    given(drafted).when({ ...publish, programmeId: otherProgramme }).rejects('unknown-call');
    given().when(publish).rejects('unknown-call');
  });
});

describe('publication', () => {
  test('names the rulebook in force', () => given(drafted).when(publish).then(published));
  test('needs one', () => given(drafted).when({ ...publish, rulebook: null }).rejects('no-rulebook-in-force'));
  test('happens once', () => given(drafted, published).when(publish).rejects('call-not-draft'));
  test('comes before the opening, or opens at once', () => {
    given(drafted).when({ ...publish, at: '2026-03-05T00:00:00.001Z' }).rejects('opens-in-the-past');
    given(drafted).when({ ...publish, at: opensAt }).then({ ...published, at: opensAt }, opened);
  });
  test('leaves the legal window: to the last millisecond of the thirtieth day, or a reason is given', () => {
    const at11 = '2026-03-11T00:00:00.000Z';
    const short = given({ ...drafted, opensAt: at11 });
    short.when({ ...publish, at: at11 }).rejects('window-too-short', { rule: 'window-call', earliest: '2026-04-10T14:59:59.999Z', deadlineAt });
    short.when({ ...publish, at: at11, shortenedBecause: 'the year ends' }).then(
      { ...published, opensAt: at11, shortened: { earliest: '2026-04-10T14:59:59.999Z', reason: 'the year ends' }, at: at11 },
      { ...opened, at: at11 },
    );
    const longEnough = { ...drafted, opensAt: '2026-03-10T00:00:00.000Z' };
    given(longEnough).when({ ...publish, at: '2026-03-10T00:00:00.000Z', shortenedBecause: 'needed no reason' }).then({ ...published, opensAt: longEnough.opensAt, at: longEnough.opensAt }, { ...opened, at: longEnough.opensAt });
  });
});

describe('the timers of a call', () => {
  test('open it at its time, once', () => {
    const open = { type: 'open-call', programmeId, at: opensAt } as const;
    given(drafted, published).when(open).then(opened);
    given(drafted, published, opened).when(open).staysQuiet();
    given(drafted, published).when({ ...open, at: '2026-03-04T23:59:59.999Z' }).rejects('not-opening-yet', { opensAt });
    given(drafted).when(open).rejects('not-published');
  });
  test('close it one millisecond after the deadline, once', () => {
    const close = { type: 'close-call', programmeId, at: tooLate } as const;
    given(drafted, published, opened).when(close).then(closed);
    given(drafted, published, opened).when({ ...close, at: deadlineAt }).rejects('deadline-not-passed', { deadlineAt });
    given(drafted, published, opened, closed).when(close).staysQuiet();
    given(drafted).when(close).rejects('not-published');
  });
});

describe('screening', () => {
  test('starts when the call is closed, and may be asked for again', () => {
    given(drafted, published, opened, closed).when(start).then(started);
    given(drafted, published, opened, closed, started).when(start).staysQuiet();
    given(drafted, published, opened).when(start).rejects('call-not-closed', { status: 'open' });
    given(...screened).when(start).rejects('screening-completed');
  });
  test('names the candidates and the ineligible', () => given(drafted, published, opened, closed, started).when(complete).then(completed));
  test('is completed once', () => given(...screened).when(complete).staysQuiet());
  test('is completed after it was started', () => given(drafted, published, opened, closed).when(complete).rejects('screening-not-started', { status: 'closed' }));
  test('is completed when every application was looked at', () =>
    given(drafted, published, opened, closed, started)
      .when({ ...complete, applications: [{ ...candidate(1), standing: 'unscreened' }] })
      .rejects('screening-incomplete', { applications: [applicationId(1)] }));
});

describe('a void call', () => {
  const voided = { type: 'call-voided', programmeId, reason: 'called off', voidedBy: 'kim', at } as const;
  const voidCall = { type: 'void-call', ...asked, reason: 'called off' } as const;
  test('is declared so with a reason, once', () => {
    given(drafted, published, opened).when(voidCall).then(voided);
    given(drafted, published, voided).when(voidCall).staysQuiet();
  });
  test('is never opened or closed', () => {
    given(drafted, published, voided).when({ type: 'open-call', programmeId, at: opensAt }).staysQuiet();
    given(drafted, published, voided).when({ type: 'close-call', programmeId, at: tooLate }).staysQuiet();
  });
  test('is none whose candidates were named', () => given(...screened).when(voidCall).rejects('call-decided', { status: 'screening' }));
});

describe('what the review tells', () => {
  const time = (hour: number) => `2026-05-01T0${hour}:00:00.000Z`;
  const mirror = (told: Extract<CallCommand, { type: 'mirror-review' }>['told'], hour: number): CallCommand => ({ type: 'mirror-review', programmeId, told, at: time(hour) });
  const announced = { type: 'announced', roundId: 'presentation', decidedBy: ['ahn'], selected: [applicationId(1)], reserve: [] } as const;
  const told: readonly CallCommand[] = [
    mirror({ type: 'round-opened', roundId: 'document', kind: 'document' }, 1),
    mirror({ type: 'round-opened', roundId: 'presentation', kind: 'presentation' }, 2),
    mirror(announced, 3),
    mirror({ type: 'window-opened', roundId: 'presentation', until: time(5) }, 3),
    mirror({ type: 'window-closed', roundId: 'presentation', how: 'waived' }, 3),
  ];
  const fromScreening = { ...call, initial: given(...screened).state };
  const statusAfter = (commands: readonly CallCommand[]) => historyOf(fromScreening, commands).state.status;

  test('moves the call on, step by step', () =>
    expect(told.map((_, index) => statusAfter(told.slice(0, index + 1)))).toEqual(['document-review', 'presentation-review', 'announced', 'objection-window', 'settled']));
  test('is recorded once', () => {
    const heardOnce = historyOf(fromScreening, told).state;
    for (const command of told) expect(call.decide(command, heardOnce)).toEqual([]);
  });
  test('settles the call when the window of the announced round closes, and no other', () => {
    const [, , announce, , close] = told;
    expect(statusAfter([announce!, mirror({ type: 'window-closed', roundId: 'document', how: 'lapsed' }, 4)])).toBe('announced');
    const { history } = historyOf(fromScreening, [close!, announce!]);
    expect(history.filter(({ type }) => type === 'call-settled')).toEqual([{ type: 'call-settled', programmeId, roundId: 'presentation', at: time(3) }]);
  });
  test('opens a settled call again for a seat', () =>
    expect(statusAfter([...told, mirror({ type: 'seat-added', roundId: 'presentation', applicationId: applicationId(3), authority: 'Notice 7' }, 6)])).toBe('reopened-for-a-seat'));
  test('goes back to announced when the result is announced again', () => expect(statusAfter([...told, mirror({ ...announced, selected: [applicationId(4)] }, 7)])).toBe('announced'));
  test('in whatever order it is heard, leaves the call where it is', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 }), (heard) => {
        const { history, state } = historyOf(fromScreening, heard);
        expect(state.status).toBe('settled');
        expect(history.filter(({ type }) => type === 'call-settled')).toHaveLength(1);
      }),
    );
  });
});

test('whatever is asked of it, a call closes only after its deadline and is screened only when closed', () => {
  const instants = fc.constantFrom(at, opensAt, deadlineAt, tooLate, later);
  const commands = fc.oneof(
    fc.constantFrom<CallCommand>(draft, publish, start, complete, { type: 'void-call', ...asked, reason: 'r' }),
    instants.map((when): CallCommand => ({ type: 'open-call', programmeId, at: when })),
    instants.map((when): CallCommand => ({ type: 'close-call', programmeId, at: when })),
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 15 }), (many) => {
      const { history } = historyOf(call, [draft, ...many]);
      const types = history.map(({ type }) => type);
      expect(history.every(({ type, at: when }) => type !== 'call-closed' || when > deadlineAt)).toBe(true);
      expect(types.includes('screening-started') && !types.includes('call-closed')).toBe(false);
      expect(types.filter((type) => type === 'screening-completed').length).toBeLessThanOrEqual(1);
    }),
  );
});
