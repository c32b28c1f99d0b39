import { isRejection } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { decideBy, ranking as rankingEvaluator } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { objectionIdOf, roundKey } from '../identities.js';
import { historyOf } from '../testing/histories.js';
import { applicationId, at, callId, candidate, party, place, programmeId, roundRule, rulebook, scoresOf } from '../testing/rehearsal.js';
import type { DecisionCommand } from './decision.commands.js';
import { decision } from './decision.decider.js';
import type { DecisionEvent } from './decision.events.js';

const { given } = specify(decision);
const where = place('document');
const key = roundKey(callId, 'document');
const asked = { programmeId, at } as const;
const until = '2026-03-12T14:59:59.999Z';
const afterwards = '2026-03-12T15:00:00.000Z';

const ranking = {
  decision: decideBy(
    rankingEvaluator,
    rulebook,
    {
      round: 'document',
      subjects: [1, 2].map((number) => ({
        subject: applicationId(number),
        scores: ['han', 'seo'].map((reviewer) => ({ reviewer, criteria: scoresOf('document', 90 - number) })),
      })),
    },
    { references: [], seed: 'lots' },
  ),
  reference: { stream: `panel-${key}`, revision: 20 },
};
const convene = {
  type: 'convene-committee',
  ...asked,
  where,
  round: roundRule('document'),
  purpose: 'advance',
  rulebook,
  parties: [party(1), party(2)],
  members: ['bae', 'cho', 'do'],
  by: 'ahn',
} as const;
const propose = {
  type: 'propose-decision',
  ...asked,
  outcomes: [
    { applicationId: applicationId(1), outcome: 'advanced', reason: null },
    { applicationId: applicationId(2), outcome: 'not-advanced', reason: null },
  ],
  reason: 'One place is enough.',
  departure: null,
  ranking,
  rulebook,
  by: 'bae',
} as const;
const vote = (by: string) => ({ type: 'vote', ...asked, vote: 'for', reason: null, by }) as const;
const confirm = { type: 'confirm-decision', ...asked, by: 'ahn' } as const;
const announce = { type: 'announce-decision', ...asked, candidates: [candidate(1), candidate(2)], rulebook, by: 'ahn' } as const;
const announcing: readonly DecisionCommand[] = [propose, vote('bae'), vote('cho'), confirm, announce];
const announced: readonly DecisionCommand[] = [convene, ...announcing];

const waive = (number: number) => ({ type: 'waive-objection', ...asked, applicationId: applicationId(number), by: `lead-${number}` }) as const;
const object = (number: number) =>
  ({
    type: 'receive-objection',
    ...asked,
    applicationId: applicationId(number),
    grounds: 'Criterion two was read wrongly.',
    rulebook,
    by: `lead-${number}`,
  }) as const;
const objectionId = (number: number, notice = 1) => objectionIdOf(key, notice, applicationId(number));
const dismissed = (number: number) => ({ type: 'note-answer', ...asked, objectionId: objectionId(number), outcome: 'dismissed', effect: null }) as const;
const again = { kind: 're-deliberation', text: 'The committee decides again.' } as const;
const upheld = (number: number) => ({ ...dismissed(number), outcome: 'upheld', effect: again }) as const;
const lapse = { type: 'lapse-window', programmeId, at: afterwards } as const;

const waived = (number: number) =>
  ({ type: 'objection-waived', ...where, notice: 1, applicationId: applicationId(number), waivedBy: `lead-${number}`, at }) as const;
const received = (number: number) =>
  ({
    type: 'objection-received',
    ...where,
    objectionId: objectionId(number),
    notice: 1,
    applicationId: applicationId(number),
    grounds: 'Criterion two was read wrongly.',
    filedBy: `lead-${number}`,
    answerBy: '2026-04-01T14:59:59.999Z',
    at,
  }) as const;
const answerNoted = (number: number) =>
  ({
    type: 'objection-answer-noted',
    ...where,
    objectionId: objectionId(number),
    applicationId: applicationId(number),
    outcome: 'dismissed',
    effect: null,
    at,
  }) as const;
const closed = (how: 'lapsed' | 'waived', when: string = at) => ({ type: 'objection-window-closed', ...where, notice: 1, how, at: when }) as const;

