import { reject, streamOf } from '@program-ledger/event-sourcing';
import { windowEndOf } from '@program-ledger/rulebook';
import type { Effect } from '../objection/objection.events.js';
import { objectionIdOf, roundKey } from '../identities.js';
import { whereOf } from '../vocabulary.js';
import type { Asked, Convened, Window, WindowCommand } from './decision.commands.js';

export const keepWindow = (command: WindowCommand, decision: Convened) => {
  switch (command.type) {
    case 'announce-decision':
      return announce(command, decision);
    case 'waive-objection':
      return waive(command, decision);
    case 'receive-objection':
      return receiveObjection(command, decision);
    case 'note-answer':
      return noteAnswer(command, decision);
    case 'lapse-window':
      return lapse(command, decision);
  }
};

/** Public from here on, and open to objections. A corrected decision is a new notice with a window of its own. */
const announce = ({ candidates, rulebook, by, at }: Asked<'announce-decision'>, decision: Convened) => {
  if (decision.status === 'announced' || decision.status === 'settled') return reject('already-announced', { notice: decision.notice });
  const { proposal, confirmation } = decision;
  if (decision.status !== 'confirmed' || proposal === null || confirmation === null) return reject('not-confirmed', { status: decision.status });
  if (rulebook.digest !== decision.rulebookDigest) return reject('rulebook-differs', { inForce: decision.rulebookDigest });
  const { purpose, kind, parties } = decision;
  const where = whereOf(decision.where);
  const notice = decision.notice + 1;
  const { outcomes, cites } = proposal;
  const selected = outcomes.flatMap(({ applicationId, outcome, score }) =>
    outcome === 'selected' && score !== null
      ? candidates.filter((each) => each.applicationId === applicationId).map(({ evidence: _, ...team }) => ({ ...team, rank: score.rank }))
      : [],
  );
  const reference = { stream: streamOf('decision', roundKey(where.callId, where.roundId)), revision: confirmation.revision };
  const until = windowEndOf(rulebook, 'objection', at);
  const named = parties.map(({ applicationId }) => applicationId);
  return [
    {
      type: 'decision-announced',
      ...where,
      notice,
      kind,
      purpose,
      outcomes,
      selected,
      decidedBy: confirmation.decidedBy,
      cites,
      confirmation: reference,
      announcedBy: by,
      at,
    } as const,
    { type: 'objection-window-opened', ...where, notice, until, waivable: rulebook.windows.objection.waivable, parties: named, at } as const,
  ];
};

/** A party says that it will not object. With the last one the window closes before its time. */
const waive = ({ applicationId, by, at }: Asked<'waive-objection'>, decision: Convened) => {
  const wrong = wrongParty(decision, applicationId, by);
  if (wrong !== null) return wrong;
  const window = openWindow(decision, at);
  if (window === null) return reject('window-not-open', { status: decision.status });
  if (!window.waivable) return reject('not-waivable');
  if (window.waived.includes(applicationId)) return [];
  if (window.objections.some((each) => each.applicationId === applicationId)) return reject('already-objected', { applicationId });
  const where = whereOf(decision.where);
  const { notice } = decision;
  const waived = { type: 'objection-waived', ...where, notice, applicationId, waivedBy: by, at } as const;
  return [waived, ...closing(decision, { ...window, waived: [...window.waived, applicationId] }, at)];
};

const receiveObjection = ({ applicationId, grounds, rulebook, by, at }: Asked<'receive-objection'>, decision: Convened) => {
  const wrong = wrongParty(decision, applicationId, by);
  if (wrong !== null) return wrong;
  const window = openWindow(decision, at);
  if (window === null) return reject('window-not-open', { status: decision.status });
  if (rulebook.digest !== decision.rulebookDigest) return reject('rulebook-differs', { inForce: decision.rulebookDigest });
  if (window.waived.includes(applicationId)) return reject('already-waived', { applicationId });
  if (window.objections.some((each) => each.applicationId === applicationId)) return reject('already-objected', { applicationId });
  const {
    where: { callId, roundId },
    notice,
  } = decision;
  const objectionId = objectionIdOf(roundKey(callId, roundId), notice, applicationId);
  const answerBy = windowEndOf(rulebook, 'objectionAnswer', at);
  return [{ type: 'objection-received', ...whereOf(decision.where), objectionId, notice, applicationId, grounds, filedBy: by, answerBy, at } as const];
};

/** From the objection's own stream. With the last answer the window may close, or the committee must deliberate again. */
const noteAnswer = ({ objectionId, outcome, effect, at }: Asked<'note-answer'>, decision: Convened) => {
  const { window, notice } = decision;
  const pending = window?.objections.find((each) => each.objectionId === objectionId && !each.answered);
  if (window === null || pending === undefined) return [];
  const where = whereOf(decision.where);
  const noted = { type: 'objection-answer-noted', ...where, objectionId, applicationId: pending.applicationId, outcome, effect, at } as const;
  const next = afterAnswer(window, noted);
  // The others are heard first, so that one correction can take account of all.
  if (next.reopenedBy !== null && next.objections.every((each) => each.answered))
    return [noted, { type: 'deliberation-reopened', ...where, notice, objectionId: next.reopenedBy, at } as const];
  return [noted, ...closing(decision, next, at)];
};

/** What an answer makes of a window: told once, for the decision and for its history. */
export const afterAnswer = (window: Window, { objectionId, effect }: { readonly objectionId: string; readonly effect: Effect | null }): Window => ({
  ...window,
  reopenedBy: window.reopenedBy ?? (effect?.kind === 're-deliberation' ? objectionId : null),
  objections: window.objections.map((each) => (each.objectionId === objectionId ? { ...each, answered: true } : each)),
});

/** The millisecond after its end. Answers still owed keep the window from closing: no next step while somebody waits for one. */
const lapse = ({ at }: Asked<'lapse-window'>, decision: Convened) => {
  const { window, notice, status } = decision;
  if (window === null || status !== 'announced' || window.lapsed || at <= window.until) return [];
  const closed = closing(decision, { ...window, lapsed: true }, at);
  return closed.length > 0 ? closed : [{ type: 'objection-window-lapsed', ...whereOf(decision.where), notice, at } as const];
};

const openWindow = ({ status, window }: Convened, at: string): Window | null =>
  status === 'announced' && window !== null && !window.lapsed && at <= window.until ? window : null;

const wrongParty = ({ parties }: Convened, applicationId: string, by: string) => {
  const party = parties.find((each) => each.applicationId === applicationId);
  return party?.representatives.includes(by) === true ? null : reject('not-a-representative', { applicationId });
};

/** Closes when nobody can object any more and nobody waits for an answer. */
const closing = ({ where, notice, parties }: Convened, { lapsed, waived, objections, reopenedBy }: Window, at: string) => {
  const silent = parties.every(({ applicationId }) => waived.includes(applicationId) || objections.some((each) => each.applicationId === applicationId));
  if (!(lapsed || silent) || reopenedBy !== null || objections.some((each) => !each.answered)) return [];
  return [{ type: 'objection-window-closed', ...whereOf(where), notice, how: lapsed ? 'lapsed' : 'waived', at } as const];
};
