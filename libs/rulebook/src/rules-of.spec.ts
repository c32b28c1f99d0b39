import { expect, test } from '@jest/globals';
import type { Json } from '@program-ledger/event-sourcing';
import { existsSync, readFileSync } from 'node:fs';
import { codeOfRuleKind, evaluators, parseRulebook, rulesOf, valueAt, type RuleKind } from './index.js';
import { exampleText } from './testing/index.js';

const source = (path: string) => new URL(path, import.meta.url);
const kinds = Object.entries(codeOfRuleKind);

test('every rule of a rulebook is listed, with the place where it stands', () => {
  const text = exampleText();
  const document: Json = JSON.parse(text);
  const rules = rulesOf(parseRulebook(text));
  for (const { id, pointer } of rules) expect([pointer, valueAt(document, `${pointer}/id`)]).toEqual([pointer, id]);
  // A rule, and nothing else in a rulebook, says where it comes from.
  expect(rules).toHaveLength(text.split('"basis":').length - 1);
});

test('the example has a rule of every kind', () => {
  const present = new Set<RuleKind>(rulesOf(parseRulebook(exampleText())).map((rule) => rule.kind));
  expect([...present].sort()).toEqual(kinds.map(([kind]) => kind).sort());
});

test.each(kinds)('rules of kind %s have code and a test', (kind, code) => {
  expect(existsSync(source(`./${code}`))).toBe(true);
  expect(readFileSync(source(`./rule-kinds/${kind}.spec.ts`), 'utf8')).toContain(`describe('${kind}'`);
});

test('what an evaluator says it applies is what the list of kinds says', () => {
  const applied = new Set(evaluators.flatMap((evaluator) => evaluator.ruleKinds));
  expect([...applied].sort()).toEqual(
    kinds
      .filter(([, code]) => code.startsWith('evaluators/'))
      .map(([kind]) => kind)
      .sort(),
  );
});
