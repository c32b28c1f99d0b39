import { sha256 } from '@program-ledger/event-sourcing';
import { on, viewSpec } from '@program-ledger/read-models/testing';
import { rankingOutcome } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import { assessment } from '../domain/assessment/assessment.decider.js';
import { decision } from '../domain/decision/decision.decider.js';
import { docket } from '../domain/docket/docket.decider.js';
import { assessmentIdOf, objectionIdOf, reviewerIdOf, roundKey } from '../domain/identities.js';
import { objection } from '../domain/objection/objection.decider.js';
import { panel } from '../domain/panel/panel.decider.js';
import { rank } from '../domain/panel/ranking.js';
import { reviewer } from '../domain/reviewer/reviewer.decider.js';
import { applicationId, at, callId, candidate, party, place, programmeId, rulebook, scoresOf } from '../domain/testing/rehearsal.js';
import { assessments } from './assessments.projection.js';
import { decisions, windows } from './decisions.projection.js';
import { dockets } from './dockets.projection.js';
import { objections } from './objections.projection.js';
import { openings, panels } from './panels.projection.js';
import { reviewers } from './reviewers.projection.js';
import { rounds } from './rounds.projection.js';

const where = place('presentation');
const key = roundKey(callId, 'presentation');
const later = (hours: number) => new Date(Date.parse(at) + hours * 3_600_000).toISOString();
const rulebookDigest = rulebook.digest;
const han = reviewerIdOf('han');
const reference = { stream: `decision-${key}`, revision: 5 };

const opened = ['han', 'seo'].map((subject, index) => ({
  assessmentId: assessmentIdOf(key, reviewerIdOf(subject), applicationId(1)),
  reviewerId: reviewerIdOf(subject),
  applicationId: applicationId(1),
  scores: scoresOf('presentation', 90 - index),
  opinionDigest: sha256('o'),
  salt: 's'.repeat(44),
}));
const ranking = rank({ rulebook, roundId: 'presentation', subjects: [applicationId(1)], opened, opening: { stream: `panel-${key}`, revision: 6 }, seed: 'lots' });

const received = on(docket, callId, {
  type: 'candidates-received',
  programmeId,
  callId,
  rulebookDigest,
  candidates: [candidate(1), candidate(2)],
  ineligible: [applicationId(9)],
  source: { stream: `call-${callId}`, revision: 4 },
  at,
});
const withdrawn = on(docket, callId, { type: 'candidate-withdrawn', programmeId, callId, applicationId: applicationId(3), at });
const roundOpened = (roundId: string, purpose: 'selection' | 'stage', hours: number) =>
  on(docket, callId, { type: 'round-opened', ...place(roundId), kind: purpose === 'stage' ? 'stage' : 'presentation', purpose, subjects: [applicationId(1), applicationId(2)], leftOut: [], seatsPlanned: 1, rulebookDigest, openedBy: 'ahn', at: later(hours) });
