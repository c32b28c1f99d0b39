import { sha256 } from '@program-ledger/event-sourcing';
import { z } from 'zod';
import { roundOf } from '../lookups.js';
import { decimal, reference, slug, type Immutable } from '../notation.js';
import { compare, over, rational, rationalOf, sum, times, toDecimal, zero, type Rational } from '../rational.js';
import type { Round, Rulebook } from '../rulebook.js';
import { EvaluationImpossible, type Evaluator } from './evaluator.js';

export const rankingInput = z.strictObject({
  round: slug,
  subjects: z
    .array(
      z.strictObject({
        subject: reference,
        /** Opened scores, on each criterion's own scale from 0 to its `scaleMax`; every reviewer scores every criterion. */
        scores: z.array(z.strictObject({ reviewer: reference, criteria: z.array(z.strictObject({ criterion: slug, score: decimal })).max(30) })).max(100),
      }),
    )
    .max(500),
});
export type RankingInput = Immutable<z.infer<typeof rankingInput>>;

/** `tied`: equal in everything that the rulebook looks at, with too few places for all of them; the committee decides. */
const verdict = z.enum(['advanced', 'selected', 'reserve', 'passed', 'tied', 'not-reached']);
export type Verdict = z.infer<typeof verdict>;

export const rankingOutcome = z.strictObject({
  round: slug,
  ranking: z.array(
    z.strictObject({
      subject: reference,
      rank: z.int().min(1),
      total: z.string().max(40),
      scores: z.int().min(0),
      criteria: z.array(z.strictObject({ criterion: slug, points: z.string().max(40) })),
      /** The total is not below the round's minimum. */
      scorePassed: z.boolean(),
      verdict,
    }),
  ),
  /** Subjects with fewer scores than the panel's quorum. */
  unranked: z.array(z.strictObject({ subject: reference, scores: z.int().min(0) })),
});
export type RankingOutcome = Immutable<z.infer<typeof rankingOutcome>>;

/**
 * Totals from opened scores, exactly; ranks, ties and places as the round says. A trimmed mean leaves out whole totals; points in a
 * criterion, which separate equal totals, are trimmed by themselves, so that they need not add up to the total.
 */
export const ranking: Evaluator<RankingInput, RankingOutcome> = {
  name: 'ranking',
  version: 1,
  ruleKinds: ['seats', 'round', 'criterion'],
  input: rankingInput,
  outcome: rankingOutcome,
  evaluate: (rulebook, { round: roundId, subjects }, seed) => {
    const round = roundOf(rulebook, roundId);
    if (round === undefined) throw new EvaluationImpossible(`no round ${roundId}`);
    if (seed === '' && round.ties.some((tie) => tie.by === 'lots')) throw new EvaluationImpossible(`round ${roundId} draws lots, so it needs a seed`);
    if (new Set(subjects.map((subject) => subject.subject)).size < subjects.length) throw new EvaluationImpossible('a subject is listed twice');
    const scored = subjects.map((subject) => scoredBy(round, subject));
    const [ranked, unranked] = [scored.filter((one) => one.scores >= round.panel.quorum), scored.filter((one) => one.scores < round.panel.quorum)];
    const order = orderOf(round, seed);
    const { decimals, mode } = round.totals;
    return {
      round: roundId,
      ranking: placesOf(ranked, order).map((place) => ({
        subject: place.subject,
        rank: place.better + 1,
        total: toDecimal(place.total, decimals, mode),
        scores: place.scores,
        criteria: place.criteria.map(({ criterion, points }) => ({ criterion, points: toDecimal(points, decimals, mode) })),
        scorePassed: reaches(round, place.total),
        verdict: verdictOf(rulebook, round, place),
      })),
      unranked: unranked.map(({ subject, scores }) => ({ subject, scores })).sort(bySubject),
    };
  },
};

type Subject = RankingInput['subjects'][number];
type Review = Subject['scores'][number];
type Scored = {
  readonly subject: string;
  readonly scores: number;
  readonly total: Rational;
  readonly criteria: readonly { readonly criterion: string; readonly points: Rational }[];
};
/** So many subjects are better, and so many are equal (this one counted). */
type Place = Scored & { readonly better: number; readonly equal: number };
type Order = (a: Scored, b: Scored) => number;

