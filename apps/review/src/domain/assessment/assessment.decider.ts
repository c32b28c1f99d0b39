import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import type { ConflictRule } from '@program-ledger/rulebook';
import { sameRound, whereOf, type EventReference, type Where } from '../vocabulary.js';
import { assessmentEvents, type AssessmentEvent, type Score, type Seal } from './assessment.events.js';

/** What the rulebook says of one criterion. */
type Criterion = { readonly id: string; readonly scaleMax: number };

type Officer = { readonly by: string; readonly roles: readonly string[]; readonly reason: string };

export type AssessmentCommand = { readonly at: string; readonly programmeId: string } & (
  | { readonly type: 'invite-reviewer'; readonly where: Where; readonly reviewerId: string; readonly reviewer: string; readonly applicationId: string }
  | { readonly type: 'declare-no-conflict'; readonly by: string }
  | { readonly type: 'declare-conflict'; readonly kind: string; readonly explanation: string; readonly by: string; readonly conflicts: readonly ConflictRule[] }
  | ({ readonly type: 'clear-conflict' } & Officer)
  | ({ readonly type: 'exclude-reviewer'; readonly kind: string; readonly conflicts: readonly ConflictRule[] } & Officer)
  | ({ readonly type: 'override-exclusion'; readonly conflicts: readonly ConflictRule[]; readonly rulebookDigest: string } & Officer)
  /** The scores are judged here and stay out of the event: only their seal is recorded. */
  | {
      readonly type: 'seal-scores';
      readonly by: string;
      readonly noConflict: boolean;
      readonly criteria: readonly Criterion[];
      readonly scores: readonly Score[];
      readonly seal: Seal;
    }
  | { readonly type: 'end-scoring' }
  | { readonly type: 'open-seal'; readonly key: string; readonly scores: readonly Score[]; readonly panel: EventReference }
);

export type AssessmentRejection =
  | 'unknown-assessment'
  | 'not-your-assessment'
  | 'already-declared'
  | 'unknown-conflict-kind'
  | 'not-declared'
  | 'own-conflict'
  | 'not-excluded'
  | 'not-overridable'
  | 'not-the-named-role'
  | 'declaration-missing'
  | 'excluded'
  | 'already-sealed'
  | 'already-opened'
  | 'scoring-closed'
  | 'criteria-differ'
  | 'off-scale';

/** `declared` excludes until somebody with the right to it clears or overrides. */
export type Standing = { readonly is: 'undeclared' | 'clear' } | { readonly is: 'declared' | 'excluded' | 'overridden'; readonly kind: string };

export type Assessment =
  | { readonly status: 'absent' }
  | {
      readonly status: 'invited' | 'sealed' | 'opened';
      readonly where: Where;
      readonly reviewerId: string;
      readonly reviewer: string;
      readonly applicationId: string;
      readonly standing: Standing;
      readonly scoringEnded: boolean;
    };

type Invited = Exclude<Assessment, { status: 'absent' }>;
type Asked<T extends AssessmentCommand['type']> = Extract<AssessmentCommand, { type: T }>;

const decide = (command: AssessmentCommand, assessment: Assessment) => {
  if (command.type === 'invite-reviewer') return invite(command, assessment);
  if (assessment.status === 'absent' || assessment.where.programmeId !== command.programmeId) return reject('unknown-assessment');
  return decideInvited(command, assessment);
};

const decideInvited = (command: Exclude<AssessmentCommand, { type: 'invite-reviewer' }>, assessment: Invited) => {
  switch (command.type) {
    case 'declare-no-conflict':
      return declareNone(command, assessment);
    case 'declare-conflict':
      return declare(command, assessment);
    case 'clear-conflict':
    case 'exclude-reviewer':
    case 'override-exclusion':
      return judgeConflict(command, assessment);
    case 'seal-scores':
      return sealScores(command, assessment);
    case 'end-scoring':
      return endScoring(command, assessment);
    case 'open-seal':
      return openSeal(command, assessment);
  }
};

