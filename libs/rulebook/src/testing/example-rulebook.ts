import type { z } from 'zod';
import { parseRulebook } from '../parse.js';
import type { rulebookDocument, Rulebook } from '../rulebook.js';

/** A rulebook document that may still be changed. */
export type Draft = z.infer<typeof rulebookDocument>;

const rule = <Id extends string>(id: Id) => ({
  id,
  text: { ko: `규칙 ${id}`, en: `Rule ${id}` },
  basis: { source: 'invented' as const },
  invented: true as const,
  validFrom: '2026-01-01',
});
const word = (id: string) => ({ id, text: { ko: `낱말 ${id}`, en: `Word ${id}` } });
const criteria = (prefix: string): Draft['rounds'][number]['criteria'] => [
  { ...rule(`${prefix}-skill`), weight: 60, scaleMax: 10 },
  { ...rule(`${prefix}-plan`), weight: 40, scaleMax: 10 },
];
const gates = (prefix: string): Draft['rounds'][number]['gates'] => [
  { ...rule(`${prefix}-origin`), evidenceMin: 1 },
  { ...rule(`${prefix}-conduct`), evidenceMin: 0 },
];
const days = (count: number) => ({ unit: 'days' as const, count });
const half = { rule: 'more-than' as const, numerator: 1, denominator: 2 };
const round = (id: string) => ({
  ...rule(id),
  panel: { size: 5, quorum: 2 },
  totalMax: 100,
  criteria: criteria(id),
  aggregation: { method: 'mean' as const },
  totals: { decimals: 2, mode: 'half-up' as const, compare: 'exact' as const },
  ties: [],
  scoreMin: '50',
  gates: [],
});

