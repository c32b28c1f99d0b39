import { applicationsEvents } from '@program-ledger/contracts/applications';
import { gpuGrantsEvents } from '@program-ledger/contracts/gpu-grants';
import { reviewEvents, type ReviewEvents } from '@program-ledger/contracts/review';
import { issue, reaction, type Issue, type Message } from '@program-ledger/messaging';
import { agreementProcess } from '../domain/agreement-process/agreement-process.decider.js';
import type { Heard, Seat } from '../domain/agreement-process/agreement-process.events.js';
import { agreementTerms } from '../domain/agreement-terms/agreement-terms.decider.js';
import { agreementIdOf, noticeIdOf } from '../domain/identities.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import { hoursGranted, hoursUsed } from '../domain/journal/entries.js';
import { journal } from '../domain/journal/journal.decider.js';
import type { Entry } from '../domain/journal/journal.events.js';
import { roundNotice } from '../domain/round-notice/round-notice.decider.js';
import type { EventReference } from '../domain/vocabulary.js';

/** What this service does when others have spoken. Names are part of command ids: kept for ever. */
export const fundingReactions = [
  reaction(
    'terms-by-rulebook',
    'applications.rulebook-enacted.v1',
    applicationsEvents['applications.rulebook-enacted.v1'],
    ({ programmeId, rulebookId, version, text, digest, at }) => [
      issue(agreementTerms, programmeId, { type: 'receive-rulebook', programmeId, rulebookId, version, text, digest, at }),
    ],
  ),

  reaction(
    'classes-by-screening',
    'applications.screening-completed.v1',
    applicationsEvents['applications.screening-completed.v1'],
    ({ programmeId, candidates, at }, message) => {
      const classes = new Map(
        candidates
          .flatMap(({ members }) => members)
          .flatMap(({ organisationId, kind, size }) => (kind === undefined ? [] : [[organisationId, { organisationId, kind, size: size ?? null }] as const])),
      );
      const source = `${message.subject}@${message.sequence}`;
      return classes.size === 0
        ? []
        : [issue(agreementTerms, programmeId, { type: 'receive-classes', programmeId, classes: [...classes.values()], source, by: 'service:funding', at })];
    },
  ),

  reaction(
    'hear-selection',
    'review.selection-announced.v1',
    reviewEvents['review.selection-announced.v1'],
    ({ programmeId, callId, roundId, selected, at }, message) => {
      const notice = placeOf(message);
      const outcomes = selected.map((team) =>
        tell({ type: 'outcome-heard', programmeId, team: team.applicationId, roundId, kind: 'selection', outcome: 'selected', seat: seatOf(team), notice, at }),
      );
      const teams = selected.map(({ applicationId }) => applicationId);
      return [...outcomes, issue(roundNotice, noticeIdOf(callId, roundId), { type: 'receive-notice', programmeId, callId, roundId, teams, notice, at })];
    },
  ),

  reaction('hear-stage', 'review.stage-decided.v1', reviewEvents['review.stage-decided.v1'], ({ programmeId, callId, roundId, kind, results, at }, message) => {
    const notice = placeOf(message);
    const outcomes = results.map(({ applicationId: team, outcome }) =>
      tell({ type: 'outcome-heard', programmeId, team, roundId, kind, outcome, seat: null, notice, at }),
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

  reaction('hear-seat-added', 'review.seat-added.v1', reviewEvents['review.seat-added.v1'], ({ programmeId, team, at }, message) => [
    tell({ type: 'added-seat-heard', programmeId, team: team.applicationId, seat: seatOf(team), decision: placeOf(message), at }),
  ]),

  reaction(
    'hear-grant',
    'gpu-grants.grant-reserved.v1',
    gpuGrantsEvents['gpu-grants.grant-reserved.v1'],
    ({ programmeId, team, phase, gpus, from, to, later = [], rulebookDigest, at }, message) =>
      // An older grant without its rulebook says nothing that an agreement could be drawn from.
      rulebookDigest === undefined
        ? []
        : [tell({ type: 'grant-heard', programmeId, team, reserved: { phase, gpus, from, to }, later, rulebookDigest, grant: placeOf(message), at })],
  ),

  reaction('hear-delivery', 'gpu-grants.grant-delivered.v1', gpuGrantsEvents['gpu-grants.grant-delivered.v1'], (data, message) => {
    const { programmeId, team, phase, at } = data;
    const of = { programmeId, agreementId: agreementIdOf(team), team };
    return [
      tell({ type: 'delivery-heard', programmeId, team, phase, at }),
      issue(instalmentPlan, of.agreementId, { type: 'note-delivery', of, phase, at }),
      ...posted(data, hoursGranted(placeOf(message), data, phase)),
    ];
  }),

  reaction('hours-returned', 'gpu-grants.grant-returned.v1', gpuGrantsEvents['gpu-grants.grant-returned.v1'], (data, message) =>
    posted(data, hoursUsed(placeOf(message), data, data.gpuHours, data.phase)),
  ),
  reaction('hours-reclaimed', 'gpu-grants.grant-reclaimed.v1', gpuGrantsEvents['gpu-grants.grant-reclaimed.v1'], (data, message) =>
    posted(data, hoursUsed(placeOf(message), data, data.gpuHours, data.phase)),
  ),
];

const tell = (heard: Heard): Issue => issue(agreementProcess, heard.team, { type: 'hear', heard });

const posted = (
  { programmeId, team, at }: { readonly programmeId: string; readonly team: string; readonly at: string },
  entries: readonly Entry[],
): readonly Issue[] => {
  const agreementId = agreementIdOf(team);
  return entries.map((entry) => issue(journal, agreementId, { type: 'post-entry', programmeId, agreementId, team, entry, at }));
};

/** The event behind a public one: what later decisions cite. */
const placeOf = ({ subject, sequence }: Message): EventReference => ({ stream: subject, revision: Number(sequence) });

const seatOf = ({ title, members, openness, budget }: ReviewEvents['review.seat-added.v1']['team']): Seat => ({
  title,
  members: members.map(({ organisationId, role, shareBasisPoints, representatives }) => ({ organisationId, role, shareBasisPoints, representatives })),
  openness,
  budget,
});
