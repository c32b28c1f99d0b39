import { codeOfRuleKind, parseRulebook, rulesOf } from '@program-ledger/rulebook';
import { existsSync, readFileSync } from 'node:fs';

const stories = 'apps/journeys/src/stories';
const rulebooks = ['nipa-2025', 'second-chance'].map((story) => `${stories}/${story}/rulebook.json`);
const library = 'libs/rulebook/src';

const link = (path: string, label: string, line = ''): string => {
  if (!existsSync(path)) throw new Error(`${path} is not there: ${label} has nothing to link to`);
  return `[${label}](../../${path}${line})`;
};

/** Line of a rule's id in the pretty file. */
const dataOf = (path: string, id: string): string => {
  const line = readFileSync(path, 'utf8').split('\n').findIndex((text) => text.includes(`"id": "${id}"`)) + 1;
  if (line === 0) throw new Error(`${id} is not in ${path}`);
  return link(path, 'data', `#L${line}`);
};

/** Every rule of every rulebook that the project keeps, with its data, the code that evaluates its kind, and the test of that kind. */
export const rulesPage = (): string => {
  const sections = rulebooks.map((path) => {
    const rulebook = parseRulebook(readFileSync(path, 'utf8'));
    const rows = rulesOf(rulebook).map(({ id, kind, text, basis }) => {
      const code = link(`${library}/${codeOfRuleKind[kind]}`, kind);
      return `| \`${id}\` | ${text.en} | ${basis.source} | ${dataOf(path, id)} | ${code} | ${link(`${library}/rule-kinds/${kind}.spec.ts`, 'test')} |`;
    });
    return [`## ${rulebook.title.en}`, '', `\`${rulebook.digest}\``, '', '| rule | says | source | data | code (kind) | test |', '|---|---|---|---|---|---|', ...rows, ''].join('\n');
  });
  return [
    '# Rules',
    '',
    'Where each rule of each rulebook is written, evaluated and tested; this page cannot be generated while one of the three is missing. `stated` and `inferred` rest on public',
    'sources; `uncertain` and `invented` are marked so in the data.',
    '',
    ...sections,
  ].join('\n');
};
