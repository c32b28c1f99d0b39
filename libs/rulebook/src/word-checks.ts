import type { EligibilityRule, EligibilityRuleKind, OrganisationClass } from './eligibility-rules.js';
import { issue, type RulebookIssue } from './rulebook-issue.js';
import type { RulebookDocument } from './rulebook.js';

const lists = ['kinds', 'sizes', 'tasks', 'openness', 'programmes', 'roles'] as const;
type List = (typeof lists)[number];

/** A word that a rule uses, the list that has to have it, and where the rule says it. */
type Use = { readonly list: List; readonly word: string; readonly pointer: string };
type ClassUse = OrganisationClass & { readonly pointer: string };

/** Words that are listed twice, words that a rule uses but no list has, and sizes of what has none. */
export const wordIssues = (rulebook: RulebookDocument): readonly RulebookIssue[] => [
  ...repeatedWords(rulebook),
  ...unknownWords(rulebook),
  ...classesWithoutSize(rulebook),
];

const repeatedWords = ({ words }: RulebookDocument): readonly RulebookIssue[] =>
  lists.flatMap((list) => {
    const ids = words[list].map((word) => word.id);
    return ids.flatMap((id, index) => (ids.indexOf(id) < index ? [issue('word-repeated', `/words/${list}/${index}`, `“${id}” is listed twice`)] : []));
  });

const unknownWords = (rulebook: RulebookDocument): readonly RulebookIssue[] =>
  usesIn(rulebook)
    .filter(({ list, word }) => !rulebook.words[list].some((one) => one.id === word))
    .map(({ list, word, pointer }) => issue('word-unknown', pointer, `“${word}” is not among the ${list}`));

const classesWithoutSize = (rulebook: RulebookDocument): readonly RulebookIssue[] =>
  classesIn(rulebook).flatMap(({ pointer, kind, size }) => {
    const sized = rulebook.words.kinds.find((word) => word.id === kind)?.sized;
    if (sized === undefined || sized === (size !== undefined)) return [];
    return [issue('class-size', pointer, `“${kind}” ${sized ? 'has sizes, but none is named' : 'has no sizes'}`)];
  });

const used = (list: List, found: readonly string[], pointer: string): readonly Use[] => found.map((word) => ({ list, word, pointer }));

const usesIn = (rulebook: RulebookDocument): readonly Use[] => [
  ...rulebook.eligibility.rules.flatMap((rule, index) => usesOf(rule, `/eligibility/rules/${index}`)),
  ...rulebook.ownShare.rates.flatMap((rule, index) => used('openness', rule.openness, `/ownShare/rates/${index}/openness`)),
  ...rulebook.conflicts.flatMap(({ override }, index) => (override.allowed ? used('roles', [override.role], `/conflicts/${index}/override/role`) : [])),
  ...classesIn(rulebook).flatMap(({ kind, size, pointer }) => [...used('kinds', [kind], pointer), ...used('sizes', size === undefined ? [] : [size], pointer)]),
];

const classesIn = ({ eligibility, ownShare }: RulebookDocument): readonly ClassUse[] => [
  ...eligibility.rules.flatMap((rule, index) => (rule.kind === 'lead-allowed' ? classesAt(rule.allowed, `/eligibility/rules/${index}/allowed`) : [])),
  ...ownShare.rates.flatMap((rule, index) => classesAt(rule.classes, `/ownShare/rates/${index}/classes`)),
  ...ownShare.cash.flatMap((rule, index) => classesAt(rule.classes, `/ownShare/cash/${index}/classes`)),
];

const classesAt = (classes: readonly OrganisationClass[], pointer: string): readonly ClassUse[] =>
  classes.map((one, index) => ({ ...one, pointer: `${pointer}/${index}` }));

type RuleOf<Kind extends EligibilityRuleKind> = Extract<EligibilityRule, { kind: Kind }>;
type Uses = { readonly [Kind in EligibilityRuleKind]: (rule: RuleOf<Kind>, pointer: string) => readonly Use[] };

const none = (): readonly Use[] => [];

const uses: Uses = {
  deadline: none,
  'lead-allowed': none,
  'lead-not-in-programme': ({ programme, tasks }, pointer) => [
    ...used('programmes', [programme], `${pointer}/programme`),
    ...used('tasks', tasks, `${pointer}/tasks`),
  ],
  'size-never-leads': ({ size }, pointer) => used('sizes', [size], `${pointer}/size`),
  'size-joins-without-programme': ({ size, programme }, pointer) => [
    ...used('sizes', [size], `${pointer}/size`),
    ...used('programmes', [programme], `${pointer}/programme`),
  ],
  'organisation-of-kind': ({ kinds }, pointer) => used('kinds', kinds, `${pointer}/kinds`),
  'foreign-tasks': ({ tasks }, pointer) => used('tasks', tasks, `${pointer}/tasks`),
  'members-in-programme': ({ programme }, pointer) => used('programmes', [programme], `${pointer}/programme`),
  'consortium-size': none,
  'shares-add-up': none,
  'gpus-requested': none,
  'openness-allowed': ({ allowed }, pointer) => used('openness', allowed, `${pointer}/allowed`),
};

const usesOf = <Kind extends EligibilityRuleKind>(rule: RuleOf<Kind>, pointer: string): readonly Use[] => {
  const find: Uses[Kind] = uses[rule.kind];
  return find(rule, pointer);
};
