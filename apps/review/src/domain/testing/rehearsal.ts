import { parseRulebook } from '@program-ledger/rulebook';

/**
 * A small invented programme for the specs of this service: one document round that thins out to two, a presentation round for one
 * seat and one reserve, a stage with a gate, a final evaluation.
 */
const entry = (id: string) => ({ id, text: { ko: id, en: id }, basis: { source: 'invented' }, validFrom: '2026-01-01', invented: true });
const days = (id: string, count: number, waivable = false) => ({ ...entry(id), length: { unit: 'days', count }, waivable });
const word = (id: string) => ({ id, text: { ko: id, en: id } });

const round = (id: string, kind: 'document' | 'presentation' | 'stage' | 'final') => ({
  ...entry(id),
  kind,
  panel: { size: 3, quorum: 2 },
  totalMax: 100,
  criteria: [
    { ...entry(`${id}-goals`), weight: 60, scaleMax: 100 },
    { ...entry(`${id}-record`), weight: 40, scaleMax: 100 },
  ],
  aggregation: { method: 'mean' },
  totals: { decimals: 2, mode: 'half-up', compare: 'exact' },
  ties: [{ by: 'lots' }],
  scoreMin: '60',
});

const document = {
  format: 1,
  id: 'review-rehearsal',
  version: 1,
  title: { ko: '예행', en: 'Rehearsal' },
  invented: true,
  validFrom: '2026-01-01',
  timeZone: 'Asia/Seoul',
  currency: { code: 'KRW', minorUnits: 0 },
  legalBases: [],
  words: {
    kinds: [{ ...word('university'), sized: false }],
    sizes: [],
    tasks: [word('development')],
    openness: [word('open')],
    programmes: [],
    roles: [word('conflict-officer'), word('committee-member'), word('panel-chair'), word('programme-administrator')],
  },
  selection: { ...entry('seats'), seats: 1, reserves: 1 },
  eligibility: { referenceDate: 'deadline', rules: [{ ...entry('in-time'), kind: 'deadline' }] },
  rounds: [
    { ...round('document', 'document'), gates: [], advance: 2 },
    { ...round('presentation', 'presentation'), gates: [], advance: 'seats' },
    { ...round('stage-1', 'stage'), gates: [{ ...entry('originality'), evidenceMin: 1 }], phase: 'phase-1' },
    { ...round('last', 'final'), gates: [], phase: 'phase-2' },
  ],
  conflicts: [
    { ...entry('same-project'), override: { allowed: false } },
    { ...entry('same-department'), override: { allowed: true, role: 'conflict-officer' } },
  ],
  committee: {
    ...entry('committee'),
    membersMin: 3,
    membersMax: 5,
    quorum: { rule: 'more-than', numerator: 1, denominator: 2 },
    decision: { rule: 'more-than', numerator: 1, denominator: 2 },
  },
  windows: {
    callOpen: days('window-call', 30),
    planRepair: days('window-plan', 20),
    agreement: days('window-agreement', 30),
    objection: days('window-objection', 10, true),
    objectionAnswer: days('window-answer', 30),
    stageReport: days('window-stage-report', 0),
    finalReport: days('window-final-report', 60),
    settlementReport: days('window-settlement-report', 90),
    settlement: days('window-settlement', 90),
  },
  pool: { ...entry('pool'), model: 'T1', capacity: 8, serverSize: 8 },
  phases: [
    { ...entry('phase-1'), from: '2026-04-01', to: '2026-06-30', gpus: 8, evaluatedBy: 'stage-1' },
    { ...entry('phase-2'), from: '2026-07-01', to: '2026-09-30', gpus: 8, evaluatedBy: 'last' },
  ],
  contribution: { ...entry('contribution'), unitPrice: '1000', unit: 'gpu-month', dayCount: 'months-pro-rata', rounding: { mode: 'half-up', unit: '1' } },
  ownShare: {
    base: { ...entry('own-share'), of: 'contribution', rounding: { mode: 'half-up', unit: '1' } },
    rates: [{ ...entry('rate'), classes: [{ kind: 'university' }], openness: ['open'], rate: '0' }],
    cash: [{ ...entry('cash'), classes: [{ kind: 'university' }], rate: '0' }],
  },
  instalments: [
    { ...entry('first'), phase: 'phase-1', partBasisPoints: 10_000, due: { when: 'delivery' } },
    { ...entry('second'), phase: 'phase-2', partBasisPoints: 10_000, due: { when: 'delivery' } },
  ],
  payment: { ...entry('payment'), heldWhileOwnShareUnpaid: false },
  settlement: {
    limit: { ...entry('settlement-limit'), recoveredMax: 'paid', rounding: { mode: 'half-up', unit: '1' } },
    recoveries: [{ ...entry('recovery'), kind: 'unspent', basisPoints: 10_000 }],
  },
  disclosure: [],
};

export const rulebookText = JSON.stringify(document);
export const rulebook = parseRulebook(rulebookText);

const numbered = (first: string, number: number): string =>
  `${first.repeat(8)}-${first.repeat(4)}-4${first.repeat(3)}-8${first.repeat(3)}-${String(number).padStart(12, '0')}`;

export const programmeId = numbered('1', 1);
export const callId = numbered('2', 1);
export const otherProgramme = numbered('1', 2);
export const applicationId = (number: number): string => numbered('a', number);
export const organisationId = (number: number): string => numbered('0', number);
export const at = '2026-03-02T01:00:00.000Z';

/** The application of that number as screening passes it on; `lead-<n>` acts for it. */
export const candidate = (number: number) => ({
  applicationId: applicationId(number),
  title: `Application ${number}`,
  members: [
    {
      organisationId: organisationId(number),
      name: { ko: `기관 ${number}`, en: `Organisation ${number}` },
      role: 'lead' as const,
      task: 'development',
      shareBasisPoints: 10_000,
      kind: 'university',
      representatives: [`lead-${number}`],
    },
  ],
  requestedGpus: 8,
  openness: 'open',
  budget: '1000000',
  provenance: 'invented' as const,
  evidence: [{ stream: `application-${applicationId(number)}`, revision: 3 }],
});

export const party = (number: number) => ({ applicationId: applicationId(number), representatives: [`lead-${number}`] });

/** The round of that id. */
export const roundRule = (id: string) => {
  const found = rulebook.rounds.find((each) => each.id === id);
  if (found === undefined) throw new Error(`the rehearsal has no round ${id}`);
  return found;
};

export const place = (roundId: string) => ({ programmeId, callId, roundId });

/** The same points in both criteria of a round. */
export const scoresOf = (roundId: string, points: number) => [
  { criterion: `${roundId}-goals`, score: String(points) },
  { criterion: `${roundId}-record`, score: String(points) },
];
