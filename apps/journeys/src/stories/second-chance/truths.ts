import type { Report } from '../../report.js';
import type { Truth } from '../../story.js';

const titled = ({ applications }: Report, title: string) => applications.items.find((item) => item.title.startsWith(title));
const failed = ({ stageResults }: Report) => stageResults.filter(({ outcome }) => outcome === 'failed');
const regranted = ({ grants }: Report) => grants.filter(({ regrantedFrom }) => regrantedFrom !== null);
const sorted = (words: readonly string[]): string => [...words].sort().join();
const sum = (amounts: readonly string[]): string => String(amounts.reduce((total, amount) => total + BigInt(amount), 0n));

const bestThree = ({ selection }: Report): readonly string[] =>
  selection.ranking.filter(({ round, rank }) => round === 'interview' && rank <= 3).map(({ application }) => application);

/** Four teams: three as selected, and one of the reserve. One lost its GPUs of the preparation, one those of the training. */
const grants = [
  'prepare reclaimed',
  'prepare returned',
  'prepare returned',
  'serve returned',
  'serve returned',
  'train reclaimed',
  'train returned',
  'train returned',
];
const gpus: Readonly<Record<string, number>> = { prepare: 32, train: 64, serve: 64 };

/** GPUs × 4.15 million × days / 30, each month rounded down to 1,000: 11 + 31 + 30, 12 + 31 + 30 + 10, 29 + 31 days. */
const contributions: Readonly<Record<string, string>> = { prepare: '318719000', train: '734826000', serve: '531199000' };

/** 123,456,780 was not spent; the rulebook rounds up to 100. */
const recoveries = ['0', '0', '0', '123456800'];

/** How the story must end. */
export const truths: readonly Truth[] = [
  ['it is a rehearsal, and all of it invented', ({ rehearsal, applications }) => rehearsal && applications.items.every(({ invented }) => invented)],
  ['eight applications are received, one of them ineligible', ({ applications: { received, ineligible } }) => received === 8 && ineligible === 1],
  ['one is withdrawn', (report) => titled(report, '세종')?.state === 'withdrawn'],
  ['a member of the first programme makes ineligible, and nothing else', (report) => titled(report, '한강')?.failedRules.join() === 'no-first-chance-members'],
  ['one conflict excludes', ({ conflicts }) => conflicts.map(({ kind, outcome }) => `${kind} ${outcome}`).join() === 'employer excluded'],
  ['one objection is upheld, one dismissed', ({ objections }) => sorted(objections.map(({ outcome }) => outcome ?? 'none')) === 'dismissed,upheld'],
  [
    'the decision stands as corrected, by the ranking',
    (report) => report.selection.announcedAt.startsWith('2026-03-20') && sorted(report.selection.selected) === sorted(bestThree(report)),
  ],
  [
    'who objected with success has a seat, who did not has none',
    ({ objections, selection }) => objections.every(({ application, outcome }) => (outcome === 'upheld') === selection.selected.includes(application)),
  ],
  [
    'one team passes on score, fails one gate, and so the stage',
    (report) =>
      failed(report).length === 1 &&
      failed(report).every(({ stage, score, gates }) => stage === 'check-prepare' && Number(score) >= 65 && gates.filter(({ passed }) => !passed).length === 1),
  ],
  [
    'all others pass their evaluations, by six named people',
    ({ stageResults }) => stageResults.length === 7 && stageResults.every(({ decidedBy }) => decidedBy.length === 6),
  ],
  ['all 192 H200 are out in training, and never more', ({ pool }) => pool.model === 'H200' && pool.capacity === 192 && pool.maxOutAtAnyInstant === 192],
  [
    'each grant is of the planned size, and two are reclaimed',
    (report) =>
      sorted(report.grants.map(({ phase, state }) => `${phase} ${state}`)) === grants.join() &&
      report.grants.every((grant) => grant.gpus === gpus[grant.phase]),
  ],
  [
    'what was reclaimed goes to a team of the reserve, once',
    (report) => regranted(report).length === 1 && regranted(report).every(({ team, phase }) => phase === 'train' && !report.selection.selected.includes(team)),
  ],
  [
    'four agreements are signed, one by a team of the reserve',
    ({ agreements, selection }) =>
      agreements.length === 4 &&
      agreements.every(({ signedAt }) => signedAt !== null) &&
      agreements.filter(({ team }) => !selection.selected.includes(team)).length === 1,
  ],
  [
    'contributions are by the days of each month',
    ({ agreements }) => agreements.every(({ contributionByPhase }) => contributionByPhase.every(({ phase, amount }) => amount === contributions[phase])),
  ],
  [
    'contributions add up',
    ({ agreements, contributionAllTeams }) => contributionAllTeams === sum(agreements.map(({ contributionTotal }) => contributionTotal)),
  ],
  ['one settlement of four recovers what was not spent', ({ settlements }) => sorted(settlements.map(({ recovered }) => recovered)) === recoveries.join()],
  ['all that was to be recovered came back', ({ settlements }) => settlements.every(({ recovered, received }) => received === recovered)],
  ['the others are exact', ({ settlements }) => settlements.every(({ recovered, paid, spent }) => recovered !== '0' || spent === paid)],
  ['the call was settled, and reopened for a seat', ({ final }) => final.call === 'reopened-for-a-seat'],
  ['every team is settled, the programme closed', ({ final }) => final.programme === 'closed' && final.teams.every(({ state }) => state === 'settled')],
  ['the books balance', ({ journal }) => journal.entries > 0 && Object.values(journal.sumsByCommodity).every((total) => total === '0')],
  ['every decision recomputes', ({ recompute }) => recompute.decisions > 0 && recompute.differences === 0],
];
