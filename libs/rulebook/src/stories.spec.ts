import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { contribution, daysFrom, dayOf, parseRulebook, phaseOf, rulesOf, windowEndOf, type Phase } from './index.js';

const stories = new URL('../../../apps/journeys/src/stories/', import.meta.url);
const names = readdirSync(stories, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const rulebookOf = (story: string) => parseRulebook(readFileSync(new URL(`${story}/rulebook.json`, stories), 'utf8'));

describe.each(names.map((entry) => entry.name))('the rulebook of %s', (story) => {
  test('is consistent', () => expect(rulebookOf(story).id).toBe(story));

  test('says every rule in Korean and in English', () => {
    for (const { text } of rulesOf(rulebookOf(story))) {
      expect(text.ko).toMatch(/[가-힣]/);
      expect(text.en).not.toMatch(/[가-힣]/);
    }
  });
});

describe('the published amounts', () => {
  const rulebook = rulebookOf('nipa-2025');
  const granted = ({ id, from, to, gpus }: Phase) => contribution.evaluate(rulebook, { phase: id, gpus, from, to }, '');
  const [one, two] = ['phase-1', 'phase-2'].map((id) => granted(phaseOf(rulebook, id)!));

  test('contribution: 256 GPUs from 2025-11-01 to 2026-03-31 come to 8,448,000,000', () =>
    expect(one).toMatchObject({ amount: '8448000000', months: '5', explanation: '256 × 6600000 × 5 = 8448000000' }));

  test('contribution: 256 GPUs from 2026-04-01 to 2026-09-09 come to 8,954,880,000', () => {
    expect(two).toMatchObject({ amount: '8954880000', months: '53/10', explanation: '256 × 6600000 × 53/10 = 8954880000' });
    expect(two?.lines.at(-1)).toEqual({ month: '2026-09', days: 9, months: '3/10', amount: '506880000', explanation: '256 × 6600000 × 3/10 = 506880000' });
  });

  test('contribution: a team comes to 17,402,880,000, the teams of both seats to 34,805,760,000', () => {
    const team = BigInt(one?.amount ?? 0) + BigInt(two?.amount ?? 0);
    expect(team).toBe(17_402_880_000n);
    expect(team * BigInt(rulebook.selection.seats)).toBe(34_805_760_000n);
  });

  test('phase-1, phase-2: one follows the other without a day between them', () =>
    expect(daysFrom(phaseOf(rulebook, 'phase-1')!.to, phaseOf(rulebook, 'phase-2')!.from)).toBe(2));

  test('objection: the window after the announcement ends after phase 1 begins, so it has to be waived', () =>
    expect(dayOf(windowEndOf(rulebook, 'objection', '2025-10-31T06:00:00.000Z'), rulebook.timeZone)).toBe('2025-11-10'));
});

test('grant-money: another programme counts days over thirty and drops what is below a thousand', () => {
  const rulebook = rulebookOf('second-chance');
  const { id, from, to, gpus } = phaseOf(rulebook, 'prepare')!;
  const { amount, lines } = contribution.evaluate(rulebook, { phase: id, gpus, from, to }, '');
  expect(lines.map((line) => [line.month, line.months, line.amount])).toEqual([
    ['2026-04', '11/30', '48693000'],
    ['2026-05', '31/30', '137226000'],
    ['2026-06', '1', '132800000'],
  ]);
  expect(amount).toBe('318719000');
});

test('a wholly invented rulebook says so of every rule', () => {
  const rulebook = rulebookOf('second-chance');
  expect(rulebook.invented).toBe(true);
  expect(rulesOf(rulebook).filter((rule) => rule.invented !== true)).toEqual([]);
});
