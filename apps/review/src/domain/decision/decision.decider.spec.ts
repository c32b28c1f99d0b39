import { isRejection, sha256 } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import { decideBy, ranking as rankingEvaluator, recompute } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import { roundKey } from '../identities.js';
import {
  applicationId,
  at,
  callId,
  candidate,
  otherProgramme,
  party,
  place,
  programmeId,
  roundRule,
  rulebook,
  rulebookText,
  scoresOf,
} from '../testing/rehearsal.js';
import { decision } from './decision.decider.js';
import type { DecisionEvent, OutcomeName } from './decision.events.js';

const { given } = specify(decision);
const members = ['bae', 'cho', 'do'];
const asked = { programmeId, at } as const;

/** A ranking in which the first application has the most points. */
const rankingOf = (roundId: string, ...points: readonly number[]) => ({
  decision: decideBy(
    rankingEvaluator,
    rulebook,
    {
      round: roundId,
      subjects: points.map((each, index) => ({
        subject: applicationId(index + 1),
        scores: ['han', 'seo'].map((reviewer) => ({ reviewer, criteria: scoresOf(roundId, each) })),
      })),
    },
    { references: [], seed: 'lots' },
  ),
  reference: { stream: `panel-${roundKey(callId, roundId)}`, revision: 20 },
});

const convene = (roundId: string, ...numbers: readonly number[]) =>
  ({
    type: 'convene-committee',
    ...asked,
    where: place(roundId),
    round: roundRule(roundId),
    purpose: roundId === 'presentation' ? 'selection' : roundId === 'stage-1' ? 'stage' : 'advance',
    rulebook,
    parties: numbers.map(party),
    members,
    by: 'ahn',
  }) as const;
const outcomes = (...names: readonly OutcomeName[]) => names.map((outcome, index) => ({ applicationId: applicationId(index + 1), outcome, reason: null }));
const proposal = (roundId: string, points: readonly number[], names: readonly OutcomeName[]) =>
  ({
    type: 'propose-decision',
    ...asked,
    outcomes: outcomes(...names),
    reason: 'As ranked.',
    departure: null,
    ranking: rankingOf(roundId, ...points),
    rulebook,
    by: 'bae',
  }) as const;
const vote = (by: string, cast: 'for' | 'against' | 'abstain' = 'for') => ({ type: 'vote', ...asked, vote: cast, reason: null, by }) as const;
const confirm = { type: 'confirm-decision', ...asked, by: 'ahn' } as const;
const announce = { type: 'announce-decision', ...asked, candidates: [candidate(1), candidate(2), candidate(3)], rulebook, by: 'ahn' } as const;
const gate = (number: number, passed = true) =>
  ({
    type: 'record-gate',
    ...asked,
    applicationId: applicationId(number),
    gate: 'originality',
    passed,
    evidence: [{ digest: sha256('report') }],
    reason: 'Read.',
    rulebook,
    by: 'cho',
  }) as const;

type Command = Parameters<typeof decision.decide>[0];
/** The history of a committee that was asked all this, none of it refused. */
const after = (...commands: readonly Command[]): readonly DecisionEvent[] => {
  let state = decision.initial;
  return commands.flatMap((command) => {
    const outcome = decision.decide(command, state);
    if (isRejection(outcome)) throw new Error(`${command.type} was refused: ${outcome.rejected}`);
    state = outcome.reduce(decision.evolve, state);
    return outcome;
  });
};

const selection = [convene('presentation', 1, 2, 3), proposal('presentation', [90, 80, 70], ['selected', 'reserve', 'rejected'])] as const;
const confirmed = [...selection, vote('bae'), vote('cho'), confirm] as const;
const where = place('presentation');
const stream = `decision-${roundKey(callId, 'presentation')}`;

