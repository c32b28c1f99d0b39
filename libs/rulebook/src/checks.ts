import type { OrganisationClass } from './eligibility-rules.js';
import { fillsSeats, instalmentsOf, isSelectionRound, phaseOf, roundEvaluating, selectionRounds } from './lookups.js';
import { rulesOf } from './rules-of.js';
import { issue, type RulebookIssue } from './rulebook-issue.js';
import { wordIssues } from './word-checks.js';
import type { Majority, Round, RulebookDocument } from './rulebook.js';

type Check = (rulebook: RulebookDocument) => Iterable<RulebookIssue>;

/** Whether what a well-formed rulebook says can be meant: each thing that cannot, with its place. */
export const checkRulebook = (rulebook: RulebookDocument): readonly RulebookIssue[] => checks.flatMap((check) => [...check(rulebook)]);

const idsAreUnique: Check = function* (rulebook) {
  const seen = new Map<string, string>();
  for (const { id, pointer } of rulesOf(rulebook)) {
    const earlier = seen.get(id);
    if (earlier !== undefined) yield issue('id-repeated', pointer, `“${id}” is also the id of ${earlier}`);
    seen.set(id, pointer);
  }
};

const basesAreNamed: Check = function* (rulebook) {
  const bases = new Set(rulebook.legalBases.map((basis) => basis.id));
  for (const { pointer, basis, id } of rulesOf(rulebook))
    if (basis.legal !== undefined && !bases.has(basis.legal))
      yield issue('legal-basis-unknown', `${pointer}/basis/legal`, `“${id}” rests on “${basis.legal}”, which is not listed`);
};

const inventionsAreMarked: Check = function* (rulebook) {
  for (const { pointer, basis, invented = false, id } of rulesOf(rulebook)) {
    const unsure = basis.source === 'uncertain' || basis.source === 'invented';
    if (unsure !== invented) yield issue('invented-mark', pointer, `“${id}” is ${basis.source}, so it is ${unsure ? 'to be marked invented' : 'not invented'}`);
  }
};

const inventedParametersExist: Check = function* (rulebook) {
  for (const { pointer, invented = false, inventedParameters = [], parameters, id } of rulesOf(rulebook))
    for (const name of inventedParameters)
      if (invented || !parameters.includes(name))
        yield issue('invented-parameter', `${pointer}/inventedParameters`, `“${name}” of “${id}” is ${invented ? 'invented with all of it' : 'no parameter'}`);
};

const validityIsAPeriod: Check = function* (rulebook) {
  for (const { pointer, validFrom, validTo } of [...rulesOf(rulebook), { pointer: '', ...rulebook }])
    if (validTo !== undefined && validTo < validFrom) yield issue('validity-reversed', `${pointer}/validTo`, `ends ${validTo}, before it begins ${validFrom}`);
};

const rulesAreSatisfiable: Check = function* ({ eligibility, committee }) {
  for (const [index, rule] of eligibility.rules.entries())
    if ((rule.kind === 'consortium-size' || rule.kind === 'gpus-requested') && rule.max < rule.min)
      yield issue('range-empty', `/eligibility/rules/${index}/max`, `${rule.max} is less than ${rule.min}`);
  if (committee.membersMax < committee.membersMin)
    yield issue('range-empty', '/committee/membersMax', `${committee.membersMax} is less than ${committee.membersMin}`);
  for (const part of ['quorum', 'decision'] as const)
    if (!reachable(committee[part])) yield issue('majority-unreachable', `/committee/${part}`, 'asks for more people than there are');
};

const reachable = ({ rule, numerator, denominator }: Majority): boolean => (rule === 'at-least' ? numerator <= denominator : numerator < denominator);

const roundsCount: Check = function* ({ rounds }) {
  for (const [index, round] of rounds.entries()) {
    yield* roundIssues(round, `/rounds/${index}`);
    yield* tieIssues(round, `/rounds/${index}/ties`);
  }
};

const roundIssues = function* (round: Round, pointer: string): Iterable<RulebookIssue> {
  const weights = round.criteria.reduce((total, criterion) => total + criterion.weight, 0);
  if (weights !== round.totalMax) yield issue('weights-sum', `${pointer}/criteria`, `weights add up to ${weights}, not to ${round.totalMax}`);
  if (round.panel.quorum > round.panel.size) yield issue('quorum-beyond-panel', `${pointer}/panel/quorum`, `${round.panel.quorum} of ${round.panel.size}`);
  if (Number(round.scoreMin) > round.totalMax) yield issue('score-unreachable', `${pointer}/scoreMin`, `${round.scoreMin} of ${round.totalMax}`);
  if (round.aggregation.method === 'trimmed-mean' && round.aggregation.scoresMin <= 2 * round.aggregation.trimEachSide)
    yield issue(
      'trims-everything',
      `${pointer}/aggregation/scoresMin`,
      `of ${round.aggregation.scoresMin} scores ${2 * round.aggregation.trimEachSide} are left out`,
    );
};

const tieIssues = function* ({ ties, criteria }: Round, pointer: string): Iterable<RulebookIssue> {
  for (const [index, tie] of ties.entries()) {
    if (tie.by === 'criterion' && !criteria.some((criterion) => criterion.id === tie.criterion))
      yield issue('criterion-unknown', `${pointer}/${index}`, `no criterion “${tie.criterion}”`);
    if (tie.by === 'lots' && index < ties.length - 1) yield issue('lots-not-last', `${pointer}/${index}`, 'after lots nothing is equal');
  }
};

