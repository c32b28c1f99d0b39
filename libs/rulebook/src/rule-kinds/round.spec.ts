import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EvaluationImpossible, ranking } from '../index.js';
import { exampleRulebook, exampleScores, type Draft } from '../testing/index.js';

type Subjects = Parameters<typeof ranking.evaluate>[1]['subjects'];
const rank = (round: string, subjects: Subjects, change?: (draft: Draft) => void, seed = '') =>
  ranking.evaluate(exampleRulebook(change), { round, subjects }, seed);
const lots = (draft: Draft) => draft.rounds[0]!.ties.push({ by: 'lots' });

describe('round', () => {
  test('paper: the first so many advance', () =>
    expect(
      rank(
        'paper',
        ['9', '8', '7', '6'].map((mark, index) => exampleScores('paper', 'abcd'.charAt(index), [mark, mark], [mark, mark])),
      ).ranking.map((row) => row.verdict),
    ).toEqual(['advanced', 'advanced', 'advanced', 'not-reached']));

  test('middle: a stage is passed by its minimum, whatever the rank', () =>
    expect(
      rank('middle', [exampleScores('middle', 'a', ['5', '5'], ['5', '5']), exampleScores('middle', 'b', ['4.999', '5'], ['5', '5'])]).ranking,
    ).toMatchObject([
      { subject: 'a', total: '50.00', scorePassed: true, verdict: 'passed' },
      { subject: 'b', total: '50.00', scorePassed: false, verdict: 'not-reached' },
    ]));

  test('middle: where the published total counts, what is published as the minimum passes', () =>
    expect(
      rank('middle', [exampleScores('middle', 'b', ['4.999', '5'], ['5', '5'])], (draft) => (draft.rounds[2]!.totals.compare = 'published')).ranking,
    ).toMatchObject([{ total: '50.00', scorePassed: true, verdict: 'passed' }]));

  test('interview: a trimmed mean leaves out the highest and the lowest total, but not of too few', () => {
    const four = exampleScores('interview', 'a', ['0', '0'], ['6', '6'], ['7', '7'], ['10', '10']);
    expect(rank('interview', [four]).ranking[0]?.total).toBe('65.00');
    const three = { ...four, scores: four.scores.slice(0, 3) };
    expect(rank('interview', [three]).ranking[0]?.total).toBe('43.33');
  });

  test('paper: equal totals go by the criterion that is named, then share a rank', () => {
    // 60 × 0.8 + 40 × 0.5 and 60 × 0.6 + 40 × 0.8 are both 68.
    const skilled = exampleScores('paper', 'skilled', ['8', '5'], ['8', '5']);
    const planned = exampleScores('paper', 'planned', ['6', '8'], ['6', '8']);
    expect(rank('paper', [skilled, planned]).ranking.map((row) => [row.subject, row.rank, row.total])).toEqual([
      ['planned', 1, '68.00'],
      ['skilled', 2, '68.00'],
    ]);
    expect(rank('paper', [{ ...planned, subject: 'twin' }, planned]).ranking.map((row) => [row.subject, row.rank])).toEqual([
      ['planned', 1],
      ['twin', 1],
    ]);
  });

  test('paper: lots are drawn only where they are named, and from the seed alone', () => {
    const equals = 'abcdefgh'.split('').map((subject) => exampleScores('paper', subject, ['7', '7'], ['7', '7']));
    const drawn = (seed: string) =>
      rank('paper', equals, lots, seed)
        .ranking.map((row) => row.subject)
        .join('');
    expect(drawn('one')).toBe(drawn('one'));
    expect(new Set(['one', 'two', 'three', 'four'].map(drawn)).size).toBeGreaterThan(1);
    expect(rank('paper', equals, lots, 'one').ranking.map((row) => row.rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(() => rank('paper', equals, lots)).toThrow(EvaluationImpossible);
    expect(rank('paper', equals).ranking.every((row) => row.rank === 1 && row.verdict === 'tied')).toBe(true);
  });

  test('paper: a subject with fewer scores than the quorum is not ranked', () =>
    expect(rank('paper', [exampleScores('paper', 'a', ['9', '9']), exampleScores('paper', 'b', ['5', '5'], ['5', '5'])])).toMatchObject({
      ranking: [{ subject: 'b', rank: 1 }],
      unranked: [{ subject: 'a', scores: 1 }],
    }));

  test('paper: what does not fit the round is refused, not guessed', () => {
    const twice = exampleScores('paper', 'a', ['9', '9'], ['8', '8']);
    expect(() => rank('nowhere', [])).toThrow('no round nowhere');
    expect(() => rank('paper', [twice, twice])).toThrow('listed twice');
    expect(() => rank('paper', [{ ...twice, scores: [twice.scores[0]!, twice.scores[0]!] }])).toThrow('scored a twice');
  });

  test('paper: the ranking does not depend on the order in which anything was listed', () => {
    const mark = fc.integer({ min: 0, max: 100 }).map((tenths) => `${Math.floor(tenths / 10)}.${tenths % 10}`);
    const reviews = fc.array(fc.tuple(mark, mark), { minLength: 1, maxLength: 6 });
    const subjects = fc
      .array(reviews, { minLength: 1, maxLength: 8 })
      .map((all) => all.map((pairs, index) => exampleScores('paper', `subject-${index}`, ...pairs)));
    const shuffled = subjects.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc
          .shuffledSubarray(all, { minLength: all.length })
          .map((some) =>
            some.map((one) => ({ ...one, scores: one.scores.toReversed().map((review) => ({ ...review, criteria: review.criteria.toReversed() })) })),
          ),
      ),
    );
    fc.assert(
      fc.property(shuffled, fc.string(), ([all, mixed], seed) => expect(rank('paper', mixed, lots, `s${seed}`)).toEqual(rank('paper', all, lots, `s${seed}`))),
    );
  });
});