const convened = on(panel, key, {
  type: 'panel-convened',
  ...where,
  kind: 'presentation',
  purpose: 'selection',
  subjects: [applicationId(1), applicationId(2)],
  members: [{ reviewerId: han, reviewer: 'han', pool: 'public-pool' }],
  chair: 'han',
  quorum: 1,
  rulebookDigest,
  convenedBy: 'ahn',
  at: later(1),
});
const scoringClosed = on(panel, key, { type: 'scoring-closed', ...where, assessments: [], leftOut: [{ assessmentId: opened[1]!.assessmentId, reason: 'ill' }], closedBy: 'han', at: later(3) });
const scoresOpened = on(panel, key, { type: 'scores-opened', ...where, key: 'k'.repeat(44), opened, openedBy: 'han', at: later(4) });
const ranked = on(panel, key, { type: 'ranked', ...where, purpose: 'selection', decision: ranking, at: later(4) });
const committee = on(decision, key, {
  type: 'committee-convened',
  ...where,
  kind: 'presentation',
  purpose: 'selection',
  parties: [party(1), party(2)],
  members: ['bae', 'cho', 'do'],
  quorum: 2,
  majority: { rule: 'more-than', numerator: 1, denominator: 2 },
  rulebookDigest,
  convenedBy: 'ahn',
  at: later(5),
});
const outcomes = [
  { applicationId: applicationId(1), outcome: 'selected', score: { total: '89.50', rank: 1, passed: true }, gates: [], reason: null },
  { applicationId: applicationId(2), outcome: 'rejected', score: null, gates: [], reason: 'Not ranked.' },
] as const;
const cites = { rulebookDigest, ranking: { stream: `panel-${key}`, revision: 7 }, gates: [] };
const proposal = { outcomes, reason: 'As ranked.', departure: null, cites, corrects: null, proposedBy: 'bae' };
const proposed = on(decision, key, { type: 'decision-proposed', ...where, ...proposal, at: later(6) });
const voted = on(decision, key, { type: 'vote-cast', ...where, member: 'bae', vote: 'for', reason: null, at: later(6) });
const confirmed = on(decision, key, { type: 'decision-confirmed', ...where, decidedBy: ['bae', 'cho'], inFavour: ['bae', 'cho'], confirmedBy: 'ahn', at: later(7) });
const announced = on(decision, key, { type: 'decision-announced', ...where, notice: 1, kind: 'presentation', purpose: 'selection', outcomes, selected: [], decidedBy: ['bae', 'cho'], cites, confirmation: reference, announcedBy: 'ahn', at: later(8) });
const windowOpened = on(decision, key, { type: 'objection-window-opened', ...where, notice: 1, until: later(240), waivable: true, parties: [applicationId(1), applicationId(2)], at: later(8) });
const waived = on(decision, key, { type: 'objection-waived', ...where, notice: 1, applicationId: applicationId(1), waivedBy: 'lead-1', at: later(9) });
const objectionId = objectionIdOf(key, 1, applicationId(2));
const objected = on(decision, key, { type: 'objection-received', ...where, objectionId, notice: 1, applicationId: applicationId(2), grounds: 'g', filedBy: 'lead-2', answerBy: later(700), at: later(10) });
const answerNoted = on(decision, key, { type: 'objection-answer-noted', ...where, objectionId, applicationId: applicationId(2), outcome: 'dismissed', effect: null, at: later(11) });
const windowClosed = on(decision, key, { type: 'objection-window-closed', ...where, notice: 1, how: 'waived', at: later(11) });
const decided = (roundId: string, hours: number, ...forward: readonly number[]) =>
  on(docket, callId, { type: 'round-decided', ...place(roundId), notice: 1, forward: forward.map((number) => ({ applicationId: applicationId(number), rank: 1 })), reserve: [], decidedBy: ['bae', 'cho'], decision: reference, at: later(hours) });
const settled = (roundId: string, hours: number) => on(docket, callId, { type: 'round-settled', ...place(roundId), how: 'waived', at: later(hours) });

describe('reviewers', () => {
  const profile = { pool: 'public-pool', affiliation: 'A', organisationId: null, expertise: ['biology'] };
  test('are listed with their pool, as corrected, and stay when they retire', () =>
    viewSpec(reviewers)
      .given(
        on(reviewer, han, { type: 'reviewer-registered', subject: 'han', ...profile, provenance: 'invented', at }),
        on(reviewer, han, { type: 'reviewer-corrected', ...profile, pool: 'academy', reason: 'r', at }),
        on(reviewer, han, { type: 'reviewer-retired', reason: 'r', at }),
      )
      .then({ key: han, subject: 'han', ...profile, pool: 'academy', status: 'retired', provenance: 'invented' }));
});

