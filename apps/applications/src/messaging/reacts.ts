import { applicationsEvents } from '@program-ledger/contracts/applications';
import { fundingEvents } from '@program-ledger/contracts/funding';
import { gpuGrantsEvents } from '@program-ledger/contracts/gpu-grants';
import { reviewEvents } from '@program-ledger/contracts/review';
import { issue, reaction, type Issue, type Reaction } from '@program-ledger/messaging';
import { application } from '../domain/application/application.decider.js';
import type { Outcome } from '../domain/application/application.events.js';
import { call } from '../domain/call/call.decider.js';
import type { ReviewTold } from '../domain/call/call.mirror.js';
import { programmeProcess } from '../domain/programme-process/programme-process.decider.js';

type Where = { readonly programmeId: string; readonly callId: string; readonly roundId: string; readonly at: string };

const toCall = ({ programmeId, callId, at }: Where, told: ReviewTold): Issue => issue(call, callId, { type: 'mirror-review', programmeId, told, at });

const toApplications = ({ programmeId, roundId, at }: Where, outcome: Outcome, applicationIds: readonly string[]): readonly Issue[] =>
  applicationIds.map((id) => issue(application, id, { type: 'tell-outcome', programmeId, outcome, roundId, about: null, at }));

const toObjector = ({ programmeId, roundId, at }: Where, outcome: Outcome, about: { readonly applicationId: string; readonly objectionId: string }): readonly Issue[] => [
  issue(application, about.applicationId, { type: 'tell-outcome', programmeId, outcome, roundId, about: about.objectionId, at }),
];

/** A service has handled everything that fell due up to a programme's time. */
type Follower = 'applications' | 'review' | 'gpu-grants' | 'funding';
const followed = <const S extends Follower>(service: S, schema: typeof applicationsEvents['applications.clock-followed.v1']): Reaction =>
  reaction(`note-${service}-clock`, `${service}.clock-followed.v1`, schema, ({ programmeId, to, at }) => [issue(programmeProcess, programmeId, { type: 'note-clock-followed', service, to, at })]);

const ofReview: readonly Reaction[] = [
  // What comes after selection is about teams and their agreements: the call has been settled by then.
  reaction('mirror-round', 'review.round-opened.v1', reviewEvents['review.round-opened.v1'], ({ kind, ...event }) =>
    kind === 'document' || kind === 'presentation' ? [toCall(event, { type: 'round-opened', roundId: event.roundId, kind })] : [],
  ),
  reaction('mirror-conclusion', 'review.round-concluded.v1', reviewEvents['review.round-concluded.v1'], (event) => [
    ...toApplications(event, 'shortlisted', event.advanced),
    ...toApplications(event, 'rejected', event.notAdvanced),
  ]),
  reaction('mirror-selection', 'review.selection-announced.v1', reviewEvents['review.selection-announced.v1'], ({ selected, ...event }) => {
    const { programmeId, callId, roundId, decidedBy, reserve, rejected, at } = event;
    const teams = selected.map(({ applicationId }) => applicationId);
    return [
      toCall(event, { type: 'announced', roundId, decidedBy, selected: teams, reserve }),
      ...toApplications(event, 'selected', teams),
      ...toApplications(event, 'reserve', reserve),
      ...toApplications(event, 'rejected', rejected),
      issue(programmeProcess, programmeId, { type: 'await-teams', callId, teams, at }),
    ];
  }),
  reaction('mirror-window', 'review.objection-window-opened.v1', reviewEvents['review.objection-window-opened.v1'], ({ until, ...event }) => [
    toCall(event, { type: 'window-opened', roundId: event.roundId, until }),
  ]),
  reaction('mirror-window-end', 'review.objection-window-closed.v1', reviewEvents['review.objection-window-closed.v1'], ({ how, ...event }) => [
    toCall(event, { type: 'window-closed', roundId: event.roundId, how }),
  ]),
  reaction('mirror-objection', 'review.objection-filed.v1', reviewEvents['review.objection-filed.v1'], (event) => toObjector(event, 'objected', event)),
  reaction('mirror-answer', 'review.objection-answered.v1', reviewEvents['review.objection-answered.v1'], ({ outcome, ...event }) => toObjector(event, outcome, event)),
  reaction('mirror-seat', 'review.seat-added.v1', reviewEvents['review.seat-added.v1'], ({ team: { applicationId }, authority, ...event }) => [
    toCall(event, { type: 'seat-added', roundId: event.roundId, applicationId, authority }),
    ...toApplications(event, 'seated', [applicationId]),
    issue(programmeProcess, event.programmeId, { type: 'await-added-team', callId: event.callId, team: applicationId, at: event.at }),
  ]),
];

const ofFunding: readonly Reaction[] = [
  reaction('note-signature', 'funding.agreement-signed.v1', fundingEvents['funding.agreement-signed.v1'], ({ programmeId, team, at }) => [
    issue(programmeProcess, programmeId, { type: 'note-agreement-signed', team, at }),
  ]),
  reaction('note-end', 'funding.agreement-ended.v1', fundingEvents['funding.agreement-ended.v1'], ({ programmeId, team, at }) => [
    issue(programmeProcess, programmeId, { type: 'note-agreement-ended', team, at }),
  ]),
  reaction('note-settlement', 'funding.agreement-settled.v1', fundingEvents['funding.agreement-settled.v1'], ({ programmeId, team, at }) => [
    issue(programmeProcess, programmeId, { type: 'note-agreement-settled', team, at }),
  ]),
];

/** What other services decide, and what follows from it here. Names are kept for ever: command ids are made of them. */
export const reactions: readonly Reaction[] = [
  followed('applications', applicationsEvents['applications.clock-followed.v1']),
  followed('review', reviewEvents['review.clock-followed.v1']),
  followed('gpu-grants', gpuGrantsEvents['gpu-grants.clock-followed.v1']),
  followed('funding', fundingEvents['funding.clock-followed.v1']),
  ...ofReview,
  ...ofFunding,
];
