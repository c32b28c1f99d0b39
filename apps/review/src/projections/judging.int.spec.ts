import { sha256 } from '@program-ledger/event-sourcing';
import { on, viewSpec } from '@program-ledger/read-models/testing';
import { rankingOutcome } from '@program-ledger/rulebook';
import { describe, expect, test } from '@jest/globals';
import { assessment } from '../domain/assessment/assessment.decider.js';
import { decision } from '../domain/decision/decision.decider.js';
import { objection } from '../domain/objection/objection.decider.js';
import { panel } from '../domain/panel/panel.decider.js';
import { applicationId, at, party, scoresOf } from '../domain/testing/rehearsal.js';
import { assessments } from './assessments.projection.js';
import { decisions, windows } from './decisions.projection.js';
import { dockets } from './dockets.projection.js';
import { objections } from './objections.projection.js';
import { openings, panels } from './panels.projection.js';
import { reviewers } from './reviewers.projection.js';
import { rounds } from './rounds.projection.js';
import {
  where,
  key,
  later,
  rulebookDigest,
  han,
  reference,
  opened,
  ranking,
  convened,
  scoringClosed,
  scoresOpened,
  ranked,
  committee,
  outcomes,
  cites,
  proposal,
  proposed,
  voted,
  confirmed,
  announced,
  windowOpened,
  waived,
  objectionId,
  objected,
  answerNoted,
  windowClosed,
} from './testing/presentation-round.js';

describe('a panel', () => {
  const document = { applicationId: applicationId(1), title: 'Report', digest: sha256('r'), laidBy: 'lead-1' };
  test('tells what lay before it and what came later, who was excluded, how far it is', () =>
    viewSpec(panels)
      .given(
        convened,
        on(panel, key, { type: 'evidence-laid', ...where, ...document, at: later(2) }),
        on(panel, key, {
          type: 'seal-noted',
          ...where,
          assessmentId: opened[0]!.assessmentId,
          commitment: sha256('c'),
          seal: { stream: `assessment-${opened[0]!.assessmentId}`, revision: 2 },
          at: later(2),
        }),
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
      .then({
        key,
        ...where,
        openedAt: later(4),
        openedBy: 'han',
        sealingKey: 'k'.repeat(44),
        opened,
        ranking: rankingOutcome.parse(ranking.outcome),
        decision: ranking,
      }));
});

describe('an assessment', () => {
  const id = opened[0]!.assessmentId;
  const seal = { ciphertext: 'secret', nonce: 'AAAAAAAAAAAAAAAA', commitment: sha256('c') };
  const officer = { by: 'park', role: 'conflict-officer', reason: 'looked into' };
  const invited = on(assessment, id, { type: 'assessment-invited', ...where, reviewerId: han, reviewer: 'han', applicationId: applicationId(1), at });
  const declared = on(assessment, id, { type: 'conflict-declared', ...where, kind: 'same-department', explanation: 'e', by: 'han', at: later(1) });
  const overridden = on(assessment, id, { type: 'exclusion-overridden', ...where, kind: 'same-department', ...officer, rulebookDigest, at: later(2) });
  const sealed = on(assessment, id, { type: 'scores-sealed', ...where, seal, by: 'han', at: later(3) });
  const row = {
    key: id,
    ...where,
    panelId: key,
    reviewerId: han,
    reviewer: 'han',
    applicationId: applicationId(1),
    declared: true,
    scoringEnded: false,
    openedAt: null,
    sealingKey: null,
    scores: null,
  };
  const conflict = {
    kind: 'same-department',
    explanation: 'e',
    declaredAt: later(1),
    outcome: 'overridden',
    reason: 'looked into',
    decidedBy: 'park',
    role: 'conflict-officer',
    decidedAt: later(2),
  } as const;

  test('shows the conflict and what became of it', async () => {
    await viewSpec(assessments)
      .given(invited, declared, overridden)
      .then({ ...row, status: 'overridden', conflicted: true, conflict, sealedAt: null, seal: null });
    const excluded = on(assessment, id, { type: 'reviewer-excluded', ...where, kind: 'same-project', ...officer, at: later(2) });
    const found = { ...conflict, kind: 'same-project', explanation: null, declaredAt: null, outcome: 'excluded' } as const;
    await viewSpec(assessments)
      .given(invited, excluded)
      .then({ ...row, declared: false, status: 'excluded', conflicted: true, conflict: found, sealedAt: null, seal: null });
  });
  test('shows a seal and no score until the opening', () =>
    viewSpec(assessments)
      .given(invited, declared, overridden, sealed)
      .then({ ...row, status: 'sealed', conflicted: true, conflict, sealedAt: later(3), seal }));
  test('shows the scores from the opening on', () =>
    viewSpec(assessments)
      .given(
        invited,
        on(assessment, id, { type: 'no-conflict-declared', ...where, by: 'han', at: later(1) }),
        sealed,
        on(assessment, id, { type: 'scoring-ended', ...where, at: later(3) }),
        on(assessment, id, { type: 'seal-opened', ...where, key: 'k'.repeat(44), scores: scoresOf('presentation', 90), panel: reference, at: later(4) }),
      )
      .then({
        ...row,
        status: 'opened',
        conflicted: false,
        conflict: null,
        sealedAt: later(3),
        seal,
        scoringEnded: true,
        openedAt: later(4),
        sealingKey: 'k'.repeat(44),
        scores: scoresOf('presentation', 90),
      }));
});

describe('a decision', () => {
  const row = {
    key,
    ...where,
    kind: 'presentation',
    purpose: 'selection',
    members: ['bae', 'cho', 'do'],
    quorum: 2,
    rulebookDigest,
    parties: [party(1), party(2)],
    gateResults: [],
    gates: [],
  };
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
    const gate = (passed: boolean) =>
      on(decision, key, {
        type: 'gate-recorded',
        ...where,
        applicationId: applicationId(1),
        result: { ...result, passed },
        reason: 'Read.',
        recordedBy: 'cho',
        at: later(6),
      });
    return viewSpec(decisions)
      .given(committee, gate(true), gate(false))
      .then({
        ...row,
        status: 'deliberating',
        gateResults: [{ applicationId: applicationId(1), ...result, reason: 'Read.', recordedBy: 'cho', at: later(6) }],
        proposal: null,
        votes: [],
        decidedBy: [],
        notices: [],
      });
  });
});