describe('a docket', () => {
  const shown = [1, 2].map((number) => {
    const { title, provenance, evidence } = candidate(number);
    return { applicationId: applicationId(number), title, provenance, evidence };
  });
  const round = (roundId: string, purpose: 'selection' | 'stage', status: 'open' | 'settled', hours: number) => ({ roundId, kind: purpose === 'stage' ? ('stage' as const) : ('presentation' as const), purpose, status, since: later(hours) });
  const blank = { programmeId, callId, rulebookDigest, candidates: shown, ineligible: [applicationId(9)], withdrawn: [{ applicationId: applicationId(3), at }], pending: [] };

  test('says whom the call waits for since when, also when a withdrawal came first', () =>
    viewSpec(dockets)
      .given(withdrawn, received)
      .then({ key: callId, ...blank, rounds: [], seatsPlanned: null, seated: [], seatings: [], waitsFor: 'programme-administrator', waitsSince: at }));
  test('tells by which decisions and on what authority planned and actual seats differ', () => {
    const { evidence: _, ...application } = candidate(2);
    const seat = on(docket, callId, { type: 'seat-added', ...where, team: { ...application, rank: 2 }, authority: 'Notice 12', reason: 'r', replaces: applicationId(1), decidedBy: ['bae'], addedBy: 'ahn', at: later(30) });
    return viewSpec(dockets)
      .given(withdrawn, received, roundOpened('presentation', 'selection', 1), decided('presentation', 8, 1), settled('presentation', 11), roundOpened('stage-1', 'stage', 20), decided('stage-1', 21), settled('stage-1', 22), seat)
      .then({
        key: callId,
        ...blank,
        rounds: [round('presentation', 'selection', 'settled', 11), round('stage-1', 'stage', 'settled', 22)],
        seatsPlanned: 1,
        seated: [applicationId(2)],
        seatings: [
          { at: later(11), by: 'selection', roundId: 'presentation', seated: [applicationId(1)], lost: [], authority: null, replaces: null, decidedBy: ['bae', 'cho'], decision: reference },
          { at: later(22), by: 'stage', roundId: 'stage-1', seated: [], lost: [applicationId(1), applicationId(2)], authority: null, replaces: null, decidedBy: ['bae', 'cho'], decision: reference },
          { at: later(30), by: 'seat-added', roundId: 'presentation', seated: [applicationId(2)], lost: [], authority: 'Notice 12', replaces: applicationId(1), decidedBy: ['bae'], decision: null },
        ],
        waitsFor: 'programme-administrator',
        waitsSince: later(22),
      });
  });
});

describe('a round', () => {
  const round = { key, ...where, kind: 'presentation', purpose: 'selection', rulebookDigest, subjects: [applicationId(1), applicationId(2)], leftOut: [], openedAt: at, hasCommittee: false, isRanked: false, owed: 0 };
  const opening = roundOpened('presentation', 'selection', 0);
  test('waits for its panel, the reviewers, the chair', async () => {
    await viewSpec(rounds).given(received, opening).then({ ...round, status: 'opened', waitsFor: { whom: 'programme-administrator', to: 'convene-panel' }, waitsSince: at });
    await viewSpec(rounds).given(received, opening, convened).then({ ...round, status: 'scoring', waitsFor: { whom: 'reviewers', to: 'score' }, waitsSince: later(1) });
    await viewSpec(rounds).given(received, opening, convened, scoringClosed).then({ ...round, status: 'scoring-closed', waitsFor: { whom: 'panel-chair', to: 'open-scores' }, waitsSince: later(3) });
  });
  test('waits for the committee when it is convened and the ranking is there, whichever comes first', async () => {
    const deliberating = { ...round, hasCommittee: true, isRanked: true, status: 'deliberating', waitsFor: { whom: 'committee', to: 'propose' } } as const;
    await viewSpec(rounds).given(opening, convened, ranked, committee).then({ ...deliberating, waitsSince: later(5) });
    await viewSpec(rounds).given(opening, convened, committee, ranked).then({ ...deliberating, waitsSince: later(4) });
  });
  test('waits for the parties, for an answer, then for nobody', async () => {
    const done = { ...round, hasCommittee: true, isRanked: true };
    const history = [opening, convened, ranked, committee, proposed, voted, confirmed, announced, windowOpened, waived, objected] as const;
    await viewSpec(rounds).given(...history).then({ ...done, owed: 1, status: 'objected', waitsFor: { whom: 'programme-administrator', to: 'answer-objection' }, waitsSince: later(10) });
    await viewSpec(rounds).given(...history, answerNoted, windowClosed).then({ ...done, status: 'settled', waitsFor: { whom: 'nobody', to: 'nothing' }, waitsSince: later(11) });
  });
});

