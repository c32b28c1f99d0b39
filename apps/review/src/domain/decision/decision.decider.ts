import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import { gatesOutcome } from '@program-ledger/rulebook';
import { whereOf, type EventOf } from '../vocabulary.js';
import { isDeliberationCommand, type Convened, type Decision, type DecisionCommand, type DecisionRejection, type Window } from './decision.commands.js';
import { conveneCommittee, deliberate } from './decision.deliberation.js';
import { decisionEvents, deliberationEvents, objectionEvents, type DecisionEvent } from './decision.events.js';
import { afterAnswer, keepWindow } from './decision.window.js';

const decide = (command: DecisionCommand, decision: Decision) => {
  if (command.type === 'convene-committee') return conveneCommittee(command, decision);
  if (decision.status === 'absent' || decision.where.programmeId !== command.programmeId) return reject('unknown-decision');
  return isDeliberationCommand(command) ? deliberate(command, decision) : keepWindow(command, decision);
};

const evolve = (decision: Decision, event: DecisionEvent): Decision => {
  if (event.type === 'committee-convened') {
    const { kind, purpose, parties, members, quorum, majority, rulebookDigest } = event;
    const blank = { gateResults: [], gates: [], proposal: null, votes: [], confirmation: null, notice: 0, window: null, revision: 0 };
    return { status: 'deliberating', where: whereOf(event), kind, purpose, parties, members, quorum, majority, rulebookDigest, ...blank };
  }
  return decision.status === 'absent' ? decision : evolved({ ...decision, revision: decision.revision + 1 }, event);
};

type DeliberationEvent = EventOf<typeof deliberationEvents>;
type ObjectionEvent = EventOf<typeof objectionEvents>;

const isDeliberation = (event: DecisionEvent): event is DeliberationEvent => event.type in deliberationEvents;
const isObjection = (event: DecisionEvent): event is ObjectionEvent => event.type in objectionEvents;

const evolved = (decision: Convened, event: Exclude<DecisionEvent, { type: 'committee-convened' }>): Convened => {
  if (isDeliberation(event)) return deliberated(decision, event);
  if (isObjection(event)) return withWindow(decision, (window) => objected(window, event));
  switch (event.type) {
    case 'decision-announced':
      return { ...decision, status: 'announced', notice: event.notice };
    case 'objection-window-opened':
      return { ...decision, window: { until: event.until, waivable: event.waivable, lapsed: false, waived: [], objections: [], reopenedBy: null } };
    case 'deliberation-reopened':
      return { ...decision, status: 'deliberating', proposal: null, votes: [], confirmation: null };
    case 'objection-window-closed':
      return { ...decision, status: 'settled' };
  }
};

/** `decision.revision` is the event's own. */
const deliberated = (decision: Convened, event: DeliberationEvent): Convened => {
  const { revision } = decision;
  switch (event.type) {
    case 'gate-recorded': {
      const { applicationId, result } = event;
      const others = decision.gateResults.filter((each) => each.applicationId !== applicationId || each.gate !== result.gate);
      return { ...decision, gateResults: [...others, { applicationId, ...result, revision }] };
    }
    case 'gates-decided': {
      const { applicationId } = event;
      const others = decision.gates.filter((each) => each.applicationId !== applicationId);
      return { ...decision, gates: [...others, { applicationId, outcome: gatesOutcome.parse(event.decision.outcome), revision }] };
    }
    case 'decision-proposed':
      return { ...decision, status: 'proposed', proposal: { outcomes: event.outcomes, cites: event.cites }, votes: [] };
    case 'vote-cast':
      return { ...decision, votes: [...decision.votes, { member: event.member, vote: event.vote }] };
    case 'decision-confirmed':
      return { ...decision, status: 'confirmed', confirmation: { decidedBy: event.decidedBy, revision } };
    case 'proposal-defeated':
      return { ...decision, status: 'deliberating', proposal: null, votes: [] };
  }
};

const objected = (window: Window, event: ObjectionEvent): Partial<Window> => {
  switch (event.type) {
    case 'objection-waived':
      return { waived: [...window.waived, event.applicationId] };
    case 'objection-received':
      return { objections: [...window.objections, { objectionId: event.objectionId, applicationId: event.applicationId, answered: false }] };
    case 'objection-answer-noted':
      return afterAnswer(window, event);
    case 'objection-window-lapsed':
      return { lapsed: true };
  }
};

const withWindow = (decision: Convened, change: (window: Window) => Partial<Window>): Convened =>
  decision.window === null ? decision : { ...decision, window: { ...decision.window, ...change(decision.window) } };

/** What named people decide on one round of one call, and the time in which it can be objected to. */
export const decision: Aggregate<Decision, DecisionCommand, DecisionEvent, DecisionRejection> = {
  category: 'decision',
  events: decisionEvents,
  initial: { status: 'absent' },
  evolve,
  decide,
};