/** A small invented rulebook, fresh each time: two seats, two phases, four rounds. */
export const exampleDocument = (): Draft => ({
  format: 1,
  id: 'example',
  version: 1,
  title: { ko: '예시 사업', en: 'Example' },
  invented: true,
  validFrom: '2026-01-01',
  timeZone: 'Asia/Seoul',
  currency: { code: 'KRW', minorUnits: 0 },
  legalBases: [],
  words: {
    kinds: [
      { ...word('company'), sized: true },
      { ...word('university'), sized: false },
    ],
    sizes: [word('large'), word('small')],
    tasks: [word('development'), word('service')],
    openness: [word('open'), word('closed')],
    programmes: [word('sibling')],
    roles: [word('conflict-officer')],
  },
  selection: { ...rule('seats'), seats: 2, reserves: 1 },
  eligibility: {
    referenceDate: 'deadline',
    rules: [
      { ...rule('in-time'), kind: 'deadline' },
      { ...rule('lead-class'), kind: 'lead-allowed', allowed: [{ kind: 'company', size: 'small' }, { kind: 'university' }] },
      { ...rule('lead-elsewhere'), kind: 'lead-not-in-programme', programme: 'sibling', tasks: ['development'] },
      { ...rule('large-lead'), kind: 'size-never-leads', size: 'large' },
      { ...rule('large-member'), kind: 'size-joins-without-programme', size: 'large', programme: 'sibling' },
      { ...rule('with-university'), kind: 'organisation-of-kind', kinds: ['university'], min: 1 },
      { ...rule('abroad'), kind: 'foreign-tasks', homeCountries: ['KR'], tasks: ['service'] },
      { ...rule('member-elsewhere'), kind: 'members-in-programme', programme: 'sibling', allowed: true },
      { ...rule('size-of-consortium'), kind: 'consortium-size', min: 1, max: 4 },
      { ...rule('shares'), kind: 'shares-add-up', total: 10_000 },
      { ...rule('gpus'), kind: 'gpus-requested', min: 8, max: 64, multipleOf: 8 },
      { ...rule('open-enough'), kind: 'openness-allowed', allowed: ['open'] },
    ],
  },
  rounds: [
    { ...round('paper'), kind: 'document', ties: [{ by: 'criterion', criterion: 'paper-plan' }], advance: 3 },
    { ...round('interview'), kind: 'presentation', aggregation: { method: 'trimmed-mean', trimEachSide: 1, scoresMin: 4 }, advance: 'seats' },
    { ...round('middle'), kind: 'stage', gates: gates('middle'), phase: 'one' },
    { ...round('end'), kind: 'final', gates: gates('end'), phase: 'two' },
  ],
  conflicts: [
    { ...rule('own-project'), override: { allowed: false } },
    { ...rule('colleague'), override: { allowed: true, role: 'conflict-officer' } },
  ],
  committee: { ...rule('committee'), membersMin: 3, membersMax: 20, quorum: half, decision: half },
  windows: {
    callOpen: { ...rule('call-open'), length: days(30), waivable: false },
    planRepair: { ...rule('plan-repair'), length: days(20), waivable: false },
    agreement: { ...rule('agreement'), length: days(30), waivable: false },
    objection: { ...rule('objection'), length: days(10), waivable: true },
    objectionAnswer: { ...rule('objection-answer'), length: days(30), waivable: false },
    stageReport: { ...rule('stage-report'), length: days(0), waivable: false },
    finalReport: { ...rule('final-report'), length: days(60), waivable: false },
    settlementReport: { ...rule('settlement-report'), length: { unit: 'months', count: 3 }, waivable: false },
    settlement: { ...rule('settlement'), length: { unit: 'months', count: 3 }, waivable: false },
  },
  pool: { ...rule('pool'), model: 'X1', capacity: 128, serverSize: 8 },
  phases: [
    { ...rule('one'), from: '2026-03-01', to: '2026-06-30', gpus: 64, evaluatedBy: 'middle' },
    { ...rule('two'), from: '2026-07-01', to: '2026-09-09', gpus: 64, evaluatedBy: 'end' },
  ],
  contribution: { ...rule('contribution'), unitPrice: '1000', unit: 'gpu-month', dayCount: 'months-pro-rata', rounding: { mode: 'half-up', unit: '1' } },
  ownShare: {
    base: { ...rule('own-share-base'), of: 'contribution', rounding: { mode: 'half-up', unit: '1' } },
    rates: [
      {
        ...rule('rate-company-open'),
        classes: [
          { kind: 'company', size: 'large' },
          { kind: 'company', size: 'small' },
        ],
        openness: ['open'],
        rate: '0.1',
      },
      {
        ...rule('rate-company-closed'),
        classes: [
          { kind: 'company', size: 'large' },
          { kind: 'company', size: 'small' },
        ],
        openness: ['closed'],
        rate: '0.5',
      },
      { ...rule('rate-university'), classes: [{ kind: 'university' }], openness: ['open', 'closed'], rate: '0' },
    ],
    cash: [
      {
        ...rule('cash-company'),
        classes: [
          { kind: 'company', size: 'large' },
          { kind: 'company', size: 'small' },
        ],
        rate: '0.15',
      },
      { ...rule('cash-university'), classes: [{ kind: 'university' }], rate: '0' },
    ],
  },
  instalments: [
    { ...rule('one-first'), phase: 'one', partBasisPoints: 7_000, due: { when: 'delivery' } },
    { ...rule('one-second'), phase: 'one', partBasisPoints: 3_000, due: { when: 'day', on: '2026-05-01' } },
    { ...rule('two-all'), phase: 'two', partBasisPoints: 10_000, due: { when: 'delivery' } },
  ],
  payment: { ...rule('payment'), heldWhileOwnShareUnpaid: true },
  settlement: {
    limit: { ...rule('recovery-limit'), recoveredMax: 'paid', rounding: { mode: 'half-up', unit: '1' } },
    recoveries: [
      { ...rule('unspent'), kind: 'unspent', basisPoints: 10_000 },
      { ...rule('misused'), kind: 'misused', basisPoints: 15_000 },
      { ...rule('own-share-unpaid'), kind: 'own-share-unpaid', basisPoints: 10_000 },
    ],
  },
  disclosure: [
    { ...rule('outcome-public'), field: 'decision.outcome', class: 'public', retention: 'permanent' },
    { ...rule('score-sealed'), field: 'assessment.score', class: 'sealed', retention: { years: 10 } },
  ],
});

/** The example as text, changed first if you like; it need not stay consistent. */
export const exampleText = (change: (draft: Draft) => void = () => {}): string => {
  const draft = exampleDocument();
  change(draft);
  return JSON.stringify(draft);
};

/** The example parsed. @throws RulebookInvalid when the change made it inconsistent. */
export const exampleRulebook = (change?: (draft: Draft) => void): Rulebook => parseRulebook(exampleText(change));
