import { readdirSync, readFileSync } from 'node:fs';

type Rule = { readonly id: string; readonly kind: string; readonly text?: { readonly en?: string; readonly ko?: string }; readonly basis?: unknown };

/** path:line of the first line of a file that holds the text; paths are from the root. */
const lineOf = (path: string, wanted: RegExp): string | undefined => {
  const index = readFileSync(path, 'utf8').split('\n').findIndex((line) => wanted.test(line));
  return index < 0 ? undefined : `${path}#L${index + 1}`;
};

const filesUnder = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending)).map((name) => `${folder}/${name}`).sort();

const link = (place: string | undefined, label: string): string => {
  if (place === undefined) throw new Error(`nothing to link for ${label}`);
  return `[${label}](../../${place})`;
};

const firstIn = (files: readonly string[], wanted: RegExp): string | undefined => files.map((file) => lineOf(file, wanted)).find((place) => place !== undefined);

/** Every rule of every rulebook that the project keeps, with its data, the code that evaluates its kind, and the test of that kind. */
export const rulesPage = (): string => {
  const rulebooks = filesUnder('apps/journeys/src/stories', 'rulebook.json');
  const code = filesUnder('libs/rulebook/src', '.ts').filter((file) => !file.endsWith('.spec.ts'));
  const tests = filesUnder('libs/rulebook/src', '.spec.ts');
  const sections = rulebooks.map((path) => {
    const { id, eligibility } = JSON.parse(readFileSync(path, 'utf8')) as { id: string; eligibility: { rules: readonly Rule[] } };
    const rows = eligibility.rules.map((rule) => {
      const quoted = new RegExp(`['"]?${rule.kind}['"]?:|['"]${rule.kind}['"]`);
      const data = link(lineOf(path, new RegExp(`"id": *"${rule.id}"`)), 'data');
      const evaluator = link(firstIn(code.filter((file) => /eligib|rule-kind/.test(file)), quoted) ?? firstIn(code, quoted), rule.kind);
      return `| \`${rule.id}\` | ${rule.text?.en ?? ''} | ${data} | ${evaluator} | ${link(firstIn(tests, new RegExp(rule.kind)), 'test')} |`;
    });
    return [`## ${id}`, '', '| rule | says | data | code (kind) | test |', '|---|---|---|---|---|', ...rows, ''].join('\n');
  });
  return ['# Rules', '', 'Where each rule of each rulebook is written, evaluated and tested. A rule without all three fails the generation of this page.', '', ...sections].join('\n');
};