describe('a window', () => {
  const row = {
    key,
    ...where,
    notice: 1,
    openedAt: later(8),
    until: later(240),
    waivable: true,
    parties: [applicationId(1), applicationId(2)],
    waived: [{ applicationId: applicationId(1), waivedBy: 'lead-1', at: later(9) }],
  };
  test('shows who waived, who objected, how it ended', () =>
    viewSpec(windows)
      .given(committee, windowOpened, waived, objected, answerNoted, windowClosed)
      .then({
        ...row,
        status: 'closed',
        objections: [{ objectionId, applicationId: applicationId(2), outcome: 'dismissed' }],
        closedAt: later(11),
        how: 'waived',
      }));
  test('that lapsed owing an answer, or whose decision is reopened, is not open', async () => {
    const pending = [{ objectionId, applicationId: applicationId(2), outcome: null }];
    const lapsed = on(decision, key, { type: 'objection-window-lapsed', ...where, notice: 1, at: later(241) });
    await viewSpec(windows)
      .given(windowOpened, waived, objected, lapsed)
      .then({ ...row, status: 'lapsed', objections: pending, closedAt: null, how: null });
    const reopened = on(decision, key, { type: 'deliberation-reopened', ...where, notice: 1, objectionId, at: later(12) });
    await viewSpec(windows)
      .given(windowOpened, waived, objected, reopened)
      .then({ ...row, status: 'suspended', objections: pending, closedAt: null, how: null });
  });
});

describe('an objection', () => {
  test('shows its grounds, its answer and by when that was owed', () => {
    const answer = { outcome: 'upheld', reason: 'It was.', effect: { kind: 'remedy', text: 'A new notice.' } } as const;
    const filed = { applicationId: applicationId(2), notice: 1, grounds: 'g', filedBy: 'lead-2', answerBy: later(700) };
    return viewSpec(objections)
      .given(
        on(objection, objectionId, { type: 'objection-filed', ...where, ...filed, at }),
        on(objection, objectionId, { type: 'objection-answered', ...where, applicationId: applicationId(2), answer, answeredBy: 'ahn', at: later(1) }),
      )
      .then({ key: objectionId, ...where, ...filed, status: 'upheld', filedAt: at, answer, answeredBy: 'ahn', answeredAt: later(1) });
  });
});

test('no column of any view but the openings and the opened assessments can hold a score', () => {
  const holders = [reviewers, dockets, rounds, panels, openings, assessments, decisions, windows, objections].filter(({ table }) =>
    table.columns.some(({ name }) => name === 'scores' || name === 'opened'),
  );
  expect(holders.map(({ name }) => name)).toEqual(['openings', 'assessments']);
});
