import { reject, streamOf } from '@program-ledger/event-sourcing';
import {
  committeeQuorum,
  decideBy,
  gates as gatesEvaluator,
  majorityOf,
  rankingOutcome,
  roundOf,
  type GatesInput,
  type RankingOutcome,
  type Round,
  type Rulebook,
} from '@program-ledger/rulebook';
import type { Purpose } from '../docket/docket.events.js';
import { roundKey } from '../identities.js';
import { whereOf, type EventReference } from '../vocabulary.js';
import type { Asked, Convened, Decision, DeliberationCommand } from './decision.commands.js';
import type { Outcome, OutcomeName } from './decision.events.js';

export const conveneCommittee = ({ where, purpose, round, rulebook, parties, members, by, at }: Asked<'convene-committee'>, decision: Decision) => {
  if (decision.status !== 'absent') return reject('already-convened');
  const { membersMin, membersMax, decision: majority } = rulebook.committee;
  if (members.length < membersMin || members.length > membersMax) return reject('committee-size', { min: membersMin, max: membersMax, given: members.length });
  if (new Set(members).size !== members.length) return reject('member-twice');
  const own = parties.find(({ representatives }) => representatives.some((each) => members.includes(each)));
  if (own !== undefined) return reject('member-is-party', { applicationId: own.applicationId });
  return [
    {
      type: 'committee-convened',
      ...whereOf(where),
      kind: round.kind,
      purpose,
      parties,
      members,
      quorum: committeeQuorum(rulebook, members.length),
      majority,
      rulebookDigest: rulebook.digest,
      convenedBy: by,
      at,
    } as const,
  ];
};

export const deliberate = (command: DeliberationCommand, decision: Convened) => {
  switch (command.type) {
    case 'record-gate':
      return recordGate(command, decision);
    case 'propose-decision':
      return propose(command, decision);
    case 'vote':
      return vote(command, decision);
    case 'confirm-decision':
      return confirm(command, decision);
  }
};

/** A gate is found apart from any score. With the last result of a subject, what follows from its gates is decided by the rulebook. */
const recordGate = (command: Asked<'record-gate'>, decision: Convened) => {
  const { applicationId, gate, passed, evidence, reason, rulebook, by, at } = command;
  const barred = cannotDeliberate(command, decision);
  if (barred !== null) return barred;
  if (!decision.parties.some((party) => party.applicationId === applicationId)) return reject('unknown-subject', { applicationId });
  const gates = roundOf(rulebook, decision.where.roundId)?.gates.map(({ id }) => id) ?? [];
  if (!gates.includes(gate)) return reject('unknown-gate', { gate, known: gates });
  const where = whereOf(decision.where);
  const recorded = { type: 'gate-recorded', ...where, applicationId, result: { gate, passed, evidence }, reason, recordedBy: by, at } as const;
  const results = [
    ...decision.gateResults.filter((each) => each.applicationId === applicationId && each.gate !== gate),
    { applicationId, gate, passed, evidence, revision: decision.revision + 1 },
  ];
  if (results.length < gates.length) return [recorded];
  return [recorded, { type: 'gates-decided', ...where, applicationId, decision: judgeGates(rulebook, decision, applicationId, results), at } as const];
};

const cannotDeliberate = ({ by, rulebook }: Asked<'record-gate' | 'propose-decision'>, decision: Convened) => {
  if (!decision.members.includes(by)) return reject('not-on-committee');
  if (decision.status !== 'deliberating') return reject('already-proposed', { status: decision.status });
  return rulebook.digest === decision.rulebookDigest ? null : reject('rulebook-differs', { inForce: decision.rulebookDigest });
};

const judgeGates = (rulebook: Rulebook, { where }: Convened, applicationId: string, results: Convened['gateResults']) => {
  const input: GatesInput = {
    round: where.roundId,
    subject: applicationId,
    results: results.map(({ gate, passed, evidence }) => ({ gate, passed, evidence })),
  };
  const references = results.map(({ revision }, index) => ({ pointer: `/results/${index}`, ...eventOf(where, revision), source: '/result' }));
  return decideBy(gatesEvaluator, rulebook, input, { references });
};

const eventOf = ({ callId, roundId }: Convened['where'], revision: number): EventReference => ({
  stream: streamOf('decision', roundKey(callId, roundId)),
  revision,
});

/** What the committee is to vote on, with both results of every subject beside what becomes of it. */
const propose = (command: Asked<'propose-decision'>, decision: Convened) => {
  const { reason, departure, ranking, rulebook, by, at } = command;
  const barred = cannotDeliberate(command, decision);
  if (barred !== null) return barred;
  if (ranking === null) return reject('not-ranked');
  const rule = roundOf(rulebook, decision.where.roundId);
  const ungated = missingGates(decision, rule);
  if (ungated !== null) return ungated;
  const ranked = rankingOutcome.parse(ranking.decision.outcome);
  const outcomes = command.outcomes.map((each) => withResults(each, decision, ranked));
  const wrong =
    wrongSubjects(outcomes, decision) ?? wrongOutcome(outcomes, decision.purpose) ?? tooMany(outcomes, rulebook, rule) ?? outOfOrder(outcomes, departure);
  if (wrong !== null) return wrong;
  const cites = { rulebookDigest: rulebook.digest, ranking: ranking.reference, gates: decision.gates.map(({ revision }) => eventOf(decision.where, revision)) };
  const corrects = decision.window?.reopenedBy ?? null;
  return [{ type: 'decision-proposed', ...whereOf(decision.where), outcomes, reason, departure, cites, corrects, proposedBy: by, at } as const];
};

