import {
  addDays,
  contribution,
  dayOf,
  decideBy,
  instalmentAmounts,
  ownShare,
  startOfDay,
  windowEndOf,
  type Decided,
  type ContributionOutcome,
  type DecisionRecord,
  type InputReference,
  type OwnShareOutcome,
  type Rulebook,
} from '@program-ledger/rulebook';
import { sumOf, type EventReference } from '../vocabulary.js';
import type { Instalment, Share, Terms, TermsAsk } from './agreement-terms.events.js';

/** Class of a member, and where that is recorded. */
export type ClassHeld = { readonly kind: string; readonly size: string | null; readonly place: EventReference; readonly pointer: string };

export type TermsInput = {
  readonly ask: TermsAsk;
  /** The event that asks: what it says of members and budget is cited from there. */
  readonly place: EventReference;
  readonly classes: ReadonlyMap<string, ClassHeld>;
};

/**
 * The terms of one agreement and the decisions that they follow from: a contribution a phase, and the own share of all members.
 * @throws EvaluationImpossible when the rulebook has no rate for a member, or does not know a phase.
 */
export const drawTerms = (rulebook: Rulebook, input: TermsInput): { readonly terms: Terms; readonly decisions: readonly DecisionRecord[] } => {
  const { team, title, phases: granted, finalAt } = input.ask;
  const contributions = granted.map((phase) => contributionTo(rulebook, phase));
  const phases = granted.map(({ phase, gpus, from, to }, index) => {
    const { amount, explanation } = contributions[index]!.outcome;
    return { phase, gpus, from, to, evaluatedBy: rulebook.phases.find(({ id }) => id === phase)?.evaluatedBy ?? '', amount, explanation };
  });
  const contributionTotal = sumOf(phases.map(({ amount }) => amount)).toString();
  const share = ownShareOf(rulebook, contributionTotal, input);
  const signUntil = windowEndOf(rulebook, 'agreement', finalAt);
  const { timeZone } = rulebook;
  return {
    terms: {
      team,
      title,
      rulebookDigest: rulebook.digest,
      currency: rulebook.currency.code,
      phases,
      contributionTotal,
      ownShare: sharesOf(share.outcome, input.ask),
      ownShareTotal: share.outcome.total,
      ownShareCash: share.outcome.cash,
      heldWhileOwnShareUnpaid: rulebook.payment.heldWhileOwnShareUnpaid,
      instalments: phases.flatMap(({ phase, amount }) => instalmentsOf(rulebook, phase, BigInt(amount))),
      repairUntil: windowEndOf(rulebook, 'planRepair', finalAt),
      signUntil,
      lapsesAt: startOfDay(addDays(dayOf(signUntil, timeZone), 1), timeZone),
    },
    decisions: [...contributions, share].map((decision) => ({ ...decision, references: [...decision.references] })),
  };
};

type PlannedPhase = TermsAsk['phases'][number];

const contributionTo = (rulebook: Rulebook, { phase, gpus, from, to, place, pointer }: PlannedPhase): Decided<ContributionOutcome> => {
  const references = ['phase', 'gpus', 'from', 'to'].map((field) => ({ pointer: `/${field}`, ...place, source: `${pointer}/${field}` }));
  return decideBy(contribution, rulebook, { phase, gpus, from, to }, { references });
};

const ownShareOf = (rulebook: Rulebook, contributionTotal: string, { ask, place, classes }: TermsInput): Decided<OwnShareOutcome> => {
  const asked = (pointer: string): InputReference => ({ pointer, ...place, source: `/ask${pointer}` });
  const members = ask.members.map(({ organisationId, shareBasisPoints }) => {
    const held = classes.get(organisationId);
    return { organisationId, kind: held?.kind ?? '', ...(held?.size == null ? {} : { size: held.size }), shareBasisPoints };
  });
  const references = ask.members.flatMap(({ organisationId }, index): readonly InputReference[] => {
    const own = [asked(`/members/${index}/organisationId`), asked(`/members/${index}/shareBasisPoints`)];
    const held = classes.get(organisationId);
    if (held === undefined) return own;
    const of = (field: string): InputReference => ({ pointer: `/members/${index}/${field}`, ...held.place, source: `${held.pointer}/${field}` });
    return [...own, of('kind'), ...(held.size === null ? [] : [of('size')])];
  });
  const { budget, openness } = ask;
  return decideBy(
    ownShare,
    rulebook,
    { contribution: contributionTotal, budget, openness, members },
    { references: [asked('/budget'), asked('/openness'), ...references] },
  );
};

const sharesOf = ({ members }: OwnShareOutcome, ask: TermsAsk): readonly Share[] =>
  ask.members.flatMap(({ organisationId, role, representatives }) =>
    members
      .filter((line) => line.organisationId === organisationId)
      .map(({ rate, cashRate, amount, cash, inKind, explanation }) => ({
        organisationId,
        role,
        representatives,
        rate,
        cashRate,
        amount,
        cash,
        inKind,
        explanation,
      })),
  );

const instalmentsOf = (rulebook: Rulebook, phase: string, amount: bigint): readonly Instalment[] =>
  instalmentAmounts(rulebook, phase, amount).map(({ instalment, amount: part }) => ({
    instalmentId: instalment.id,
    phase,
    amount: part.toString(),
    dueAt: instalment.due.when === 'day' ? startOfDay(instalment.due.on, rulebook.timeZone) : null,
  }));
