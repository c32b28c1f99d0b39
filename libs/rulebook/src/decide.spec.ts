import { describe, expect, test } from '@jest/globals';
import type { Json } from '@program-ledger/event-sourcing';
import fc from 'fast-check';
import {
  contribution,
  deadline,
  decideBy,
  decisionRecordSchema,
  eligibility,
  EvaluationImpossible,
  gates,
  ownShare,
  ranking,
  recompute,
  settlement,
  valueAt,
  type DecisionRecord,
} from './index.js';
import { exampleApplication, exampleRulebook, exampleScores, exampleText } from './testing/index.js';

const rulebook = exampleRulebook();
const text = exampleText();
const alone = { references: [] };

/** One decision by every evaluator. */
const decisions: readonly DecisionRecord[] = [
  decideBy(deadline, rulebook, { submittedAt: '2026-02-20T09:00:00.001Z', deadline: { local: '2026-02-20T18:00', timeZone: 'Asia/Seoul' } }, alone),
  decideBy(eligibility, rulebook, exampleApplication(), alone),
  decideBy(
    ranking,
    rulebook,
    { round: 'paper', subjects: [exampleScores('paper', 'a', ['7', '8'], ['6.5', '9']), exampleScores('paper', 'b', ['4', '5'], ['3', '9'])] },
    alone,
  ),
  decideBy(
    gates,
    rulebook,
    { round: 'end', subject: 'team', results: [{ gate: 'end-conduct', passed: true, evidence: [{ digest: `sha256:${'0'.repeat(64)}` }] }] },
    alone,
  ),
  decideBy(contribution, rulebook, { phase: 'two', gpus: 64, from: '2026-07-01', to: '2026-09-09' }, alone),
  decideBy(
    ownShare,
    rulebook,
    { contribution: '1000000', budget: '0', openness: 'open', members: [{ organisationId: 'a', kind: 'company', size: 'small', shareBasisPoints: 10_000 }] },
    alone,
  ),
  decideBy(settlement, rulebook, { paid: '1000', spent: '900', misused: '10', ownShareDue: '50', ownShareBrought: '20' }, alone),
];