describe('a committee', () => {
  test('is convened of named people, with the quorum that the rulebook makes of their number', () =>
    given()
      .when(convene('presentation', 1, 2))
      .then({
        type: 'committee-convened',
        ...where,
        kind: 'presentation',
        purpose: 'selection',
        parties: [party(1), party(2)],
        members,
        quorum: 2,
        majority: { rule: 'more-than', numerator: 1, denominator: 2 },
        rulebookDigest: rulebook.digest,
        convenedBy: 'ahn',
        at,
      }));
  test('is convened once', () =>
    given(...after(convene('presentation', 1)))
      .when(convene('presentation', 1))
      .rejects('already-convened'));
  test('has as many members as the rulebook allows', () =>
    given()
      .when({ ...convene('presentation', 1), members: ['bae', 'cho'] })
      .rejects('committee-size', { min: 3, max: 5, given: 2 }));
  test('has nobody twice, and nobody who acts for a party', () => {
    given()
      .when({ ...convene('presentation', 1), members: ['bae', 'cho', 'cho'] })
      .rejects('member-twice');
    given()
      .when({ ...convene('presentation', 1), members: ['bae', 'cho', 'lead-1'] })
      .rejects('member-is-party', { applicationId: applicationId(1) });
  });
  test('is unknown in another programme', () => {
    given().when(confirm).rejects('unknown-decision');
    given(...after(...selection))
      .when({ ...confirm, programmeId: otherProgramme })
      .rejects('unknown-decision');
  });
});

describe('a gate', () => {
  const stage = after(convene('stage-1', 1, 2));
  const recorded = {
    type: 'gate-recorded',
    ...place('stage-1'),
    applicationId: applicationId(1),
    result: { gate: 'originality', passed: true, evidence: [{ digest: sha256('report') }] },
    reason: 'Read.',
    recordedBy: 'cho',
    at,
  } as const;
  test('is recorded apart from any score, with its evidence; what follows is decided by the rulebook', () => {
    const { outcome } = given(...stage).when(gate(1));
    expect(outcome).toEqual([
      recorded,
      { type: 'gates-decided', ...place('stage-1'), applicationId: applicationId(1), decision: expect.objectContaining({ evaluator: 'gates' }), at },
    ]);
    const decided = isRejection(outcome) ? undefined : outcome[1];
    if (decided?.type !== 'gates-decided') throw new Error('nothing was decided');
    expect(decided.decision.references).toEqual([{ pointer: '/results/0', stream: `decision-${roundKey(callId, 'stage-1')}`, revision: 1, source: '/result' }]);
    expect(recompute(decided.decision, rulebookText).same).toBe(true);
  });
  test('is found anew by another record', () =>
    expect(after(convene('stage-1', 1), gate(1), gate(1, false)).filter(({ type }) => type === 'gates-decided')).toHaveLength(2));
  test('is recorded by the committee', () =>
    given(...stage)
      .when({ ...gate(1), by: 'ahn' })
      .rejects('not-on-committee'));
  test('is one of the round, for one of its subjects', () => {
    given(...stage)
      .when({ ...gate(1), gate: 'beauty' })
      .rejects('unknown-gate', { gate: 'beauty', known: ['originality'] });
    given(...stage)
      .when(gate(3))
      .rejects('unknown-subject');
  });
  test('is recorded before the proposal, under the rulebook in force', () => {
    given(...after(convene('stage-1', 1), gate(1), proposal('stage-1', [90], ['passed'])))
      .when(gate(1, false))
      .rejects('already-proposed', { status: 'proposed' });
    given(...stage)
      .when({ ...gate(1), rulebook: { ...rulebook, digest: sha256('other') } })
      .rejects('rulebook-differs');
  });
});

