import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { applicationId, at, callId, candidate, otherProgramme, place, programmeId, rulebook } from '../testing/rehearsal.js';
import { docket, representativesOf, seated, type DocketCommand } from './docket.decider.js';
import type { DocketEvent, Purpose, RoundKind } from './docket.events.js';

const { given } = specify(docket);
const inCall = { programmeId, callId, at };
const source = { stream: `call-${callId}`, revision: 4 };
const decision = { stream: `decision-${callId}`, revision: 9 };
const ranked = (...numbers: readonly number[]) => numbers.map((number, index) => ({ applicationId: applicationId(number), rank: index + 1 }));

const receive = {
  type: 'receive-candidates',
  ...inCall,
  rulebookDigest: rulebook.digest,
  candidates: [candidate(1), candidate(2), candidate(3)],
  ineligible: [applicationId(9)],
  source,
} as const;
const received = { ...receive, type: 'candidates-received' } as const;
const withdrawn = { type: 'candidate-withdrawn', ...inCall, applicationId: applicationId(3) } as const;
const openRound = (roundId: string) => ({ type: 'open-round', ...inCall, roundId, rulebook, leftOut: [], by: 'ahn' }) as const;
const opened = (roundId: string, kind: RoundKind, purpose: Purpose, ...numbers: readonly number[]) =>
  ({
    type: 'round-opened',
    ...place(roundId),
    kind,
    purpose,
    subjects: numbers.map(applicationId),
    leftOut: [],
    seatsPlanned: 1,
    rulebookDigest: rulebook.digest,
    openedBy: 'ahn',
    at,
  }) as const;
const decided = (
  roundId: string,
  forward: readonly number[],
  reserve: readonly number[] = [],
  notice = 1,
): Extract<DocketEvent, { type: 'round-decided' }> => ({
  type: 'round-decided',
  ...place(roundId),
  notice,
  forward: ranked(...forward),
  reserve: ranked(...forward, ...reserve).slice(forward.length),
  decidedBy: ['bae', 'cho'],
  decision,
  at,
});
const settled = (roundId: string) => ({ type: 'round-settled', ...place(roundId), how: 'waived', at }) as const;

const thinnedOut = [received, opened('document', 'document', 'advance', 1, 2, 3), decided('document', [1, 2]), settled('document')] as const;
const selected = [
  ...thinnedOut,
  opened('presentation', 'presentation', 'selection', 1, 2),
  decided('presentation', [1], [2]),
  settled('presentation'),
] as const;
const lost = [...selected, opened('stage-1', 'stage', 'stage', 1), decided('stage-1', []), settled('stage-1')] as const;
const addSeat = {
  type: 'add-seat',
  ...inCall,
  applicationId: applicationId(2),
  authority: 'Ministry notice 12',
  reason: 'The team lost its seat.',
  replaces: applicationId(1),
  decidedBy: ['ahn', 'bae'],
  by: 'ahn',
} as const;
const { evidence: _, ...application2 } = candidate(2);
const seatAdded = {
  type: 'seat-added',
  ...place('presentation'),
  team: { ...application2, rank: 2 },
  authority: 'Ministry notice 12',
  reason: 'The team lost its seat.',
  replaces: applicationId(1),
  decidedBy: ['ahn', 'bae'],
  addedBy: 'ahn',
  at,
} as const;

describe('candidates', () => {
  test('come from screening, with the rulebook that it applied', () => given().when(receive).then(received));
  test('come once', () => given(received).when(receive).staysQuiet());
  test('are not exchanged afterwards', () =>
    given(received)
      .when({ ...receive, candidates: [candidate(1)] })
      .rejects('received-otherwise'));
  test('may withdraw, also before screening is known here', () => {
    given(received)
      .when({ type: 'note-withdrawal', ...inCall, applicationId: applicationId(3) })
      .then(withdrawn);
    given(withdrawn)
      .when({ type: 'note-withdrawal', ...inCall, applicationId: applicationId(3) })
      .staysQuiet();
    given(withdrawn, received)
      .when(openRound('document'))
      .then(opened('document', 'document', 'advance', 1, 2));
  });
});

describe('a round', () => {
  test('is opened for those whom screening let through', () =>
    given(received)
      .when(openRound('document'))
      .then(opened('document', 'document', 'advance', 1, 2, 3)));
  test('is opened for those whom the round before let forward; the last presentation round fills the seats', () =>
    given(...thinnedOut)
      .when(openRound('presentation'))
      .then(opened('presentation', 'presentation', 'selection', 1, 2)));
  test('of a stage is opened for those who hold a seat', () =>
    given(...selected)
      .when(openRound('stage-1'))
      .then(opened('stage-1', 'stage', 'stage', 1)));
  test('leaves somebody out only with a reason on record', () => {
    const leftOut = [{ applicationId: applicationId(2), reason: 'Its agreement ended.' }];
    given(received)
      .when({ ...openRound('document'), leftOut })
      .then({ ...opened('document', 'document', 'advance', 1, 3), leftOut });
    given(received)
      .when({ ...openRound('document'), leftOut: [{ applicationId: applicationId(8), reason: 'r' }] })
      .rejects('unknown-subject', { applicationId: applicationId(8) });
  });
  test('waits until nobody can object to the one before', () => {
    given(received).when(openRound('presentation')).rejects('previous-round-unsettled', { roundId: 'document' });
    given(...thinnedOut.slice(0, 3))
      .when(openRound('presentation'))
      .rejects('previous-round-unsettled', { roundId: 'document' });
  });
  test('is opened once', () =>
    given(...thinnedOut)
      .when(openRound('document'))
      .rejects('round-already-opened', { roundId: 'document' }));
  test('is one of the rulebook', () => given(received).when(openRound('beauty')).rejects('unknown-round'));
  test('follows the rulebook that screening applied', () =>
    given(received)
      .when({ ...openRound('document'), rulebook: { ...rulebook, digest: `sha256:${'0'.repeat(64)}` } })
      .rejects('rulebook-differs'));
  test('needs somebody to judge', () =>
    given(...lost)
      .when(openRound('last'))
      .rejects('no-subjects'));
  test('of an unknown docket, or of another programme, is refused', () => {
    given().when(openRound('document')).rejects('unknown-docket');
    given(received)
      .when({ ...openRound('document'), programmeId: otherProgramme })
      .rejects('unknown-docket');
  });
});