const after = (...commands: readonly DecisionCommand[]): readonly DecisionEvent[] => {
  const history = historyOf(decision, commands);
  const last = commands.at(-1);
  const refused = last === undefined ? [] : decision.decide(last, historyOf(decision, commands.slice(0, -1)).reduce(decision.evolve, decision.initial));
  if (isRejection(refused)) throw new Error(`${last?.type} was refused: ${refused.rejected}`);
  return history;
};
const open = after(...announced);

describe('a waiver', () => {
  test('is a party’s own', () =>
    given(...open)
      .when(waive(1))
      .then(waived(1)));
  test('of the last party closes the window before its time', () =>
    given(...after(...announced, waive(1)))
      .when(waive(2))
      .then(waived(2), closed('waived')));
  test('is given once', () =>
    given(...after(...announced, waive(1)))
      .when(waive(1))
      .staysQuiet());
  test('is given by nobody else', () => {
    given(...open)
      .when({ ...waive(1), by: 'lead-2' })
      .rejects('not-a-representative');
    given(...open)
      .when({ ...waive(1), applicationId: applicationId(9) })
      .rejects('not-a-representative');
  });
  test('is possible where the rulebook allows it', () => {
    const fixed = { ...rulebook, windows: { ...rulebook.windows, objection: { ...rulebook.windows.objection, waivable: false } } };
    given(...after(...announced.slice(0, -1), { ...announce, rulebook: fixed }))
      .when(waive(1))
      .rejects('not-waivable');
  });
  test('is not given by who objected', () =>
    given(...after(...announced, object(1)))
      .when(waive(1))
      .rejects('already-objected'));
  test('is given while the window is open', () => {
    given(...after(convene, propose))
      .when(waive(1))
      .rejects('window-not-open', { status: 'proposed' });
    given(...open)
      .when({ ...waive(1), at: afterwards })
      .rejects('window-not-open');
  });
});

describe('an objection', () => {
  test('is received within the window, to its last millisecond', () => {
    given(...open)
      .when(object(2))
      .then(received(2));
    expect(isRejection(given(...open).when({ ...object(2), at: until }).outcome)).toBe(false);
    given(...open)
      .when({ ...object(2), at: afterwards })
      .rejects('window-not-open');
  });
  test('is a party’s own, one a notice', () => {
    given(...open)
      .when({ ...object(2), by: 'lead-1' })
      .rejects('not-a-representative');
    given(...open)
      .when({ ...object(2), applicationId: applicationId(9) })
      .rejects('not-a-representative');
    given(...after(...announced, object(2)))
      .when(object(2))
      .rejects('already-objected');
    given(...after(...announced, waive(2)))
      .when(object(2))
      .rejects('already-waived');
  });
  test('is owed its answer under the rulebook in force', () =>
    given(...open)
      .when({ ...object(2), rulebook: { ...rulebook, digest: `sha256:${'0'.repeat(64)}` } })
      .rejects('rulebook-differs'));
  test('keeps the window open until it is answered', () => {
    given(...after(...announced, object(2)))
      .when(waive(1))
      .then(waived(1));
    given(...after(...announced, object(2), waive(1)))
      .when(dismissed(2))
      .then(answerNoted(2), closed('waived'));
  });
  test('is answered once, and an answer to nothing changes nothing', () => {
    given(...after(...announced, object(2), dismissed(2)))
      .when(dismissed(2))
      .staysQuiet();
    given(...open)
      .when(dismissed(2))
      .staysQuiet();
  });
});

describe('time', () => {
  test('closes the window after its last millisecond', () => {
    given(...open)
      .when(lapse)
      .then(closed('lapsed', afterwards));
    given(...open)
      .when({ ...lapse, at: until })
      .staysQuiet();
  });
  test('closes no window while somebody waits for an answer', () => {
    const lapsed = { type: 'objection-window-lapsed', ...where, notice: 1, at: afterwards } as const;
    given(...after(...announced, object(2)))
      .when(lapse)
      .then(lapsed);
    given(...after(...announced, object(2), lapse))
      .when(lapse)
      .staysQuiet();
    given(...after(...announced, object(2), lapse))
      .when({ ...dismissed(2), at: afterwards })
      .then({ ...answerNoted(2), at: afterwards }, closed('lapsed', afterwards));
  });
  test('does nothing where no window is', () =>
    given(...after(convene))
      .when(lapse)
      .staysQuiet());
});