const bySubject = (a: { readonly subject: string }, b: { readonly subject: string }): number => (a.subject < b.subject ? -1 : Number(a.subject > b.subject));

const scoredBy = (round: Round, { subject, scores }: Subject): Scored => {
  if (new Set(scores.map((review) => review.reviewer)).size < scores.length) throw new EvaluationImpossible(`a reviewer scored ${subject} twice`);
  const reviews = scores.map((review) => pointsOf(round, review));
  const aggregated = (values: readonly Rational[]): Rational => aggregate(round, values);
  return {
    subject,
    scores: scores.length,
    total: aggregated(reviews.map(sum)),
    criteria: round.criteria.map(({ id }, index) => ({ criterion: id, points: aggregated(reviews.map((points) => points[index] ?? zero)) })),
  };
};

/** One reviewer's points in each criterion of the round: the score's part of its scale, times the weight. */
const pointsOf = (round: Round, { reviewer, criteria }: Review): readonly Rational[] => {
  if (criteria.length !== round.criteria.length) throw new EvaluationImpossible(`${reviewer} scored ${criteria.length} of ${round.criteria.length} criteria`);
  return round.criteria.map(({ id, weight, scaleMax }) => {
    const score = criteria.find((one) => one.criterion === id)?.score;
    if (score === undefined) throw new EvaluationImpossible(`${reviewer} did not score ${id}`);
    const value = rationalOf(score);
    if (compare(value, rational(scaleMax)) > 0) throw new EvaluationImpossible(`${reviewer} scored ${score} of ${scaleMax} in ${id}`);
    return times(value, rational(weight, scaleMax));
  });
};

const aggregate = ({ aggregation }: Round, values: readonly Rational[]): Rational => {
  const trimmed =
    aggregation.method === 'trimmed-mean' && values.length >= aggregation.scoresMin
      ? [...values].sort(compare).slice(aggregation.trimEachSide, values.length - aggregation.trimEachSide)
      : values;
  return trimmed.length === 0 ? zero : over(sum(trimmed), rational(trimmed.length));
};

/** The total as the round looks at it. */
const seen = ({ totals }: Round, total: Rational): Rational =>
  totals.compare === 'exact' ? total : rationalOf(toDecimal(total, totals.decimals, totals.mode));

const reaches = (round: Round, total: Rational): boolean => compare(seen(round, total), rationalOf(round.scoreMin)) >= 0;

/** Better first. */
const orderOf = (round: Round, seed: string): Order => {
  const pointsIn = (one: Scored, criterion: string): Rational => one.criteria.find((points) => points.criterion === criterion)?.points ?? zero;
  const lot = (one: Scored): string => sha256([seed, round.id, one.subject].join('\n'));
  const ties = round.ties.map((tie): Order => {
    if (tie.by === 'criterion') return (a, b) => compare(pointsIn(b, tie.criterion), pointsIn(a, tie.criterion));
    return (a, b) => (lot(a) < lot(b) ? -1 : 1);
  });
  return (a, b) => {
    for (const order of [(): number => compare(seen(round, b.total), seen(round, a.total)), ...ties]) {
      const difference = order(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  };
};

const placesOf = (ranked: readonly Scored[], order: Order): readonly Place[] => {
  const sorted = [...ranked].sort((a, b) => order(a, b) || bySubject(a, b));
  return sorted.map((one) => {
    const better = sorted.filter((other) => other !== one && order(other, one) < 0).length;
    const equal = 1 + sorted.filter((other) => other !== one && order(other, one) === 0).length;
    return { ...one, better, equal };
  });
};

const verdictOf = ({ selection }: Rulebook, round: Round, place: Place): Verdict => {
  if (!reaches(round, place.total)) return 'not-reached';
  if (round.kind === 'stage' || round.kind === 'final') return 'passed';
  if (round.advance !== 'seats') return outside(place, round.advance) ?? 'advanced';
  if (place.better < selection.seats) return outside(place, selection.seats) ?? 'selected';
  return outside(place, selection.seats + selection.reserves) ?? 'reserve';
};

/** What keeps a place from being one of the first so many: it comes after them, or is shared over their end. */
const outside = ({ better, equal }: Place, places: number): Verdict | undefined => {
  if (better >= places) return 'not-reached';
  return better + equal > places ? 'tied' : undefined;
};
