import { describe, expect, test } from '@jest/globals';
import { specify } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { ask, company, grantPlace, on, programmeId, rulebook, seat, team, university } from '../testing/rehearsal.js';
import { agreementProcess, type AgreementProcessCommand } from './agreement-process.decider.js';
import { isAct, type Act, type AgreementProcessEvent, type Heard } from './agreement-process.events.js';
import { evolve, unheard } from './agreement-process.state.js';
import { waitsOf } from './waits.js';

const whose = { programmeId, team };
const place = (revision: number) => ({ stream: 'decision-1', revision });
const [one, two] = [
  { phase: 'one', gpus: 64, from: '2026-03-01', to: '2026-06-30' },
  { phase: 'two', gpus: 64, from: '2026-07-01', to: '2026-09-09' },
];
const step = (taken: 'offered' | 'signed' | 'ended' | 'settled', at: string) => ({ type: 'agreement-heard', ...whose, step: taken, at }) as const;

const heard = {
  selected: { type: 'outcome-heard', ...whose, roundId: 'interview', kind: 'selection', outcome: 'selected', seat, notice: place(4), at: on('02-01') },
  closed: { type: 'closing-heard', ...whose, roundId: 'interview', notice: place(4), closing: place(6), at: on('02-10') },
  grant: { type: 'grant-heard', ...whose, reserved: one, later: [two], rulebookDigest: rulebook.digest, grant: grantPlace, at: on('02-10') },
  obstacle: { type: 'terms-obstacle-heard', ...whose, missing: 'classes', at: on('02-10') },
  offered: step('offered', on('02-10')),
  leadSigned: { type: 'signature-heard', ...whose, organisationId: company, at: on('02-13') },
  signed: step('signed', on('02-14')),
  delivered: { type: 'delivery-heard', ...whose, phase: 'one', at: on('03-01') },
  passed: { type: 'outcome-heard', ...whose, roundId: 'middle', kind: 'stage', outcome: 'passed', seat: null, notice: place(8), at: on('06-20') },
  stageClosed: { type: 'closing-heard', ...whose, roundId: 'middle', notice: place(8), closing: place(9), at: on('06-30') },
  final: { type: 'outcome-heard', ...whose, roundId: 'end', kind: 'final', outcome: 'passed', seat: null, notice: place(11), at: on('09-20') },
  finalClosed: { type: 'closing-heard', ...whose, roundId: 'end', notice: place(11), closing: place(12), at: on('09-30') },
  failed: { type: 'outcome-heard', ...whose, roundId: 'middle', kind: 'stage', outcome: 'failed', seat: null, notice: place(8), at: on('06-20') },
  dropped: { type: 'outcome-heard', ...whose, roundId: 'interview', kind: 'selection', outcome: 'dropped', seat: null, notice: place(5), at: on('02-05') },
  added: { type: 'added-seat-heard', ...whose, seat, decision: place(20), at: on('07-05') },
  ended: step('ended', on('09-30')),
  reported: { type: 'expenses-heard', ...whose, at: on('10-05') },
  settled: step('settled', on('10-20')),
  owed: { type: 'recovery-heard', ...whose, outstanding: '37510', at: on('10-20') },
  partlyBack: { type: 'recovery-heard', ...whose, outstanding: '30000', at: on('11-02') },
  allBack: { type: 'recovery-heard', ...whose, outstanding: '0', at: on('11-09') },
} as const satisfies Readonly<Record<string, Heard>>;

const asked: Act = { type: 'terms-asked', ...whose, ask, at: on('02-10') };
const cleared: Act = { type: 'stage-cleared', ...whose, roundId: 'middle', because: place(8), at: on('06-30') };
const hear = (said: Heard): AgreementProcessCommand => ({ type: 'hear', heard: said });
const { given } = specify(agreementProcess);
const waits = (...history: readonly AgreementProcessEvent[]) => waitsOf(history.reduce(evolve, unheard));
const offered = [heard.selected, heard.closed, heard.grant, asked, heard.offered] as const;
const signed = [...offered, heard.leadSigned, heard.signed] as const;

describe('the offer', () => {
  test('needs the closed window and the reserved grant', () => {
    given(heard.selected).when(hear(heard.closed)).then(heard.closed);
    given(heard.selected, heard.closed).when(hear(heard.grant)).then(heard.grant, asked);
    expect(waits(heard.selected)).toEqual([{ whom: 'review', what: 'objection-window', about: 'interview', since: on('02-01') }]);
    expect(waits(heard.selected, heard.closed)).toEqual([{ whom: 'gpu-grants', what: 'grant-reserved', about: '', since: on('02-10') }]);
  });
  test('to an added seat needs no window', () =>
    given(heard.added)
      .when(hear(heard.grant))
      .then(heard.grant, { ...asked, ask: { ...ask, finalAt: on('07-05') }, at: on('07-05') }));
  test('says what the terms lack', () =>
    expect(waits(heard.selected, heard.closed, heard.grant, asked, heard.obstacle)).toEqual([
      { whom: 'finance-officer', what: 'classes', about: '', since: on('02-10') },
    ]));
  test('says who has not signed', () => {
    expect(waits(...offered)).toEqual([company, university].map((about) => ({ whom: 'member', what: 'signature', about, since: on('02-10') })));
    expect(waits(...offered, heard.leadSigned)).toEqual([{ whom: 'member', what: 'signature', about: university, since: on('02-10') }]);
  });
  test('to an added seat stands, although the selection had dropped the team before', () => {
    const droppedForGood = { ...heard.closed, notice: place(5) };
    const added = [heard.selected, heard.dropped, droppedForGood, heard.added, heard.grant] as const;
    given(...added, { ...asked, at: on('07-05') })
      .when(hear(heard.offered))
      .then(heard.offered);
  });
  test('is not made when the selection was taken back', () => given(heard.selected, heard.grant).when(hear(heard.dropped)).then(heard.dropped));
});