const invite = ({ where, reviewerId, reviewer, applicationId, at }: Asked<'invite-reviewer'>, assessment: Assessment) => {
  if (assessment.status !== 'absent') return sameRound(where, assessment.where) ? [] : reject('unknown-assessment');
  return [{ type: 'assessment-invited', ...whereOf(where), reviewerId, reviewer, applicationId, at } as const];
};

const declareNone = ({ by, at }: Asked<'declare-no-conflict'>, { where, reviewer, standing }: Invited) => {
  if (by !== reviewer) return reject('not-your-assessment');
  if (standing.is === 'clear') return [];
  if (standing.is !== 'undeclared') return reject('already-declared', { standing: standing.is });
  return [{ type: 'no-conflict-declared', ...whereOf(where), by, at } as const];
};

/** Also after "no conflict" was declared: a tie remembered late is better said late than never, until the seals are open. */
const declare = ({ by, kind, explanation, conflicts, at }: Asked<'declare-conflict'>, { where, reviewer, standing, status }: Invited) => {
  if (by !== reviewer) return reject('not-your-assessment');
  if (status === 'opened') return reject('already-opened');
  if (standing.is !== 'undeclared' && standing.is !== 'clear')
    return standing.is === 'declared' && standing.kind === kind ? [] : reject('already-declared', { standing: standing.is });
  if (!conflicts.some((rule) => rule.id === kind)) return reject('unknown-conflict-kind', { kind, known: conflicts.map((rule) => rule.id) });
  return [{ type: 'conflict-declared', ...whereOf(where), kind, explanation, by, at } as const];
};

const judgeConflict = (command: Asked<'clear-conflict' | 'exclude-reviewer' | 'override-exclusion'>, assessment: Invited) => {
  const stranger = command.type === 'override-exclusion' ? withoutRole(command) : null;
  if (stranger !== null) return stranger;
  if (command.by === assessment.reviewer) return reject('own-conflict');
  if (assessment.status === 'opened') return reject('already-opened');
  switch (command.type) {
    case 'clear-conflict':
      return clear(command, assessment);
    case 'exclude-reviewer':
      return exclude(command, assessment);
    case 'override-exclusion':
      return override(command, assessment);
  }
};

/** Who has none of the roles that may override anything learns nothing else. */
const withoutRole = ({ roles, conflicts }: Asked<'override-exclusion'>) => {
  const named = conflicts.flatMap(({ override: may }) => (may.allowed ? [may.role] : []));
  return named.some((role) => roles.includes(role)) ? null : reject('not-the-named-role', { role: [...new Set(named)].join(', ') });
};

const officerRole = 'conflict-officer';

const clear = ({ by, reason, at }: Asked<'clear-conflict'>, { where, standing }: Invited) => {
  if (standing.is !== 'declared') return reject('not-declared', { standing: standing.is });
  return [{ type: 'conflict-cleared', ...whereOf(where), by, role: officerRole, reason, at } as const];
};

/** Confirms what was declared, or excludes for what the officer found. */
const exclude = ({ by, kind, reason, conflicts, at }: Asked<'exclude-reviewer'>, { where, standing }: Invited) => {
  if (standing.is === 'excluded') return standing.kind === kind ? [] : reject('excluded', { kind: standing.kind });
  if (!conflicts.some((rule) => rule.id === kind)) return reject('unknown-conflict-kind', { kind, known: conflicts.map((rule) => rule.id) });
  return [{ type: 'reviewer-excluded', ...whereOf(where), kind, by, role: officerRole, reason, at } as const];
};

