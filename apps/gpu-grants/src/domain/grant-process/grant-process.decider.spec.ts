import { describe, expect, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { grantProcess, type GrantProcessCommand } from './grant-process.decider.js';
import { isAct, type Act, type GrantProcessEvent, type Heard, type Seat } from './grant-process.events.js';
import { evolve, unheard, waitsOf } from './grant-process.state.js';

const whose = { programmeId: uuidFrom('programme'), team: uuidFrom('team') };
const place = (revision: number) => ({ stream: 'decision-1', revision });
const on = (day: string) => `2030-${day}T00:00:00.000Z`;
const digest = `sha256:${'a'.repeat(64)}`;
const seat: Seat = { title: 'A model', gpusMax: 60, rulebookDigest: digest, replaces: null, representatives: ['person-1'] };
const [build, run] = [uuidFrom('build'), uuidFrom('run')];

const heard = {
  selected: { type: 'outcome-heard', ...whose, roundId: 'interview', kind: 'selection', outcome: 'selected', seat, notice: place(4), at: on('01-10') },
  closed: { type: 'closing-heard', ...whose, roundId: 'interview', notice: place(4), closing: place(6), at: on('01-20') },
  reserved: { type: 'gpus-heard', ...whose, grantId: build, phase: 'build', evaluatedBy: 'check', step: 'reserved', at: on('01-20') },
  signed: { type: 'signature-heard', ...whose, agreement: { stream: 'agreement-1', revision: 3 }, at: on('01-25') },
  delivered: { type: 'gpus-heard', ...whose, grantId: build, phase: 'build', evaluatedBy: 'check', step: 'delivered', at: on('02-01') },
  passed: { type: 'outcome-heard', ...whose, roundId: 'check', kind: 'stage', outcome: 'passed', seat: null, notice: place(8), at: on('04-20') },
  stageClosed: { type: 'closing-heard', ...whose, roundId: 'check', notice: place(8), closing: place(9), at: on('04-30') },
  reservedNext: { type: 'gpus-heard', ...whose, grantId: run, phase: 'run', evaluatedBy: 'closing', step: 'reserved', at: on('04-30') },
  failed: { type: 'outcome-heard', ...whose, roundId: 'check', kind: 'stage', outcome: 'failed', seat: null, notice: place(8), at: on('04-20') },
  dropped: { type: 'outcome-heard', ...whose, roundId: 'interview', kind: 'selection', outcome: 'dropped', seat: null, notice: place(7), at: on('01-15') },
  endedEarly: { type: 'ending-heard', ...whose, early: true, reason: 'given up', agreement: { stream: 'agreement-1', revision: 7 }, at: on('03-01') },
  added: { type: 'added-seat-heard', ...whose, seat: { ...seat, rulebookDigest: null, replaces: uuidFrom('other') }, decision: place(12), at: on('05-05') },
  short: { type: 'obstacle-heard', ...whose, why: 'pool-short', at: on('01-20') },
} as const satisfies Readonly<Record<string, Heard>>;

const askFirst: Act = {
  type: 'gpus-asked',
  ...whose,
  ask: { key: 'seat', team: whose.team, gpusMax: 60, rulebookDigest: digest, wanted: { which: 'first' }, authority: { kind: 'selection', ...place(4) } },
  at: on('01-20'),
};
const permitFirst: Act = { type: 'delivery-permitted', ...whose, grantId: build, agreement: heard.signed.agreement, at: on('01-25') };
const askNext: Act = {
  type: 'gpus-asked',
  ...whose,
  ask: {
    key: 'after-check',
    team: whose.team,
    gpusMax: 60,
    rulebookDigest: digest,
    wanted: { which: 'after-round', roundId: 'check' },
    authority: { kind: 'stage', ...place(8) },
  },
  at: on('04-30'),
};
const hear = (said: Heard): GrantProcessCommand => ({ type: 'hear', heard: said });
const { given } = specify(grantProcess);
const waits = (...history: readonly GrantProcessEvent[]) => waitsOf(history.reduce(evolve, unheard));

describe('a seat', () => {
  test('waits for the objection window', () => {
    given().when(hear(heard.selected)).then(heard.selected);
    expect(waits(heard.selected)).toEqual([{ whom: 'review', what: 'objection-window', about: 'interview', since: on('01-10') }]);
  });
  test('asks the pool when the window has closed', () => given(heard.selected).when(hear(heard.closed)).then(heard.closed, askFirst));
  test('says what the pool lacks', () =>
    expect(waits(heard.selected, heard.closed, askFirst, heard.short)).toEqual([{ whom: 'pool', what: 'pool-short', about: 'seat', since: on('01-20') }]));
  test('that is added asks at once, on the authority that was recorded', () =>
    given()
      .when(hear(heard.added))
      .then(heard.added, {
        ...askFirst,
        ask: { ...askFirst.ask, rulebookDigest: null, wanted: { which: 'running', replaces: uuidFrom('other') }, authority: { kind: 'seat', ...place(12) } },
        at: on('05-05'),
      }));
  test('that is added to a team of the reserve, which an earlier notice had selected, asks whenever the correction is heard', () => {
    const droppedForGood = { ...heard.closed, notice: place(7), closing: place(9) };
    const ask: Act = {
      ...askFirst,
      ask: { ...askFirst.ask, rulebookDigest: null, wanted: { which: 'running', replaces: uuidFrom('other') }, authority: { kind: 'seat', ...place(12) } },
      at: on('05-05'),
    };
    given(heard.selected, heard.dropped).when(hear(droppedForGood)).then(droppedForGood);
    given(heard.selected, heard.dropped, droppedForGood).when(hear(heard.added)).then(heard.added, ask);
    given(heard.selected, heard.dropped, heard.added, ask).when(hear(droppedForGood)).then(droppedForGood);
  });
  test('that a corrected notice takes away is never asked for', () => {
    given(heard.selected).when(hear(heard.dropped)).then(heard.dropped);
    given(heard.selected, heard.dropped).when(hear(heard.closed)).staysQuiet();
  });
});

describe('the agreement', () => {
  const asked = [heard.selected, heard.closed, askFirst] as const;
  test('is what a reservation waits for', () =>
    expect(waits(...asked, heard.reserved)).toEqual([{ whom: 'funding', what: 'agreement-signed', about: 'build', since: on('01-20') }]));
  test('when signed, permits delivery of what is reserved', () => {
    given(...asked, heard.reserved)
      .when(hear(heard.signed))
      .then(heard.signed, permitFirst);
    expect(waits(...asked, heard.reserved, heard.signed, permitFirst)).toEqual([
      { whom: 'gpu-operator', what: 'delivery', about: 'build', since: on('01-25') },
    ]);
  });
  test('when ended early, costs the seat', () =>
    given(...asked, heard.reserved)
      .when(hear(heard.endedEarly))
      .then(heard.endedEarly, { type: 'seat-forfeited', ...whose, reason: 'given up', because: heard.endedEarly.agreement, at: on('03-01') }));
  test('when ended at its term, costs nothing', () => {
    const ended = { ...heard.endedEarly, early: false };
    given(...asked, heard.reserved)
      .when(hear(ended))
      .then(ended);
  });
});

describe('a stage', () => {
  const running = [heard.selected, heard.closed, askFirst, heard.reserved, heard.signed, permitFirst, heard.delivered] as const;
  test('is what a delivered grant waits for', () =>
    expect(waits(...running)).toEqual([
      { whom: 'gpu-operator', what: 'return', about: 'build', since: on('02-01') },
      { whom: 'review', what: 'evaluation', about: 'check', since: on('02-01') },
    ]));
  test('that was passed leads on, citing the event, when its window has closed', () => {
    given(...running)
      .when(hear(heard.passed))
      .then(heard.passed);
    given(...running, heard.passed)
      .when(hear(heard.stageClosed))
      .then(heard.stageClosed, askNext);
  });
  test('of a signed agreement: the next grant may be delivered without another signature', () =>
    given(...running, heard.passed, heard.stageClosed, askNext)
      .when(hear(heard.reservedNext))
      .then(heard.reservedNext, { ...permitFirst, grantId: run, at: on('04-30') }));
  test('that was failed costs the seat when its window has closed', () =>
    given(...running, heard.failed)
      .when(hear(heard.stageClosed))
      .then(heard.stageClosed, { type: 'seat-forfeited', ...whose, reason: 'stage check: failed', because: place(8), at: on('04-30') }));
});

describe('whatever the order', () => {
  test('what is heard twice is heard once', () => {
    for (const said of Object.values(heard)) {
      const events = grantProcess.decide(hear(said), unheard) as readonly GrantProcessEvent[];
      given(...events)
        .when(hear(said))
        .staysQuiet();
    }
  });

  /** Sources keep their own order, and delivery comes after everything that leads to it: review, the pool, funding. */
  const sources: readonly (readonly Heard[])[] = [[heard.selected, heard.closed, heard.passed, heard.stageClosed], [heard.reserved], [heard.signed]];
  const causedByThem = [heard.delivered, heard.reservedNext];
  const played = (said: readonly Heard[]): readonly GrantProcessEvent[] =>
    said.reduce<readonly GrantProcessEvent[]>(
      (events, each) => [...events, ...(grantProcess.decide(hear(each), events.reduce(evolve, unheard)) as readonly GrantProcessEvent[])],
      [],
    );
  const acts = (events: readonly GrantProcessEvent[]) =>
    events
      .filter(isAct)
      .map((event) => JSON.stringify(event))
      .sort();

  test('the process acts the same, once, on the same things', () =>
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 }), { minLength: 12, maxLength: 12 }), fc.infiniteStream(fc.boolean()), (picks, repeats) => {
        const queues = sources.map((source) => [...source]);
        const mixed: Heard[] = [];
        for (const pick of [...picks, 0, 0, 0, 0, 1, 2]) {
          const next = queues[pick]?.shift();
          if (next !== undefined) mixed.push(next, ...(repeats.next().value ? [next] : []));
        }
        expect(acts(played([...mixed, ...causedByThem]))).toEqual(acts(played([...sources.flat(), ...causedByThem])));
      }),
    ));

  test('a seat that a failed stage costs is lost by that decision, though the end of the agreement, which it led to, is heard first', () => {
    const ended = { ...heard.endedEarly, reason: 'stage check: failed', because: heard.failed.notice, at: heard.stageClosed.at };
    const before = [heard.selected, heard.closed, heard.reserved, heard.signed, heard.delivered, heard.failed];
    const stageFirst = played([...before, heard.stageClosed, ended]);
    expect(acts(stageFirst).filter((act) => act.includes('seat-forfeited'))).toHaveLength(1);
    expect(acts(played([...before, ended, heard.stageClosed]))).toEqual(acts(stageFirst));
  });

  test('no GPUs of a later phase are asked for but on the authority of a passed stage', () =>
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.values(heard)), (said) => {
        for (const event of played(said)) {
          if (event.type === 'gpus-asked' && event.ask.wanted.which === 'after-round')
            expect([event.ask.authority.kind, said.includes(heard.passed)]).toEqual(['stage', true]);
        }
      }),
    ));
});
