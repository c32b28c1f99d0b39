import { sha256 } from '@program-ledger/event-sourcing';
import { on } from '@program-ledger/read-models/testing';
import { decision } from '../../domain/decision/decision.decider.js';
import { docket } from '../../domain/docket/docket.decider.js';
import { assessmentIdOf, objectionIdOf, reviewerIdOf, roundKey } from '../../domain/identities.js';
import { panel } from '../../domain/panel/panel.decider.js';
import { rank } from '../../domain/panel/ranking.js';
import { applicationId, at, callId, candidate, party, place, programmeId, rulebook, scoresOf } from '../../domain/testing/rehearsal.js';

/** One presentation round, event by event, and what of the docket belongs to it: the history of the view specs. */
export const where = place('presentation');
export const key = roundKey(callId, 'presentation');
export const later = (hours: number) => new Date(Date.parse(at) + hours * 3_600_000).toISOString();
export const rulebookDigest = rulebook.digest;
export const han = reviewerIdOf('han');
export const reference = { stream: `decision-${key}`, revision: 5 };

export const opened = ['han', 'seo'].map((subject, index) => ({
  assessmentId: assessmentIdOf(key, reviewerIdOf(subject), applicationId(1)),
  reviewerId: reviewerIdOf(subject),
  applicationId: applicationId(1),
  scores: scoresOf('presentation', 90 - index),
  opinionDigest: sha256('o'),
  salt: 's'.repeat(44),
}));
export const ranking = rank({
  rulebook,
  roundId: 'presentation',
  subjects: [applicationId(1)],
  opened,
  opening: { stream: `panel-${key}`, revision: 6 },
  seed: 'lots',
});

export const received = on(docket, callId, {
  type: 'candidates-received',
  programmeId,
  callId,
  rulebookDigest,
  candidates: [candidate(1), candidate(2)],
  ineligible: [applicationId(9)],
  source: { stream: `call-${callId}`, revision: 4 },
  at,
});
export const withdrawn = on(docket, callId, { type: 'candidate-withdrawn', programmeId, callId, applicationId: applicationId(3), at });
export const roundOpened = (roundId: string, purpose: 'selection' | 'stage', hours: number) =>
  on(docket, callId, {
    type: 'round-opened',
    ...place(roundId),
    kind: purpose === 'stage' ? 'stage' : 'presentation',
    purpose,
    subjects: [applicationId(1), applicationId(2)],
    leftOut: [],
    seatsPlanned: 1,
    rulebookDigest,
    openedBy: 'ahn',
    at: later(hours),
  });
export const convened = on(panel, key, {
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
export const scoringClosed = on(panel, key, {
  type: 'scoring-closed',
  ...where,
  assessments: [],
  leftOut: [{ assessmentId: opened[1]!.assessmentId, reason: 'ill' }],
  closedBy: 'han',
  at: later(3),
});
export const scoresOpened = on(panel, key, { type: 'scores-opened', ...where, key: 'k'.repeat(44), opened, openedBy: 'han', at: later(4) });
export const ranked = on(panel, key, { type: 'ranked', ...where, purpose: 'selection', decision: ranking, at: later(4) });
export const committee = on(decision, key, {
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
export const outcomes = [
  { applicationId: applicationId(1), outcome: 'selected', score: { total: '89.50', rank: 1, passed: true }, gates: [], reason: null },
  { applicationId: applicationId(2), outcome: 'rejected', score: null, gates: [], reason: 'Not ranked.' },
] as const;
export const cites = { rulebookDigest, ranking: { stream: `panel-${key}`, revision: 7 }, gates: [] };
export const proposal = { outcomes, reason: 'As ranked.', departure: null, cites, corrects: null, proposedBy: 'bae' };
export const proposed = on(decision, key, { type: 'decision-proposed', ...where, ...proposal, at: later(6) });
export const voted = on(decision, key, { type: 'vote-cast', ...where, member: 'bae', vote: 'for', reason: null, at: later(6) });
export const confirmed = on(decision, key, {
  type: 'decision-confirmed',
  ...where,
  decidedBy: ['bae', 'cho'],
  inFavour: ['bae', 'cho'],
  confirmedBy: 'ahn',
  at: later(7),
});
export const announced = on(decision, key, {
  type: 'decision-announced',
  ...where,
  notice: 1,
  kind: 'presentation',
  purpose: 'selection',
  outcomes,
  selected: [],
  decidedBy: ['bae', 'cho'],
  cites,
  confirmation: reference,
  announcedBy: 'ahn',
  at: later(8),
});
export const windowOpened = on(decision, key, {
  type: 'objection-window-opened',
  ...where,
  notice: 1,
  until: later(240),
  waivable: true,
  parties: [applicationId(1), applicationId(2)],
  at: later(8),
});
export const waived = on(decision, key, { type: 'objection-waived', ...where, notice: 1, applicationId: applicationId(1), waivedBy: 'lead-1', at: later(9) });
export const objectionId = objectionIdOf(key, 1, applicationId(2));
export const objected = on(decision, key, {
  type: 'objection-received',
  ...where,
  objectionId,
  notice: 1,
  applicationId: applicationId(2),
  grounds: 'g',
  filedBy: 'lead-2',
  answerBy: later(700),
  at: later(10),
});
export const answerNoted = on(decision, key, {
  type: 'objection-answer-noted',
  ...where,
  objectionId,
  applicationId: applicationId(2),
  outcome: 'dismissed',
  effect: null,
  at: later(11),
});
export const windowClosed = on(decision, key, { type: 'objection-window-closed', ...where, notice: 1, how: 'waived', at: later(11) });
export const decided = (roundId: string, hours: number, ...forward: readonly number[]) =>
  on(docket, callId, {
    type: 'round-decided',
    ...place(roundId),
    notice: 1,
    forward: forward.map((number) => ({ applicationId: applicationId(number), rank: 1 })),
    reserve: [],
    decidedBy: ['bae', 'cho'],
    decision: reference,
    at: later(hours),
  });
export const settled = (roundId: string, hours: number) => on(docket, callId, { type: 'round-settled', ...place(roundId), how: 'waived', at: later(hours) });