describe('a decision', () => {
  const note = {
    type: 'note-decision',
    where: place('document'),
    notice: 1,
    forward: ranked(1, 2),
    reserve: [],
    decidedBy: ['bae', 'cho'],
    decision,
    at,
  } as const;
  const settle = { type: 'note-settlement', where: place('document'), how: 'waived', at } as const;
  test('is noted, and replaced by a corrected one', () => {
    given(...thinnedOut.slice(0, 2))
      .when(note)
      .then(decided('document', [1, 2]));
    given(...thinnedOut.slice(0, 3))
      .when({ ...note, notice: 2, forward: ranked(1, 3) })
      .then(decided('document', [1, 3], [], 2));
  });
  test('is noted once', () =>
    given(...thinnedOut.slice(0, 3))
      .when(note)
      .staysQuiet());
  test('is settled when its window closed, once', () => {
    given(...thinnedOut.slice(0, 3))
      .when(settle)
      .then(settled('document'));
    given(...thinnedOut)
      .when(settle)
      .staysQuiet();
  });
});

describe('a seat', () => {
  test('is added from the head of the reserve, on named authority, by named people', () =>
    given(...lost)
      .when(addSeat)
      .then(seatAdded));
  test('may be added beyond the planned ones', () =>
    given(...selected)
      .when({ ...addSeat, replaces: null })
      .then({ ...seatAdded, replaces: null }));
  test('makes its team a subject of what follows', () => expect(seated(given(...lost, seatAdded).state)).toEqual([applicationId(2)]));
  test('is added when the selection is settled, not before', () =>
    given(...selected.slice(0, -1))
      .when(addSeat)
      .rejects('selection-unsettled'));
  test('goes to a team of the reserve', () => {
    given(...lost)
      .when({ ...addSeat, applicationId: applicationId(3) })
      .rejects('not-on-reserve', { applicationId: applicationId(3) });
    given(...lost, seatAdded)
      .when({ ...addSeat, replaces: null })
      .rejects('not-on-reserve');
  });
  test('goes to the next of the reserve', () => {
    const two = [...thinnedOut, opened('presentation', 'presentation', 'selection', 1, 2, 3), decided('presentation', [1], [3, 2]), settled('presentation')];
    given(...two)
      .when({ ...addSeat, replaces: null })
      .rejects('not-next-in-reserve', { next: applicationId(3) });
  });
  test('replaces only one that was lost, and that once', () => {
    given(...selected)
      .when(addSeat)
      .rejects('seat-not-lost', { replaces: applicationId(1) });
    given(...lost)
      .when({ ...addSeat, replaces: applicationId(3) })
      .rejects('seat-not-lost');
    const two = [
      ...thinnedOut,
      opened('presentation', 'presentation', 'selection', 1, 2, 3),
      decided('presentation', [1], [2, 3]),
      settled('presentation'),
      ...lost.slice(-3),
    ];
    given(...two, seatAdded)
      .when({ ...addSeat, applicationId: applicationId(3) })
      .rejects('seat-already-refilled', { replaces: applicationId(1) });
  });
  test('is not added to another programme’s docket', () =>
    given(...lost)
      .when({ ...addSeat, programmeId: otherProgramme })
      .rejects('unknown-docket'));
});

test('for an application speak the people of its lead', () => {
  expect(representativesOf(given(received).state, applicationId(2))).toEqual(['lead-2']);
  expect(representativesOf(given(received).state, applicationId(9))).toEqual([]);
});

test('whatever is asked in whatever order, no round opens before the one before it is settled', () => {
  const rounds = rulebook.rounds.map(({ id }) => id);
  const note = (roundId: string) =>
    ({
      type: 'note-decision',
      where: place(roundId),
      notice: 1,
      forward: ranked(1),
      reserve: ranked(1, 2).slice(1),
      decidedBy: ['bae'],
      decision,
      at,
    }) as const;
  const settle = (roundId: string) => ({ type: 'note-settlement', where: place(roundId), how: 'lapsed', at }) as const;
  const commands = fc.oneof(
    fc.constantFrom<DocketCommand>(receive, addSeat, { ...addSeat, replaces: null }),
    fc.constantFrom(...rounds).chain((roundId) => fc.constantFrom<DocketCommand>(openRound(roundId), note(roundId), settle(roundId))),
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 40 }), (asked) => {
      const history = historyOf(docket, [receive, ...asked]);
      for (const [index, event] of history.entries()) {
        if (event.type !== 'round-opened') continue;
        const done = history.slice(0, index).flatMap((earlier) => (earlier.type === 'round-settled' ? [earlier.roundId] : []));
        expect(rounds.slice(0, rounds.indexOf(event.roundId)).every((roundId) => done.includes(roundId))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