describe('a panel', () => {
  const document = { applicationId: applicationId(1), title: 'Report', digest: sha256('r'), laidBy: 'lead-1' };
  test('tells what lay before it and what came later, who was excluded, how far it is', () =>
    viewSpec(panels)
      .given(
        convened,
        on(panel, key, { type: 'evidence-laid', ...where, ...document, at: later(2) }),
        on(panel, key, { type: 'seal-noted', ...where, assessmentId: opened[0]!.assessmentId, commitment: sha256('c'), seal: { stream: `assessment-${opened[0]!.assessmentId}`, revision: 2 }, at: later(2) }),
        on(panel, key, { type: 'exclusion-noted', ...where, assessmentId: opened[1]!.assessmentId, at: later(2) }),
        scoringClosed,
        on(panel, key, { type: 'evidence-came-late', ...where, ...document, digest: sha256('s'), at: later(4) }),
        scoresOpened,
      )
      .then({
        key,
        ...where,
        status: 'opened',
        members: [{ reviewerId: han, reviewer: 'han', pool: 'public-pool', added: null }],
        chair: 'han',
        quorum: 1,
        subjects: [applicationId(1), applicationId(2)],
        rulebookDigest,
        evidence: [
          { ...document, at: later(2), used: true },
          { ...document, digest: sha256('s'), at: later(4), used: false },
        ],
        assessments: 2,
        sealed: 1,
        excluded: 1,
        leftOut: [{ assessmentId: opened[1]!.assessmentId, reason: 'ill' }],
        late: [],
        scoringClosedAt: later(3),
        openedAt: later(4),
      }));
  test('has no opening before the seals are broken', () => viewSpec(openings).given(convened, scoringClosed).then());
  test('publishes key, scores and ranking with the opening', () =>
    viewSpec(openings)
      .given(convened, scoringClosed, scoresOpened, ranked)
      .then({ key, ...where, openedAt: later(4), openedBy: 'han', sealingKey: 'k'.repeat(44), opened, ranking: rankingOutcome.parse(ranking.outcome), decision: ranking }));
});

describe('an assessment', () => {
  const id = opened[0]!.assessmentId;
  const seal = { ciphertext: 'secret', nonce: 'AAAAAAAAAAAAAAAA', commitment: sha256('c') };
  const officer = { by: 'park', role: 'conflict-officer', reason: 'looked into' };
  const invited = on(assessment, id, { type: 'assessment-invited', ...where, reviewerId: han, reviewer: 'han', applicationId: applicationId(1), at });
  const declared = on(assessment, id, { type: 'conflict-declared', ...where, kind: 'same-department', explanation: 'e', by: 'han', at: later(1) });
  const overridden = on(assessment, id, { type: 'exclusion-overridden', ...where, kind: 'same-department', ...officer, rulebookDigest, at: later(2) });
  const sealed = on(assessment, id, { type: 'scores-sealed', ...where, seal, by: 'han', at: later(3) });
  const row = { key: id, ...where, panelId: key, reviewerId: han, reviewer: 'han', applicationId: applicationId(1), declared: true, scoringEnded: false, openedAt: null, sealingKey: null, scores: null };
  const conflict = { kind: 'same-department', explanation: 'e', declaredAt: later(1), outcome: 'overridden', reason: 'looked into', decidedBy: 'park', role: 'conflict-officer', decidedAt: later(2) } as const;

  test('shows the conflict and what became of it', async () => {
    await viewSpec(assessments).given(invited, declared, overridden).then({ ...row, status: 'overridden', conflicted: true, conflict, sealedAt: null, seal: null });
    const excluded = on(assessment, id, { type: 'reviewer-excluded', ...where, kind: 'same-project', ...officer, at: later(2) });
    const found = { ...conflict, kind: 'same-project', explanation: null, declaredAt: null, outcome: 'excluded' } as const;
    await viewSpec(assessments).given(invited, excluded).then({ ...row, declared: false, status: 'excluded', conflicted: true, conflict: found, sealedAt: null, seal: null });
  });
  test('shows a seal and no score until the opening', () =>
    viewSpec(assessments).given(invited, declared, overridden, sealed).then({ ...row, status: 'sealed', conflicted: true, conflict, sealedAt: later(3), seal }));
  test('shows the scores from the opening on', () =>
    viewSpec(assessments)
      .given(
        invited,
        on(assessment, id, { type: 'no-conflict-declared', ...where, by: 'han', at: later(1) }),
        sealed,
        on(assessment, id, { type: 'scoring-ended', ...where, at: later(3) }),
        on(assessment, id, { type: 'seal-opened', ...where, key: 'k'.repeat(44), scores: scoresOf('presentation', 90), panel: reference, at: later(4) }),
      )
      .then({ ...row, status: 'opened', conflicted: false, conflict: null, sealedAt: later(3), seal, scoringEnded: true, openedAt: later(4), sealingKey: 'k'.repeat(44), scores: scoresOf('presentation', 90) }));
});

