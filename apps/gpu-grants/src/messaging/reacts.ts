import { applicationsEvents } from '@program-ledger/contracts/applications';
import { fundingEvents } from '@program-ledger/contracts/funding';
import { reviewEvents, type ReviewEvents } from '@program-ledger/contracts/review';
import { issue, reaction, type Issue, type Message } from '@program-ledger/messaging';
import { parseRulebook } from '@program-ledger/rulebook';
import { grantProcess } from '../domain/grant-process/grant-process.decider.js';
import type { Heard, Seat } from '../domain/grant-process/grant-process.events.js';
import { noticeIdOf, poolIdOf } from '../domain/identities.js';
import { pool } from '../domain/pool/pool.decider.js';
import { roundNotice } from '../domain/round-notice/round-notice.decider.js';
import type { EventReference } from '../domain/vocabulary.js';

/** What this service does when others have spoken. Names are part of command ids: kept for ever. */
export const gpuGrantsReactions = [
  reaction(
    'plan-by-rulebook',
    'applications.rulebook-enacted.v1',
    applicationsEvents['applications.rulebook-enacted.v1'],
    ({ programmeId, text, version, at }) => {
      const { digest, timeZone, phases, pool: rule } = parseRulebook(text);
      const plan = {
        digest,
        version,
        model: rule.model,
        timeZone,
        phases: phases.map(({ id, from, to, gpus, evaluatedBy }) => ({ id, from, to, gpus, evaluatedBy })),
      };
      return [issue(pool, poolIdOf(programmeId), { type: 'receive-plan', programmeId, plan, stock: { capacity: rule.capacity, from: rule.validFrom }, at })];
    },
  ),

  reaction('hear-selection', 'review.selection-announced.v1', reviewEvents['review.selection-announced.v1'], (data, message) => {
    const { programmeId, callId, roundId, selected, rulebookDigest, at } = data;
    const notice = placeOf(message);
    const outcomes = selected.map((team) =>
      tell(team.applicationId, {
        type: 'outcome-heard',
        programmeId,
        team: team.applicationId,
        roundId,
        kind: 'selection',
        outcome: 'selected',
        seat: seatOf(team, { rulebookDigest }),
        notice,
        at,
      }),
    );
    const teams = selected.map(({ applicationId }) => applicationId);
    return [...outcomes, issue(roundNotice, noticeIdOf(callId, roundId), { type: 'receive-notice', programmeId, callId, roundId, teams, notice, at })];
  }),

  reaction('hear-stage', 'review.stage-decided.v1', reviewEvents['review.stage-decided.v1'], ({ programmeId, callId, roundId, kind, results, at }, message) => {
    const notice = placeOf(message);
    const outcomes = results.map(({ applicationId: team, outcome }) =>
      tell(team, { type: 'outcome-heard', programmeId, team, roundId, kind, outcome, seat: null, notice, at }),
    );
    const teams = results.map(({ applicationId }) => applicationId);
    return [...outcomes, issue(roundNotice, noticeIdOf(callId, roundId), { type: 'receive-notice', programmeId, callId, roundId, teams, notice, at })];
  }),

  reaction(
    'hear-window-closed',
    'review.objection-window-closed.v1',
    reviewEvents['review.objection-window-closed.v1'],
    ({ programmeId, callId, roundId, at }, message) => [
      issue(roundNotice, noticeIdOf(callId, roundId), { type: 'receive-closing', programmeId, callId, roundId, closing: placeOf(message), at }),
    ],
  ),

  reaction('hear-seat-added', 'review.seat-added.v1', reviewEvents['review.seat-added.v1'], ({ programmeId, team, replaces, at }, message) => [
    tell(team.applicationId, {
      type: 'added-seat-heard',
      programmeId,
      team: team.applicationId,
      seat: seatOf(team, { replaces }),
      decision: placeOf(message),
      at,
    }),
  ]),

  reaction('hear-agreement-signed', 'funding.agreement-signed.v1', fundingEvents['funding.agreement-signed.v1'], ({ programmeId, team, at }, message) => [
    tell(team, { type: 'signature-heard', programmeId, team, agreement: placeOf(message), at }),
  ]),

  reaction(
    'hear-agreement-ended',
    'funding.agreement-ended.v1',
    fundingEvents['funding.agreement-ended.v1'],
    ({ programmeId, team, early, reason, because = null, at }, message) => [
      tell(team, { type: 'ending-heard', programmeId, team, early, reason, because, agreement: placeOf(message), at }),
    ],
  ),
];

const tell = (team: string, heard: Heard): Issue => issue(grantProcess, team, { type: 'hear', heard });

/** The event behind a public one: what later decisions cite. */
const placeOf = ({ subject, sequence }: Message): EventReference => ({ stream: subject, revision: Number(sequence) });

type Team = ReviewEvents['review.seat-added.v1']['team'];

const seatOf = (
  { title, requestedGpus, members }: Team,
  { rulebookDigest = null, replaces = null }: { readonly rulebookDigest?: string | null; readonly replaces?: string | null | undefined },
): Seat => ({
  title,
  gpusMax: requestedGpus,
  rulebookDigest,
  replaces,
  representatives: [...new Set(members.flatMap(({ representatives }) => representatives))],
});
