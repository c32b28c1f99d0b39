import { parseRulebook, type OrganisationFact } from '@program-ledger/rulebook';
import type { Basis, KnownOrganisation } from '../application/application.eligibility.js';

/** A small invented programme for the specs of this service: universities and small firms lead, at least one university takes part. */
const entry = (id: string) => ({ id, text: { ko: id, en: id }, basis: { source: 'invented' }, validFrom: '2026-01-01', invented: true });
const days = (id: string, count: number) => ({ ...entry(id), length: { unit: 'days', count }, waivable: true });
const word = (id: string) => ({ id, text: { ko: id, en: id } });

const round = (id: string, kind: 'presentation' | 'final') => ({
  ...entry(id),
  kind,
  panel: { size: 3, quorum: 2 },
  totalMax: 100,
  criteria: [{ ...entry(`${id}-goals`), weight: 100, scaleMax: 100 }],
  aggregation: { method: 'mean' },
  totals: { decimals: 2, mode: 'half-up', compare: 'exact' },
  ties: [{ by: 'lots' }],
  scoreMin: '0',
  gates: [],
});

const classes = [{ kind: 'university' }, { kind: 'company', size: 'sme' }, { kind: 'company', size: 'large' }];

const document = {
  format: 1,
  id: 'rehearsal',
  version: 1,
  title: { ko: '예행', en: 'Rehearsal' },
  invented: true,
  validFrom: '2026-03-01',
  timeZone: 'Asia/Seoul',
  currency: { code: 'KRW', minorUnits: 0 },
  legalBases: [],
  words: {
    kinds: [
      { ...word('university'), sized: false },
      { ...word('company'), sized: true },
    ],
    sizes: [word('sme'), word('large')],
    tasks: [word('development'), word('use')],
    openness: [word('open')],
    programmes: [],
    roles: [word('programme-administrator')],
  },
  selection: { ...entry('seats'), seats: 1, reserves: 0 },
  eligibility: {
    referenceDate: 'deadline',
    rules: [
      { ...entry('in-time'), kind: 'deadline' },
      { ...entry('lead-class'), kind: 'lead-allowed', allowed: [{ kind: 'university' }, { kind: 'company', size: 'sme' }] },
      { ...entry('a-university'), kind: 'organisation-of-kind', kinds: ['university'], min: 1 },
      { ...entry('whole-servers'), kind: 'gpus-requested', min: 8, max: 64, multipleOf: 8 },
    ],
  },
  rounds: [
    { ...round('presentation', 'presentation'), advance: 'seats' },
    { ...round('last', 'final'), phase: 'phase-1' },
  ],
  conflicts: [],
  committee: { ...entry('committee'), membersMin: 1, membersMax: 5, quorum: { rule: 'more-than', numerator: 1, denominator: 2 }, decision: { rule: 'more-than', numerator: 1, denominator: 2 } },
  windows: {
    callOpen: days('window-call', 30),
    planRepair: days('window-plan', 20),
    agreement: days('window-agreement', 30),
    objection: days('window-objection', 10),
    objectionAnswer: days('window-answer', 30),
    stageReport: days('window-stage-report', 0),
    finalReport: days('window-final-report', 60),
    settlementReport: days('window-settlement-report', 90),
    settlement: days('window-settlement', 90),
  },
  pool: { ...entry('pool'), model: 'T1', capacity: 64, serverSize: 8 },
  phases: [{ ...entry('phase-1'), from: '2026-06-01', to: '2026-08-31', gpus: 8, evaluatedBy: 'last' }],
  contribution: { ...entry('contribution'), unitPrice: '1000', unit: 'gpu-month', dayCount: 'months-pro-rata', rounding: { mode: 'half-up', unit: '1' } },
  ownShare: {
    base: { ...entry('own-share'), of: 'contribution', rounding: { mode: 'half-up', unit: '1' } },
    rates: [{ ...entry('rate'), classes, openness: ['open'], rate: '0' }],
    cash: [{ ...entry('cash'), classes, rate: '0' }],
  },
  instalments: [{ ...entry('only'), phase: 'phase-1', partBasisPoints: 10_000, due: { when: 'delivery' } }],
  payment: { ...entry('payment'), heldWhileOwnShareUnpaid: false },
  settlement: { limit: { ...entry('settlement-limit'), recoveredMax: 'paid', rounding: { mode: 'half-up', unit: '1' } }, recoveries: [{ ...entry('recovery'), kind: 'unspent', basisPoints: 10_000 }] },
  disclosure: [],
};

/** The rulebook's text, with some of its top-level fields changed. */
export const rulebookText = (changes: object = {}): string => JSON.stringify({ ...document, ...changes });
export const rulebookOfRehearsal = parseRulebook(rulebookText());

const numbered = (first: string, number: number): string => `${first.repeat(8)}-${first.repeat(4)}-4${first.repeat(3)}-8${first.repeat(3)}-${String(number).padStart(12, '0')}`;

export const programmeId = numbered('1', 1);
export const otherProgramme = numbered('1', 2);
export const callId = numbered('2', 1);
export const applicationId = (number: number): string => numbered('a', number);
export const organisationId = (number: number): string => numbered('0', number);
export const factId = (number: number): string => numbered('f', number);

export const at = '2026-03-02T01:00:00.000Z';
export const deadline = { local: '2026-04-10T15:00:00', timeZone: 'Asia/Seoul' };
export const deadlineAt = '2026-04-10T06:00:00.000Z';
/** One millisecond later. */
export const tooLate = '2026-04-10T06:00:00.001Z';

export const name = (text: string) => ({ ko: `${text} (가상)`, en: `${text} (invented)` });

const stated = (number: number) => ({ factId: factId(number), validFrom: '2020-01-01', source: 'a register, invented' });
export const factOf = (number: number, attribute: 'kind' | 'size', value: string): OrganisationFact => ({ attribute, value, ...stated(number) });

const known = (number: number, facts: readonly OrganisationFact[]): KnownOrganisation => ({
  organisationId: organisationId(number),
  stream: `organisation-${organisationId(number)}`,
  name: name(`Organisation ${number}`),
  representatives: [`lead-${number}`],
  facts: facts.map((fact, index) => ({ fact, revision: index + 2 })),
});

/** Organisation 1 is a small firm, 2 a university, 3 a large firm. */
export const basis: Basis = {
  rulebook: { text: rulebookOfRehearsal, enacted: { stream: `rulebook-${programmeId}`, revision: 0 } },
  call: { published: { stream: `call-${callId}`, revision: 1 }, deadline },
  organisations: [
    known(1, [factOf(1, 'kind', 'company'), factOf(2, 'size', 'sme')]),
    known(2, [factOf(3, 'kind', 'university')]),
    known(3, [factOf(4, 'kind', 'company'), factOf(5, 'size', 'large')]),
  ],
};