describe('a decision', () => {
  const row = { key, ...where, kind: 'presentation', purpose: 'selection', members: ['bae', 'cho', 'do'], quorum: 2, rulebookDigest, parties: [party(1), party(2)], gateResults: [], gates: [] };
  test('shows proposal, votes, deciders and every announcement', () =>
    viewSpec(decisions)
      .given(committee, proposed, voted, confirmed, announced, windowOpened)
      .then({
        ...row,
        status: 'announced',
        proposal: { ...proposal, at: later(6) },
        votes: [{ member: 'bae', vote: 'for', reason: null, at: later(6) }],
        decidedBy: ['bae', 'cho'],
        notices: [{ notice: 1, at: later(8), outcomes, decidedBy: ['bae', 'cho'], cites, announcedBy: 'ahn' }],
      }));
  test('shows gates apart from scores, the latest finding of each', () => {
    const result = { gate: 'originality', passed: false, evidence: [{ digest: sha256('r') }] };
    const gate = (passed: boolean) => on(decision, key, { type: 'gate-recorded', ...where, applicationId: applicationId(1), result: { ...result, passed }, reason: 'Read.', recordedBy: 'cho', at: later(6) });
    return viewSpec(decisions)
      .given(committee, gate(true), gate(false))
      .then({ ...row, status: 'deliberating', gateResults: [{ applicationId: applicationId(1), ...result, reason: 'Read.', recordedBy: 'cho', at: later(6) }], proposal: null, votes: [], decidedBy: [], notices: [] });
  });
});

describe('a window', () => {
  const row = { key, ...where, notice: 1, openedAt: later(8), until: later(240), waivable: true, parties: [applicationId(1), applicationId(2)], waived: [{ applicationId: applicationId(1), waivedBy: 'lead-1', at: later(9) }] };
  test('shows who waived, who objected, how it ended', () =>
    viewSpec(windows).given(committee, windowOpened, waived, objected, answerNoted, windowClosed).then({ ...row, status: 'closed', objections: [{ objectionId, applicationId: applicationId(2), outcome: 'dismissed' }], closedAt: later(11), how: 'waived' }));
  test('that lapsed owing an answer, or whose decision is reopened, is not open', async () => {
    const pending = [{ objectionId, applicationId: applicationId(2), outcome: null }];
    const lapsed = on(decision, key, { type: 'objection-window-lapsed', ...where, notice: 1, at: later(241) });
    await viewSpec(windows).given(windowOpened, waived, objected, lapsed).then({ ...row, status: 'lapsed', objections: pending, closedAt: null, how: null });
    const reopened = on(decision, key, { type: 'deliberation-reopened', ...where, notice: 1, objectionId, at: later(12) });
    await viewSpec(windows).given(windowOpened, waived, objected, reopened).then({ ...row, status: 'suspended', objections: pending, closedAt: null, how: null });
  });
});

describe('an objection', () => {
  test('shows its grounds, its answer and by when that was owed', () => {
    const answer = { outcome: 'upheld', reason: 'It was.', effect: { kind: 'remedy', text: 'A new notice.' } } as const;
    const filed = { applicationId: applicationId(2), notice: 1, grounds: 'g', filedBy: 'lead-2', answerBy: later(700) };
    return viewSpec(objections)
      .given(on(objection, objectionId, { type: 'objection-filed', ...where, ...filed, at }), on(objection, objectionId, { type: 'objection-answered', ...where, applicationId: applicationId(2), answer, answeredBy: 'ahn', at: later(1) }))
      .then({ key: objectionId, ...where, ...filed, status: 'upheld', filedAt: at, answer, answeredBy: 'ahn', answeredAt: later(1) });
  });
});

test('no column of any view but the openings and the opened assessments can hold a score', () => {
  const holders = [reviewers, dockets, rounds, panels, openings, assessments, decisions, windows, objections].filter(({ table }) => table.columns.some(({ name }) => name === 'scores' || name === 'opened'));
  expect(holders.map(({ name }) => name)).toEqual(['openings', 'assessments']);
});