describe('a proposal', () => {
  const convened = after(convene('presentation', 1, 2, 3));
  const propose = (points: readonly number[], ...names: readonly OutcomeName[]) => given(...convened).when(proposal('presentation', points, names));
  test('names what becomes of everybody beside both results, and cites ranking, gates and rulebook', () =>
    given(...after(convene('stage-1', 1, 2), gate(1), gate(2, false)))
      .when(proposal('stage-1', [70, 90], ['passed', 'failed']))
      .then({
        type: 'decision-proposed',
        ...place('stage-1'),
        outcomes: [
          {
            applicationId: applicationId(1),
            outcome: 'passed',
            score: { total: '70.00', rank: 2, passed: true },
            gates: [{ gate: 'originality', passed: true }],
            reason: null,
          },
          {
            applicationId: applicationId(2),
            outcome: 'failed',
            score: { total: '90.00', rank: 1, passed: true },
            gates: [{ gate: 'originality', passed: false }],
            reason: null,
          },
        ],
        reason: 'As ranked.',
        departure: null,
        cites: {
          rulebookDigest: rulebook.digest,
          ranking: rankingOf('stage-1').reference,
          gates: [2, 4].map((revision) => ({ stream: `decision-${roundKey(callId, 'stage-1')}`, revision })),
        },
        corrects: null,
        proposedBy: 'bae',
        at,
      }));
  test('waits for the ranking and for every gate', () => {
    given(...convened)
      .when({ ...proposal('presentation', [90], ['selected']), ranking: null })
      .rejects('not-ranked');
    given(...after(convene('stage-1', 1, 2), gate(1)))
      .when(proposal('stage-1', [90, 80], ['passed', 'passed']))
      .rejects('gates-missing', { applicationId: applicationId(2) });
  });
  test('comes from the committee, once, under the rulebook in force', () => {
    given(...convened)
      .when({ ...selection[1], by: 'ahn' })
      .rejects('not-on-committee');
    given(...after(...selection))
      .when(selection[1])
      .rejects('already-proposed');
    given(...convened)
      .when({ ...selection[1], rulebook: { ...rulebook, digest: sha256('other') } })
      .rejects('rulebook-differs');
  });
  test('covers every subject once', () =>
    propose([90, 80, 70], 'selected', 'reserve').rejects('outcomes-differ', { missing: [applicationId(3)], surplus: [] }));
  test('ends as a round of its purpose can end', () => propose([90, 80, 70], 'passed', 'reserve', 'rejected').rejects('wrong-outcome'));
  test('lets nobody on who failed a gate, whatever the score', () =>
    given(...after(convene('stage-1', 1), gate(1, false)))
      .when(proposal('stage-1', [99], ['passed']))
      .rejects('fails-gate', { applicationId: applicationId(1), gates: ['originality'] }));
  test('lets nobody on below the minimum', () =>
    propose([90, 50, 40], 'selected', 'reserve', 'rejected').rejects('below-minimum', { applicationId: applicationId(2), total: '50.00' }));
  test('fills no more places than there are', () => {
    propose([90, 80, 70], 'selected', 'selected', 'rejected').rejects('exceeds-places', { outcome: 'selected', places: 1 });
    propose([90, 80, 70], 'selected', 'reserve', 'reserve').rejects('exceeds-places', { outcome: 'reserve', places: 1 });
    given(...after(convene('document', 1, 2, 3)))
      .when(proposal('document', [90, 80, 70], ['advanced', 'advanced', 'advanced']))
      .rejects('exceeds-places', { outcome: 'advanced', places: 2 });
  });
  test('may leave a seat empty', () => expect(propose([90, 80, 70], 'reserve', 'rejected', 'rejected').outcome).toHaveLength(1));
  test('follows the ranking, or says why not', () => {
    propose([70, 90, 80], 'selected', 'reserve', 'rejected').rejects('departs-from-ranking', { applicationId: applicationId(2) });
    const departure = 'The upheld objection weighs more.';
    expect(given(...convened).when({ ...proposal('presentation', [70, 90, 80], ['selected', 'reserve', 'rejected']), departure }).outcome).toMatchObject([
      { departure },
    ]);
  });
  test('of a stage fails nobody who reached the minimum and passed the gates without saying why', () =>
    given(...after(convene('stage-1', 1), gate(1)))
      .when(proposal('stage-1', [90], ['failed']))
      .rejects('departs-from-ranking'));
});