const missingGates = ({ parties, gates }: Convened, rule: Round | undefined) => {
  const ungated = parties.find(({ applicationId }) => !gates.some((gate) => gate.applicationId === applicationId));
  return ungated === undefined || rule?.gates.length === 0 ? null : reject('gates-missing', { applicationId: ungated.applicationId });
};

const withResults = (
  { applicationId, outcome, reason }: Asked<'propose-decision'>['outcomes'][number],
  decision: Convened,
  { ranking }: RankingOutcome,
): Outcome => {
  const ranked = ranking.find(({ subject }) => subject === applicationId);
  const gates = decision.gates.find((gate) => gate.applicationId === applicationId)?.outcome.gates ?? [];
  return {
    applicationId,
    outcome,
    score: ranked === undefined ? null : { total: ranked.total, rank: ranked.rank, passed: ranked.scorePassed },
    gates: gates.map(({ gate, passed }) => ({ gate, passed })),
    reason,
  };
};

const wrongSubjects = (outcomes: readonly Outcome[], { parties }: Convened) => {
  const given = outcomes.map(({ applicationId }) => applicationId);
  const missing = parties.map(({ applicationId }) => applicationId).filter((applicationId) => !given.includes(applicationId));
  const surplus = given.filter(
    (applicationId, index) => given.indexOf(applicationId) !== index || !parties.some((party) => party.applicationId === applicationId),
  );
  return missing.length + surplus.length === 0 ? null : reject('outcomes-differ', { missing, surplus });
};

/** From best to least: what a round of each purpose can end in. Only the last means that it goes no further. */
const outcomesOf = {
  advance: ['advanced', 'not-advanced'],
  selection: ['selected', 'reserve', 'rejected'],
  stage: ['passed', 'failed'],
  final: ['passed', 'failed'],
} as const satisfies Record<Purpose, readonly OutcomeName[]>;

const goesOn = ({ outcome }: Outcome): boolean => outcome !== 'not-advanced' && outcome !== 'rejected' && outcome !== 'failed';

const wrongOutcome = (outcomes: readonly Outcome[], purpose: Purpose) => {
  const possible: readonly OutcomeName[] = outcomesOf[purpose];
  const wrong = outcomes.find(({ outcome }) => !possible.includes(outcome));
  if (wrong !== undefined) return reject('wrong-outcome', { applicationId: wrong.applicationId, outcome: wrong.outcome, possible });
  const gated = outcomes.filter(goesOn).find(({ gates }) => gates.some(({ passed }) => !passed));
  if (gated !== undefined)
    return reject('fails-gate', { applicationId: gated.applicationId, gates: gated.gates.flatMap(({ gate, passed }) => (passed ? [] : [gate])) });
  const low = outcomes.filter(goesOn).find(({ score }) => score?.passed !== true);
  return low === undefined ? null : reject('below-minimum', { applicationId: low.applicationId, total: low.score?.total ?? null });
};

const tooMany = (outcomes: readonly Outcome[], { selection }: Rulebook, rule: Round | undefined) => {
  const places: readonly (readonly [OutcomeName, number])[] = [
    ['advanced', rule !== undefined && 'advance' in rule && rule.advance !== 'seats' ? rule.advance : outcomes.length],
    ['selected', selection.seats],
    ['reserve', selection.reserves],
  ];
  const over = places.find(([name, most]) => outcomes.filter(({ outcome }) => outcome === name).length > most);
  return over === undefined ? null : reject('exceeds-places', { outcome: over[0], places: over[1] });
};

/** Among those that reached the minimum and passed their gates, the better rank never fares worse, unless the committee says why. */
const outOfOrder = (outcomes: readonly Outcome[], departure: string | null) => {
  if (departure !== null) return null;
  const level = (each: Outcome): number => (goesOn(each) ? Number(each.outcome === 'reserve') : 2);
  const qualified = outcomes.filter(({ score, gates }) => score?.passed === true && gates.every(({ passed }) => passed));
  const passedOver = qualified.find((better) => qualified.some((worse) => rankOf(better) < rankOf(worse) && level(better) > level(worse)));
  const failed = qualified.find(({ outcome }) => outcome === 'failed');
  const departs = passedOver ?? failed;
  return departs === undefined ? null : reject('departs-from-ranking', { applicationId: departs.applicationId });
};

const rankOf = ({ score }: Outcome): number => score?.rank ?? Number.MAX_SAFE_INTEGER;

const vote = ({ vote: cast, reason, by, at }: Asked<'vote'>, decision: Convened) => {
  if (!decision.members.includes(by)) return reject('not-on-committee');
  if (decision.status !== 'proposed') return reject('not-proposed', { status: decision.status });
  const earlier = decision.votes.find(({ member }) => member === by);
  if (earlier !== undefined) return earlier.vote === cast ? [] : reject('already-voted', { vote: earlier.vote });
  return [{ type: 'vote-cast', ...whereOf(decision.where), member: by, vote: cast, reason, at } as const];
};

/** Counts: whoever voted was present. A proposal without its majority falls, and the committee goes on deliberating. */
const confirm = ({ by, at }: Asked<'confirm-decision'>, decision: Convened) => {
  if (decision.status !== 'proposed') return reject('not-proposed', { status: decision.status });
  const present = decision.votes.map(({ member }) => member);
  const inFavour = decision.votes.flatMap(({ member, vote: cast }) => (cast === 'for' ? [member] : []));
  if (present.length < decision.quorum) return reject('no-quorum', { present: present.length, quorum: decision.quorum });
  const where = whereOf(decision.where);
  if (inFavour.length < majorityOf(decision.majority, present.length))
    return [{ type: 'proposal-defeated', ...where, present, inFavour, closedBy: by, at } as const];
  return [{ type: 'decision-confirmed', ...where, decidedBy: present, inFavour, confirmedBy: by, at } as const];
};
