import type { Aggregate } from '@program-ledger/event-sourcing';
import type { TermsAsk } from '../agreement-terms/agreement-terms.events.js';
import { agreementIdOf } from '../identities.js';
import { agreementProcessEvents, type Act, type AgreementProcessEvent, type Heard } from './agreement-process.events.js';
import { evolve, hasTaken, unheard, type AgreementProcess } from './agreement-process.state.js';

/** What the process is told, by review, gpu-grants and the agreement, in any order and any number of times. */
export type AgreementProcessCommand = { readonly type: 'hear'; readonly heard: Heard };

const decide = ({ heard }: AgreementProcessCommand, before: AgreementProcess): readonly AgreementProcessEvent[] => {
  if (!isNews(heard, before)) return [];
  const events: AgreementProcessEvent[] = [heard];
  let after = evolve(before, heard);
  for (let act = nextAct(after); act !== null; act = nextAct(after)) {
    events.push(act);
    after = evolve(after, act);
  }
  return events;
};

/** One team's way through the money: it brings together what others say and acts once on each. */
export const agreementProcess: Aggregate<AgreementProcess, AgreementProcessCommand, AgreementProcessEvent, never> = {
  category: 'agreementProcess',
  events: agreementProcessEvents,
  initial: unheard,
  evolve,
  decide,
};

/** Whether it is not known yet, and nothing later is. */
const isNews = (heard: Heard, before: AgreementProcess): boolean => {
  if ('roundId' in heard) return isNewsOfRound(heard, before.rounds);
  if ('outstanding' in heard) return isLess(heard.outstanding, before);
  switch (heard.type) {
    case 'added-seat-heard':
      return !isAdded(before);
    case 'grant-heard':
      return !before.phasesReserved.some(({ phase }) => phase === heard.reserved.phase);
    case 'delivery-heard':
      return !before.phasesDelivered.some(({ phase }) => phase === heard.phase);
    case 'terms-obstacle-heard':
      return isNewObstacle(heard.missing, before);
    case 'agreement-heard':
      return !hasTaken(before, heard.step);
    case 'signature-heard':
      return !before.signedBy.includes(heard.organisationId);
    case 'expenses-heard':
      return before.reportedAt === null;
  }
};

const isAdded = ({ seat }: AgreementProcess): boolean => seat?.via === 'added';

/** What is outstanding only becomes less. */
const isLess = (outstanding: string, { recovery }: AgreementProcess): boolean => recovery === null || BigInt(outstanding) < BigInt(recovery.outstanding);

/** Once there is an agreement, what its terms lacked is no longer of interest. */
const isNewObstacle = (missing: string, { obstacle, steps }: AgreementProcess): boolean => steps.length === 0 && obstacle?.missing !== missing;

/** A closing counts only for the very notice that it closes. */
const isNewsOfRound = (heard: Extract<Heard, { roundId: string }>, rounds: AgreementProcess['rounds']): boolean => {
  const known = rounds.find(({ roundId }) => roundId === heard.roundId);
  switch (heard.type) {
    case 'outcome-heard':
      return known === undefined || precedes(known.notice.place, heard.notice);
    case 'closing-heard':
      return known?.closing === null && isSame(known.notice.place, heard.notice);
  }
};

type Place = { readonly stream: string; readonly revision: number };
const isSame = (one: Place, other: Place): boolean => one.stream === other.stream && one.revision === other.revision;
const precedes = (earlier: Place, later: Place): boolean => earlier.stream !== later.stream || earlier.revision < later.revision;

/** The one thing to do next, if anything is due and was not done. An act is dated by the last of its causes, not by their order of arrival. */
const nextAct = (process: AgreementProcess): Act | null => {
  if (process.team === null || process.endingDecidedAt !== null || hasTaken(process, 'ended')) return null;
  return askForTerms(process, process.team) ?? clearStage(process, process.team) ?? decideEnding(process, process.team);
};

type Team = NonNullable<AgreementProcess['team']>;

/** The agreement is offered on what is granted: when the result is final and the first phase's GPUs are reserved. */
const askForTerms = (process: AgreementProcess, team: Team): Act | null => {
  const { seat, grant, termsAskedAt } = process;
  const finalAt = finalSince(process);
  if (termsAskedAt !== null || seat === null || grant === null || finalAt === null) return null;
  const phases = [grant.reserved, ...grant.later].map((phase, index) => ({ ...phase, place: grant.place, pointer: index === 0 ? '' : `/later/${index - 1}` }));
  const { title, members, openness, budget } = seat;
  const ask: TermsAsk = {
    agreementId: agreementIdOf(team.team),
    team: team.team,
    title,
    rulebookDigest: grant.rulebookDigest,
    members,
    openness,
    budget,
    phases,
    finalAt,
  };
  return { type: 'terms-asked', ...team, ask, at: latest(finalAt, grant.at) };
};

/** Since when the team has its seat for good: the window after the selection has closed, or an authority has added the seat. */
const finalSince = ({ seat, rounds }: AgreementProcess): string | null => {
  if (seat?.via === 'added') return seat.at;
  const selection = rounds.find(({ kind, outcome }) => kind === 'selection' && outcome === 'selected');
  return selection?.closing == null ? null : latest(selection.notice.at, selection.closing.at);
};

const clearStage = (process: AgreementProcess, team: Team): Act | null => {
  const signed = process.steps.find(({ step }) => step === 'signed');
  const passed = process.rounds.find(
    ({ roundId, kind, outcome, closing }) => kind === 'stage' && outcome === 'passed' && closing !== null && !process.cleared.includes(roundId),
  );
  if (signed === undefined || passed?.closing == null) return null;
  return { type: 'stage-cleared', ...team, roundId: passed.roundId, because: passed.notice.place, at: latest(signed.at, passed.closing.at) };
};

/**
 * A failed stage, or a selection taken back, ends the agreement early; the final evaluation ends it at its term. An added seat does not
 * rest on the selection: that had dropped the team before.
 */
const decideEnding = ({ seat, steps, rounds }: AgreementProcess, team: Team): Act | null => {
  const offered = steps.find(({ step }) => step === 'offered');
  const losing = seat?.via === 'added' ? ['failed'] : ['failed', 'dropped'];
  const ending = rounds.find(({ kind, outcome, closing }) => closing !== null && (kind === 'final' || losing.includes(outcome)));
  if (offered === undefined || ending?.closing == null) return null;
  const { kind, roundId, outcome, notice, closing } = ending;
  return {
    type: 'ending-decided',
    ...team,
    early: kind !== 'final',
    reason: `${kind} ${roundId}: ${outcome}`,
    because: notice.place,
    at: latest(offered.at, closing.at),
  };
};

const latest = (one: string, other: string): string => (one > other ? one : other);