describe('the way to the end', () => {
  test('leads over delivery and evaluation', () => {
    expect(waits(...signed)).toEqual([{ whom: 'gpu-grants', what: 'delivery', about: 'one', since: on('02-10') }]);
    expect(waits(...signed, heard.delivered)).toEqual([{ whom: 'review', what: 'evaluation', about: 'one', since: on('03-01') }]);
  });
  test('a passed stage counts when its window has closed and the agreement is signed', () => {
    given(...signed, heard.passed)
      .when(hear(heard.stageClosed))
      .then(heard.stageClosed, cleared);
    given(...offered, heard.passed, heard.stageClosed)
      .when(hear(heard.signed))
      .then(heard.signed, cleared);
  });
  test('a failed stage ends the agreement early', () =>
    given(...signed, heard.failed)
      .when(hear(heard.stageClosed))
      .then(heard.stageClosed, { type: 'ending-decided', ...whose, early: true, reason: 'stage middle: failed', because: place(8), at: on('06-30') }));
  test('the final evaluation ends it at its term, and settlement follows the report', () => {
    const ending: Act = { type: 'ending-decided', ...whose, early: false, reason: 'final end: passed', because: place(11), at: on('09-30') };
    given(...signed, heard.final)
      .when(hear(heard.finalClosed))
      .then(heard.finalClosed, ending);
    const ended = [...signed, heard.final, heard.finalClosed, ending, heard.ended] as const;
    expect(waits(...ended)).toEqual([{ whom: 'lead', what: 'expense-report', about: '', since: on('09-30') }]);
    expect(waits(...ended, heard.reported)).toEqual([{ whom: 'finance-officer', what: 'settlement', about: '', since: on('10-05') }]);
    expect(waits(...ended, heard.reported, heard.settled)).toEqual([]);
    const owing = [...ended, heard.reported, heard.settled, heard.owed];
    expect(waits(...owing)).toEqual([{ whom: 'lead', what: 'recovery', about: '37510', since: on('10-20') }]);
    expect(waits(...owing, heard.partlyBack)).toEqual([{ whom: 'lead', what: 'recovery', about: '30000', since: on('10-20') }]);
    expect(waits(...owing, heard.partlyBack, heard.allBack)).toEqual([]);
    given(...owing, heard.partlyBack)
      .when(hear(heard.owed))
      .staysQuiet();
  });
  test('what has ended is not ended again', () =>
    given(...signed, heard.ended, heard.final)
      .when(hear(heard.finalClosed))
      .then(heard.finalClosed));
});

describe('whatever the order', () => {
  test('what is heard twice is heard once', () => {
    for (const said of Object.values(heard)) {
      const events = agreementProcess.decide(hear(said), unheard) as readonly AgreementProcessEvent[];
      given(...events)
        .when(hear(said))
        .staysQuiet();
    }
  });

  /** Sources keep their own order: review, gpu-grants, the agreement. */
  const sources: readonly (readonly Heard[])[] = [
    [heard.selected, heard.closed, heard.passed, heard.stageClosed, heard.final, heard.finalClosed],
    [heard.grant, heard.delivered],
    [heard.offered, heard.leadSigned, heard.signed],
  ];
  const played = (said: readonly Heard[]): readonly AgreementProcessEvent[] =>
    said.reduce<readonly AgreementProcessEvent[]>(
      (events, each) => [...events, ...(agreementProcess.decide(hear(each), events.reduce(evolve, unheard)) as readonly AgreementProcessEvent[])],
      [],
    );
  const acts = (events: readonly AgreementProcessEvent[]) => events.filter(isAct).map((event) => JSON.stringify(event));

  const inOrder = acts(
    played([
      heard.selected,
      heard.closed,
      heard.grant,
      heard.offered,
      heard.leadSigned,
      heard.signed,
      heard.delivered,
      heard.passed,
      heard.stageClosed,
      heard.final,
      heard.finalClosed,
    ]),
  );

  test('terms are asked for once, on the same grounds, and no act comes twice', () =>
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 }), { minLength: 20, maxLength: 20 }), fc.infiniteStream(fc.boolean()), (picks, repeats) => {
        const queues = sources.map((source) => [...source]);
        const mixed: Heard[] = [];
        for (const pick of [...picks, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2]) {
          const next = queues[pick]?.shift();
          if (next !== undefined) mixed.push(next, ...(repeats.next().value ? [next] : []));
        }
        const done = acts(played(mixed));
        expect(new Set(done).size).toBe(done.length);
        expect(done.filter((act) => act.includes('terms-asked')).length).toBeLessThanOrEqual(1);
        for (const act of done) expect(inOrder).toContain(act);
      }),
    ));
});