const roundsFollow: Check = function* (rulebook) {
  const { rounds, selection } = rulebook;
  const before = selectionRounds(rulebook);
  if (rounds.some((round, index) => isSelectionRound(round) !== index < before.length))
    yield issue('rounds-order', '/rounds', 'document and presentation rounds come before stage and final rounds');
  if (before.filter(fillsSeats).length !== 1 || !fillsSeats(before.at(-1)!))
    yield issue('seats-round', '/rounds', 'the last round of selection, and no other, fills the seats');
  let places = Number.POSITIVE_INFINITY;
  for (const round of before) {
    const advance = round.advance === 'seats' ? selection.seats : round.advance;
    if (advance > places || advance < selection.seats)
      yield issue('advance-count', `/rounds/${rounds.indexOf(round)}/advance`, `${advance} between ${selection.seats} seats and ${places} before`);
    places = advance;
  }
};

const phasesFollow: Check = function* ({ phases }) {
  for (const [index, phase] of phases.entries()) {
    const before = phases[index - 1];
    if (phase.to < phase.from) yield issue('phase-reversed', `/phases/${index}/to`, `ends ${phase.to}, before it begins ${phase.from}`);
    if (before !== undefined && phase.from <= before.to)
      yield issue('phases-overlap', `/phases/${index}/from`, `begins ${phase.from}, “${before.id}” ends ${before.to}`);
  }
};

const phasesAreEvaluated: Check = function* (rulebook) {
  const { phases, rounds } = rulebook;
  for (const [index, phase] of phases.entries()) {
    const kind = index === phases.length - 1 ? 'final' : 'stage';
    const round = roundEvaluating(rulebook, phase.id);
    if (round?.kind !== kind || round.id !== phase.evaluatedBy)
      yield issue('phase-evaluation', `/phases/${index}/evaluatedBy`, `“${phase.evaluatedBy}” is not the ${kind} round of “${phase.id}”`);
  }
  for (const [index, round] of rounds.entries())
    if (!isSelectionRound(round) && phaseOf(rulebook, round.phase)?.evaluatedBy !== round.id)
      yield issue('round-evaluates-nothing', `/rounds/${index}/phase`, `“${round.phase}” is not evaluated by “${round.id}”`);
};

const poolSuffices: Check = function* ({ phases, pool, selection }) {
  for (const [index, { gpus }] of phases.entries()) {
    if (gpus * selection.seats > pool.capacity)
      yield issue('pool-exceeded', `/phases/${index}/gpus`, `${selection.seats} teams × ${gpus} GPUs, but the pool has ${pool.capacity}`);
    if (gpus % pool.serverSize !== 0) yield issue('not-whole-servers', `/phases/${index}/gpus`, `${gpus} is not a multiple of ${pool.serverSize}`);
  }
};

const instalmentsAreWhole: Check = function* (rulebook) {
  for (const [index, phase] of rulebook.phases.entries()) {
    const parts = instalmentsOf(rulebook, phase.id).reduce((total, instalment) => total + instalment.partBasisPoints, 0);
    if (parts !== 10_000) yield issue('instalments-sum', '/instalments', `the instalments of phase ${index + 1}, “${phase.id}”, add up to ${parts} of 10000`);
  }
  for (const [index, { phase }] of rulebook.instalments.entries())
    if (phaseOf(rulebook, phase) === undefined) yield issue('phase-unknown', `/instalments/${index}/phase`, `no phase “${phase}”`);
};

/** Every class of organisations that the rulebook's words allow. */
const classesOf = ({ words }: RulebookDocument): readonly OrganisationClass[] =>
  words.kinds.flatMap((kind) => (kind.sized ? words.sizes.map((size) => ({ kind: kind.id, size: size.id })) : [{ kind: kind.id }]));

const ownSharesAreTotal: Check = function* (rulebook) {
  const { rates, cash } = rulebook.ownShare;
  for (const one of classesOf(rulebook)) {
    const name = one.size === undefined ? one.kind : `${one.kind}, ${one.size}`;
    const includes = ({ classes }: { readonly classes: readonly OrganisationClass[] }): boolean =>
      classes.some(({ kind, size }) => kind === one.kind && size === one.size);
    for (const openness of rulebook.words.openness) {
      const found = rates.filter((rule) => includes(rule) && rule.openness.includes(openness.id)).length;
      if (found !== 1) yield issue('rate-count', '/ownShare/rates', `${found} rates for ${name}, ${openness.id}`);
    }
    const found = cash.filter(includes).length;
    if (found !== 1) yield issue('rate-count', '/ownShare/cash', `${found} cash parts for ${name}`);
  }
};

const listsAreSets: Check = function* ({ settlement, disclosure }) {
  yield* repeatedIn(
    settlement.recoveries.map((rule) => rule.kind),
    '/settlement/recoveries',
  );
  yield* repeatedIn(
    disclosure.map((rule) => rule.field),
    '/disclosure',
  );
};

const repeatedIn = function* (names: readonly string[], pointer: string): Iterable<RulebookIssue> {
  for (const [index, name] of names.entries()) if (names.indexOf(name) < index) yield issue('repeated', `${pointer}/${index}`, `“${name}” is ruled on twice`);
};

const checks: readonly Check[] = [
  idsAreUnique,
  basesAreNamed,
  inventionsAreMarked,
  inventedParametersExist,
  validityIsAPeriod,
  rulesAreSatisfiable,
  roundsCount,
  roundsFollow,
  phasesFollow,
  phasesAreEvaluated,
  poolSuffices,
  instalmentsAreWhole,
  ownSharesAreTotal,
  listsAreSets,
  wordIssues,
];
