import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { parseRulebook, rulesOf } from './index.js';

const stories = new URL('../../../apps/journeys/src/stories/', import.meta.url);
const names = readdirSync(stories, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.each(names.map((entry) => entry.name))('the rulebook of %s', (name) => {
  const text = readFileSync(new URL(`${name}/rulebook.json`, stories), 'utf8');

  test('is consistent', () => expect(parseRulebook(text).id).toBe(name));

  test('keeps Korean and English apart in every rule', () => {
    for (const { text: words } of rulesOf(parseRulebook(text))) {
      expect(words.ko).toMatch(/[가-힣]/);
      expect(words.en).not.toMatch(/[가-힣]/);
    }
  });
});

test('a wholly invented rulebook says so of every rule', () => {
  const rulebook = parseRulebook(readFileSync(new URL('second-chance/rulebook.json', stories), 'utf8'));
  expect(rulebook.invented).toBe(true);
  expect(rulesOf(rulebook).filter((rule) => rule.invented !== true)).toEqual([]);
});