describe('an upheld objection', () => {
  test('with a remedy of its own leaves the decision as it is', () => {
    const remedy = { ...upheld(2), effect: { kind: 'remedy', text: 'The notice is written anew.' } } as const;
    given(...after(...announced, object(2), waive(1)))
      .when(remedy)
      .then({ ...answerNoted(2), outcome: 'upheld', effect: remedy.effect }, closed('waived'));
  });
  test('sends the decision back to the committee', () =>
    given(...after(...announced, object(2)))
      .when(upheld(2))
      .then({ ...answerNoted(2), outcome: 'upheld', effect: again }, { type: 'deliberation-reopened', ...where, notice: 1, objectionId: objectionId(2), at }));
  test('waits for the answers to the others, so that one correction takes account of all', () => {
    given(...after(...announced, object(1), object(2)))
      .when(upheld(2))
      .then({ ...answerNoted(2), outcome: 'upheld', effect: again });
    expect(after(...announced, object(1), object(2), upheld(2), dismissed(1)).at(-1)?.type).toBe('deliberation-reopened');
  });
  test('leads to a corrected decision, announced with a window of its own', () => {
    const corrected = after(...announced, object(2), upheld(2), ...announcing);
    expect(corrected.filter(({ type }) => type === 'decision-announced')).toHaveLength(2);
    expect(corrected.find((event) => event.type === 'decision-proposed' && event.corrects !== null)).toMatchObject({ corrects: objectionId(2) });
    expect(corrected.slice(-2)).toMatchObject([
      { type: 'decision-announced', notice: 2 },
      { type: 'objection-window-opened', notice: 2 },
    ]);
    expect(after(...announced, object(2), upheld(2), ...announcing, waive(1), waive(2)).at(-1)).toMatchObject({ type: 'objection-window-closed', notice: 2 });
  });
  test('stops the window while the committee deliberates', () =>
    given(...after(...announced, object(2), upheld(2)))
      .when(waive(1))
      .rejects('window-not-open', { status: 'deliberating' }));
});

test('whatever is asked in whatever order, nothing is announced before the committee confirmed it', () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 40 }), (commands) => {
      const types = historyOf(decision, [convene, ...commands]).map(({ type }) => type);
      for (const [index, type] of types.entries()) {
        if (type !== 'decision-announced') continue;
        const before = types.slice(0, index);
        expect(before.lastIndexOf('decision-confirmed')).toBeGreaterThan(
          Math.max(before.lastIndexOf('decision-announced'), before.lastIndexOf('decision-proposed')),
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever is asked in whatever order, the window closes only after its time or when all had their say, and never owing an answer', () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 40 }), (commands) => {
      const history = historyOf(decision, [...announced, ...commands]);
      for (const [index, event] of history.entries()) {
        if (event.type !== 'objection-window-closed') continue;
        const notice = history.slice(0, index).filter((earlier) => 'notice' in earlier && earlier.notice === event.notice);
        const received = notice.flatMap((earlier) => (earlier.type === 'objection-received' ? [earlier.objectionId] : []));
        const answers = history.slice(0, index).flatMap((earlier) => (earlier.type === 'objection-answer-noted' ? [earlier.objectionId] : []));
        const heard = notice.flatMap((earlier) =>
          earlier.type === 'objection-waived' || earlier.type === 'objection-received' ? [earlier.applicationId] : [],
        );
        expect(received.every((id) => answers.includes(id))).toBe(true);
        const timeIsUp = event.at > until || notice.some(({ type }) => type === 'objection-window-lapsed');
        expect(event.how === 'waived' ? new Set(heard).size === 2 : timeIsUp).toBe(true);
        expect(history.slice(index + 1)).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<DecisionCommand>(...announcing, lapse, { ...vote('do'), vote: 'against' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 2).chain((number) =>
      fc.constantFrom<DecisionCommand>(waive(number), object(number), dismissed(number), upheld(number), {
        ...upheld(number),
        objectionId: objectionId(number, 2),
      }),
    ),
  },
);