/** Every pointer to a value that holds no other. */
const leaves = (value: Json, pointer = ''): readonly string[] =>
  value !== null && typeof value === 'object' ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${pointer}/${key}`)) : [pointer];

/** The document with another value at the pointer. */
const planted = (document: Json, pointer: string, value: Json): Json => {
  if (pointer === '') return value;
  const [, key = '', ...rest] = pointer.split('/');
  const inner = rest.length === 0 ? '' : `/${rest.join('/')}`;
  const change = (old: Json | undefined) => planted(old ?? null, inner, value);
  if (Array.isArray(document)) return document.map((item: Json, index) => (String(index) === key ? change(item) : item));
  return document !== null && typeof document === 'object' ? { ...document, [key]: change(valueAt(document, `/${key}`)) } : document;
};

describe.each(decisions)('a decision by $evaluator', (record) => {
  test('is a record that events can hold', () => expect(decisionRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record));

  test('evaluated again is the same', () => expect(recompute(record, text)).toEqual({ same: true, outcome: record.outcome }));

  test('is found when any single value of its outcome was changed, and where', () => {
    for (const pointer of leaves(record.outcome)) {
      const recorded = { ...record, outcome: planted(record.outcome, pointer, 'planted') };
      expect(recompute(recorded, text)).toEqual({ same: false, outcome: record.outcome, reason: 'outcome-differs', differences: [pointer] });
    }
  });

  test('is found when another rule text is shown, or a damaged one', () => {
    expect(
      recompute(
        record,
        exampleText((draft) => (draft.version = 2)),
      ),
    ).toMatchObject({ same: false, reason: 'rulebook-differs', outcome: null });
    expect(recompute(record, text.slice(1))).toMatchObject({ same: false, reason: 'rulebook-invalid' });
    expect(recompute({ ...record, rulebookDigest: `sha256:${'0'.repeat(64)}` }, text)).toMatchObject({ same: false, reason: 'rulebook-differs' });
  });

  test('by an evaluator or a version that nobody knows is not the same', () => {
    expect(recompute({ ...record, evaluator: 'oracle' }, text)).toMatchObject({ same: false, reason: 'evaluator-unknown' });
    expect(recompute({ ...record, version: 99 }, text)).toMatchObject({ same: false, reason: 'evaluator-unknown' });
  });

  test('on an input that does not parse is not the same', () => {
    expect(recompute({ ...record, input: null }, text)).toMatchObject({ same: false, reason: 'evaluation-impossible' });
    expect(recompute({ ...record, input: planted(record.input, '/surplus', true) }, text)).toMatchObject({ same: false, reason: 'evaluation-impossible' });
  });
});

describe('any single input that matters', () => {
  const record = (name: string) => decisions.find((decision) => decision.evaluator === name)!;
  const changed = (name: string, pointer: string, value: Json) => recompute({ ...record(name), input: planted(record(name).input, pointer, value) }, text).same;

  test('eligibility: is found when it was changed', () => {
    for (const [pointer, value] of [
      ['/submittedAt', '2026-02-20T09:00:00.001Z'],
      ['/deadline/local', '2026-02-20T14:59'],
      ['/deadline/timeZone', 'Pacific/Auckland'],
      ['/members/0/role', 'member'],
      ['/members/0/shareBasisPoints', 6_001],
      ['/members/0/facts/0/value', 'museum'],
      ['/members/0/facts/1/value', 'large'],
      ['/members/0/facts/3/value', 'development'],
      ['/members/0/facts/0/validFrom', '2026-02-21'],
      ['/members/1/facts/0/value', 'company'],
      ['/members/1/facts/1/value', 'DE'],
      ['/requestedGpus', 63],
      ['/openness', 'closed'],
    ] as const)
      expect([pointer, changed('eligibility', pointer, value)]).toEqual([pointer, false]);
  });

  test('ranking: any score changed is found', () => {
    for (const pointer of leaves(record('ranking').input).filter((leaf) => leaf.endsWith('/score')))
      expect([pointer, changed('ranking', pointer, '1.5')]).toEqual([pointer, false]);
  });

  test('contribution, settlement, own-share: any number or day changed is found', () => {
    for (const [name, pointer, value] of [
      ['contribution', '/gpus', 63],
      ['contribution', '/from', '2026-07-02'],
      ['contribution', '/to', '2026-09-08'],
      ['settlement', '/paid', '1001'],
      ['settlement', '/spent', '901'],
      ['settlement', '/misused', '11'],
      ['settlement', '/ownShareDue', '51'],
      ['settlement', '/ownShareBrought', '21'],
      ['own-share', '/contribution', '1000010'],
      ['own-share', '/openness', 'closed'],
      ['own-share', '/members/0/kind', 'university'],
      ['own-share', '/members/0/shareBasisPoints', 9_999],
      ['gates', '/results/0/passed', false],
    ] as const)
      expect([name, pointer, changed(name, pointer, value)]).toEqual([name, pointer, false]);
  });

  test('contribution: whatever was decided on, deciding again is the same, and on one GPU more it is not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_096 }), fc.constantFrom('2026-07-01', '2026-07-31', '2026-08-15'), (gpus, from) => {
        const decided = decideBy(contribution, rulebook, { phase: 'two', gpus, from, to: '2026-09-09' }, alone);
        expect(recompute(decided, text).same).toBe(true);
        expect(recompute({ ...decided, input: planted(decided.input, '/gpus', gpus + 1) }, text).same).toBe(false);
      }),
    );
  });
});

test('a decision on an input that does not fit is not taken', () => {
  expect(() => decideBy(contribution, rulebook, { phase: 'two', gpus: 0, from: '2026-07-01', to: '2026-09-09' }, alone)).toThrow(EvaluationImpossible);
  expect(() => decideBy(gates, rulebook, { round: 'nowhere', subject: 'team', results: [] }, alone)).toThrow(EvaluationImpossible);
});