const override = (command: Asked<'override-exclusion'>, { where, standing }: Invited) => {
  const { by, roles, reason, conflicts, rulebookDigest, at } = command;
  if (standing.is !== 'declared' && standing.is !== 'excluded') return reject('not-excluded', { standing: standing.is });
  const { kind } = standing;
  const may = conflicts.find((rule) => rule.id === kind)?.override;
  if (may?.allowed !== true) return reject('not-overridable', { kind });
  const { role } = may;
  if (!roles.includes(role)) return reject('not-the-named-role', { role });
  return [{ type: 'exclusion-overridden', ...whereOf(where), kind, by, role, reason, rulebookDigest, at } as const];
};

const sealScores = (command: Asked<'seal-scores'>, assessment: Invited) => {
  const { by, at } = command;
  const { standing } = assessment;
  if (by !== assessment.reviewer) return reject('not-your-assessment');
  if (assessment.status !== 'invited') return reject('already-sealed');
  if (assessment.scoringEnded) return reject('scoring-closed');
  if (standing.is === 'declared' || standing.is === 'excluded') return reject('excluded', { kind: standing.kind });
  if (standing.is === 'undeclared' && !command.noConflict) return reject('declaration-missing');
  const wrong = wrongScores(command);
  if (wrong !== null) return wrong;
  const where = whereOf(assessment.where);
  const sealed = { type: 'scores-sealed', ...where, seal: command.seal, by, at } as const;
  return standing.is === 'undeclared' ? [{ type: 'no-conflict-declared', ...where, by, at } as const, sealed] : [sealed];
};

const wrongScores = ({ criteria, scores }: Asked<'seal-scores'>) => {
  const expected = criteria.map(({ id }) => id).sort();
  const given = scores.map(({ criterion }) => criterion).sort();
  if (expected.join() !== given.join()) return reject('criteria-differ', { expected, given });
  const over = scores.find(({ criterion, score }) => Number(score) > (criteria.find(({ id }) => id === criterion)?.scaleMax ?? 0));
  return over === undefined ? null : reject('off-scale', { criterion: over.criterion });
};

const endScoring = ({ at }: Asked<'end-scoring'>, { where, scoringEnded }: Invited) =>
  scoringEnded ? [] : [{ type: 'scoring-ended', ...whereOf(where), at } as const];

const openSeal = ({ key, scores, panel, at }: Asked<'open-seal'>, { where, status }: Invited) =>
  status === 'sealed' ? [{ type: 'seal-opened', ...whereOf(where), key, scores, panel, at } as const] : [];

const evolve = (assessment: Assessment, event: AssessmentEvent): Assessment => {
  if (event.type === 'assessment-invited') {
    const { reviewerId, reviewer, applicationId } = event;
    return { status: 'invited', where: whereOf(event), reviewerId, reviewer, applicationId, standing: { is: 'undeclared' }, scoringEnded: false };
  }
  return assessment.status === 'absent' ? assessment : evolved(assessment, event);
};

const evolved = (assessment: Invited, event: Exclude<AssessmentEvent, { type: 'assessment-invited' }>): Invited => {
  switch (event.type) {
    case 'no-conflict-declared':
    case 'conflict-cleared':
      return { ...assessment, standing: { is: 'clear' } };
    case 'conflict-declared':
      return { ...assessment, standing: { is: 'declared', kind: event.kind } };
    case 'reviewer-excluded':
      return { ...assessment, standing: { is: 'excluded', kind: event.kind } };
    case 'exclusion-overridden':
      return { ...assessment, standing: { is: 'overridden', kind: event.kind } };
    case 'scores-sealed':
      return { ...assessment, status: 'sealed' };
    case 'scoring-ended':
      return { ...assessment, scoringEnded: true };
    case 'seal-opened':
      return { ...assessment, status: 'opened' };
  }
};

/** One reviewer, one subject: conflict first, then sealed scores, opened together with all others of the panel. */
export const assessment: Aggregate<Assessment, AssessmentCommand, AssessmentEvent, AssessmentRejection> = {
  category: 'assessment',
  events: assessmentEvents,
  initial: { status: 'absent' },
  evolve,
  decide,
};
