import { on, viewSpec } from '@program-ledger/read-models/testing';
import { describe, test } from '@jest/globals';
import { docket } from '../domain/docket/docket.decider.js';
import { reviewer } from '../domain/reviewer/reviewer.decider.js';
import { applicationId, at, callId, candidate, programmeId } from '../domain/testing/rehearsal.js';
import { dockets } from './dockets.projection.js';
import { reviewers } from './reviewers.projection.js';
import { rounds } from './rounds.projection.js';
import {
  where,
  key,
  later,
  rulebookDigest,
  han,
  reference,
  received,
  withdrawn,
  roundOpened,
  convened,
  scoringClosed,
  ranked,
  committee,
  proposed,
  voted,
  confirmed,
  announced,
  windowOpened,
  waived,
  objected,
  answerNoted,
  windowClosed,
  decided,
  settled,
} from './testing/presentation-round.js';

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
  const round = (roundId: string, purpose: 'selection' | 'stage', status: 'open' | 'settled', hours: number) => ({
    roundId,
    kind: purpose === 'stage' ? ('stage' as const) : ('presentation' as const),
    purpose,
    status,
    since: later(hours),
  });
  const blank = {
    programmeId,
    callId,
    rulebookDigest,
    candidates: shown,
    ineligible: [applicationId(9)],
    withdrawn: [{ applicationId: applicationId(3), at }],
    pending: [],
  };

  test('says whom the call waits for since when, also when a withdrawal came first', () =>
    viewSpec(dockets)
      .given(withdrawn, received)
      .then({ key: callId, ...blank, rounds: [], seatsPlanned: null, seated: [], seatings: [], waitsFor: 'programme-administrator', waitsSince: at }));
  test('tells by which decisions and on what authority planned and actual seats differ', () => {
    const { evidence: _, ...application } = candidate(2);
    const seat = on(docket, callId, {
      type: 'seat-added',
      ...where,
      team: { ...application, rank: 2 },
      authority: 'Notice 12',
      reason: 'r',
      replaces: applicationId(1),
      decidedBy: ['bae'],
      addedBy: 'ahn',
      at: later(30),
    });
    return viewSpec(dockets)
      .given(
        withdrawn,
        received,
        roundOpened('presentation', 'selection', 1),
        decided('presentation', 8, 1),
        settled('presentation', 11),
        roundOpened('stage-1', 'stage', 20),
        decided('stage-1', 21),
        settled('stage-1', 22),
        seat,
      )
      .then({
        key: callId,
        ...blank,
        rounds: [round('presentation', 'selection', 'settled', 11), round('stage-1', 'stage', 'settled', 22)],
        seatsPlanned: 1,
        seated: [applicationId(2)],
        seatings: [
          {
            at: later(11),
            by: 'selection',
            roundId: 'presentation',
            seated: [applicationId(1)],
            lost: [],
            authority: null,
            replaces: null,
            decidedBy: ['bae', 'cho'],
            decision: reference,
          },
          {
            at: later(22),
            by: 'stage',
            roundId: 'stage-1',
            seated: [],
            lost: [applicationId(1), applicationId(2)],
            authority: null,
            replaces: null,
            decidedBy: ['bae', 'cho'],
            decision: reference,
          },
          {
            at: later(30),
            by: 'seat-added',
            roundId: 'presentation',
            seated: [applicationId(2)],
            lost: [],
            authority: 'Notice 12',
            replaces: applicationId(1),
            decidedBy: ['bae'],
            decision: null,
          },
        ],
        waitsFor: 'programme-administrator',
        waitsSince: later(22),
      });
  });
});

describe('a round', () => {
  const round = {
    key,
    ...where,
    kind: 'presentation',
    purpose: 'selection',
    rulebookDigest,
    subjects: [applicationId(1), applicationId(2)],
    leftOut: [],
    openedAt: at,
    hasCommittee: false,
    isRanked: false,
    owed: 0,
  };
  const opening = roundOpened('presentation', 'selection', 0);
  test('waits for its panel, the reviewers, the chair', async () => {
    await viewSpec(rounds)
      .given(received, opening)
      .then({ ...round, status: 'opened', waitsFor: { whom: 'programme-administrator', to: 'convene-panel' }, waitsSince: at });
    await viewSpec(rounds)
      .given(received, opening, convened)
      .then({ ...round, status: 'scoring', waitsFor: { whom: 'reviewers', to: 'score' }, waitsSince: later(1) });
    await viewSpec(rounds)
      .given(received, opening, convened, scoringClosed)
      .then({ ...round, status: 'scoring-closed', waitsFor: { whom: 'panel-chair', to: 'open-scores' }, waitsSince: later(3) });
  });
  test('waits for the committee when it is convened and the ranking is there, whichever comes first', async () => {
    const deliberating = { ...round, hasCommittee: true, isRanked: true, status: 'deliberating', waitsFor: { whom: 'committee', to: 'propose' } } as const;
    await viewSpec(rounds)
      .given(opening, convened, ranked, committee)
      .then({ ...deliberating, waitsSince: later(5) });
    await viewSpec(rounds)
      .given(opening, convened, committee, ranked)
      .then({ ...deliberating, waitsSince: later(4) });
  });
  test('waits for the parties, for an answer, then for nobody', async () => {
    const done = { ...round, hasCommittee: true, isRanked: true };
    const history = [opening, convened, ranked, committee, proposed, voted, confirmed, announced, windowOpened, waived, objected] as const;
    await viewSpec(rounds)
      .given(...history)
      .then({ ...done, owed: 1, status: 'objected', waitsFor: { whom: 'programme-administrator', to: 'answer-objection' }, waitsSince: later(10) });
    await viewSpec(rounds)
      .given(...history, answerNoted, windowClosed)
      .then({ ...done, status: 'settled', waitsFor: { whom: 'nobody', to: 'nothing' }, waitsSince: later(11) });
  });
});