describe('a vote', () => {
  const proposed = after(...selection);
  test('is cast by a named member', () =>
    given(...proposed)
      .when(vote('bae'))
      .then({ type: 'vote-cast', ...where, member: 'bae', vote: 'for', reason: null, at }));
  test('is cast once', () => {
    given(...after(...selection, vote('bae')))
      .when(vote('bae'))
      .staysQuiet();
    given(...after(...selection, vote('bae')))
      .when(vote('bae', 'against'))
      .rejects('already-voted', { vote: 'for' });
  });
  test('is a member’s, on a proposal', () => {
    given(...proposed)
      .when(vote('ahn'))
      .rejects('not-on-committee');
    given(...after(selection[0]))
      .when(vote('bae'))
      .rejects('not-proposed', { status: 'deliberating' });
  });
});

describe('a decision', () => {
  test('is confirmed by the majority of those present, when enough are', () =>
    given(...after(...confirmed.slice(0, -1)))
      .when(confirm)
      .then({ type: 'decision-confirmed', ...where, decidedBy: ['bae', 'cho'], inFavour: ['bae', 'cho'], confirmedBy: 'ahn', at }));
  test('is not confirmed without the quorum', () =>
    given(...after(...selection, vote('bae')))
      .when(confirm)
      .rejects('no-quorum', { present: 1, quorum: 2 }));
  test('without its majority falls, and the committee goes on', () => {
    const split = after(...selection, vote('bae'), vote('cho', 'against'));
    given(...split)
      .when(confirm)
      .then({ type: 'proposal-defeated', ...where, present: ['bae', 'cho'], inFavour: ['bae'], closedBy: 'ahn', at });
    expect(after(...selection, vote('bae'), vote('cho', 'against'), confirm, selection[1])).toHaveLength(6);
  });
  test('that nobody proposed is not confirmed', () =>
    given(...after(selection[0]))
      .when(confirm)
      .rejects('not-proposed'));
});

describe('the announcement', () => {
  const { evidence: _, ...application1 } = candidate(1);
  test('is made after the confirmation, names the deciders, and opens the time to object', () =>
    given(...after(...confirmed))
      .when(announce)
      .then(
        {
          type: 'decision-announced',
          ...where,
          notice: 1,
          kind: 'presentation',
          purpose: 'selection',
          outcomes: [
            { applicationId: applicationId(1), outcome: 'selected', score: { total: '90.00', rank: 1, passed: true }, gates: [], reason: null },
            { applicationId: applicationId(2), outcome: 'reserve', score: { total: '80.00', rank: 2, passed: true }, gates: [], reason: null },
            { applicationId: applicationId(3), outcome: 'rejected', score: { total: '70.00', rank: 3, passed: true }, gates: [], reason: null },
          ],
          selected: [{ ...application1, rank: 1 }],
          decidedBy: ['bae', 'cho'],
          cites: { rulebookDigest: rulebook.digest, ranking: rankingOf('presentation').reference, gates: [] },
          confirmation: { stream, revision: 4 },
          announcedBy: 'ahn',
          at,
        },
        {
          type: 'objection-window-opened',
          ...where,
          notice: 1,
          until: '2026-03-12T14:59:59.999Z',
          waivable: true,
          parties: [applicationId(1), applicationId(2), applicationId(3)],
          at,
        },
      ));
  test('is refused before the committee confirmed', () => {
    given(...after(...selection))
      .when(announce)
      .rejects('not-confirmed', { status: 'proposed' });
    given(...after(selection[0]))
      .when(announce)
      .rejects('not-confirmed', { status: 'deliberating' });
  });
  test('is made once, under the rulebook in force', () => {
    given(...after(...confirmed, announce))
      .when(announce)
      .rejects('already-announced', { notice: 1 });
    given(...after(...confirmed))
      .when({ ...announce, rulebook: { ...rulebook, digest: sha256('other') } })
      .rejects('rulebook-differs');
  });
});
