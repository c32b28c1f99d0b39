import { dayOf, endOfDay, monthsLater, windowEnd } from './calendar.js';
import { apportion, rational } from './rational.js';
import type { ConflictRule, Instalment, Majority, Phase, Round, Rulebook, RulebookDocument, WindowRule } from './rulebook.js';

/** What services ask of a rulebook. Where an id is not in it the answer is undefined, so that the asker can refuse. */

export type SelectionRound = Extract<Round, { kind: 'document' | 'presentation' }>;
export type EvaluationRound = Extract<Round, { kind: 'stage' | 'final' }>;
export type Criterion = Round['criteria'][number];
export type Gate = Round['gates'][number];
export type WindowName = keyof RulebookDocument['windows'];

export const roundOf = (rulebook: RulebookDocument, id: string): Round | undefined => rulebook.rounds.find((round) => round.id === id);
export const phaseOf = (rulebook: RulebookDocument, id: string): Phase | undefined => rulebook.phases.find((phase) => phase.id === id);
export const windowOf = (rulebook: RulebookDocument, name: WindowName): WindowRule => rulebook.windows[name];
export const conflictOf = (rulebook: RulebookDocument, id: string): ConflictRule | undefined => rulebook.conflicts.find((conflict) => conflict.id === id);

export const isSelectionRound = (round: Round): round is SelectionRound => round.kind === 'document' || round.kind === 'presentation';

/** Rounds before the seats are filled, in order. */
export const selectionRounds = (rulebook: RulebookDocument): readonly SelectionRound[] => rulebook.rounds.filter(isSelectionRound);

/** The round whose decision fills the seats. */
export const fillsSeats = (round: Round): boolean => round.kind === 'presentation' && round.advance === 'seats';

/** The round after this one in the order of the rulebook. */
export const roundAfter = (rulebook: RulebookDocument, id: string): Round | undefined => {
  const index = rulebook.rounds.findIndex((round) => round.id === id);
  return index < 0 ? undefined : rulebook.rounds[index + 1];
};

/** The round that evaluates a phase: a stage, or the last phase's final. */
export const roundEvaluating = (rulebook: RulebookDocument, phaseId: string): EvaluationRound | undefined =>
  rulebook.rounds.find((round): round is EvaluationRound => !isSelectionRound(round) && round.phase === phaseId);

/** The phase that passing a stage leads to. */
export const phaseAfter = (rulebook: RulebookDocument, id: string): Phase | undefined => {
  const index = rulebook.phases.findIndex((phase) => phase.id === id);
  return index < 0 ? undefined : rulebook.phases[index + 1];
};

/** Whether a rule holds on a day. */
export const inForce = (rule: { readonly validFrom: string; readonly validTo?: string | undefined }, day: string): boolean =>
  rule.validFrom <= day && (rule.validTo === undefined || day <= rule.validTo);

/** The last millisecond of a window that began with a notice at `from`, in the rulebook's zone. */
export const windowEndOf = (rulebook: RulebookDocument, name: WindowName, from: string): string => {
  const { length } = windowOf(rulebook, name);
  const zone = rulebook.timeZone;
  return length.unit === 'days' ? windowEnd(from, length.count, zone) : endOfDay(monthsLater(dayOf(from, zone), length.count), zone);
};

/** Whether a person with one of these roles may override a conflict of this kind (with a reason). */
export const mayOverride = (rulebook: RulebookDocument, conflictId: string, roles: ReadonlySet<string>): boolean => {
  const override = conflictOf(rulebook, conflictId)?.override;
  return override !== undefined && override.allowed && roles.has(override.role);
};

/** The smallest number of people that is the majority of so many. */
export const majorityOf = ({ rule, numerator, denominator }: Majority, people: number): number =>
  rule === 'at-least' ? Math.ceil((people * numerator) / denominator) : Math.floor((people * numerator) / denominator) + 1;

/** How many members of a committee of so many must be present. */
export const committeeQuorum = (rulebook: RulebookDocument, members: number): number => majorityOf(rulebook.committee.quorum, members);

/** How many of those present must agree. */
export const committeeMajority = (rulebook: RulebookDocument, present: number): number => majorityOf(rulebook.committee.decision, present);

/** Instalments of a phase, in the order of the rulebook. */
export const instalmentsOf = (rulebook: RulebookDocument, phaseId: string): readonly Instalment[] =>
  rulebook.instalments.filter((instalment) => instalment.phase === phaseId);

/** A phase's contribution in its instalments: whole units of the currency that add up to it. */
export const instalmentAmounts = (
  rulebook: RulebookDocument,
  phaseId: string,
  contribution: bigint,
): readonly { readonly instalment: Instalment; readonly amount: bigint }[] => {
  const instalments = instalmentsOf(rulebook, phaseId);
  const amounts = apportion(
    instalments.map(({ partBasisPoints }) => rational(contribution * BigInt(partBasisPoints), 10_000n)),
    { mode: 'down', unit: '1' },
  );
  return instalments.map((instalment, index) => ({ instalment, amount: amounts[index] ?? 0n }));
};

/** Whether payments wait while a part of the own share is not brought in. */
export const paymentHeld = (rulebook: RulebookDocument, ownShare: { readonly due: bigint; readonly brought: bigint }): boolean =>
  rulebook.payment.heldWhileOwnShareUnpaid && ownShare.brought < ownShare.due;

/** Who may see a field, and how long it is kept. */
export const disclosureOf = (rulebook: RulebookDocument, field: string): Rulebook['disclosure'][number] | undefined =>
  rulebook.disclosure.find((rule) => rule.field === field);
