import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { rules, tidy, type Tree } from './tidy.js';

/** What git tracks or would track, as it lies on disk. */
const treeOnDisk = (): Tree => {
  const paths = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { encoding: 'utf8' }).split('\0');
  const present = paths.filter((path) => path !== '' && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false));
  return new Map(present.map((path) => [path, readFileSync(path, 'utf8')]));
};

const service = (name: string): readonly (readonly [string, string])[] => [
  [`apps/${name}/package.json`, JSON.stringify({ nx: { tags: ['type:service', `scope:${name}`] } })],
  [`apps/${name}/README.md`, 'Trusted with a part. If it lies, the auditor finds out.'],
  [`apps/${name}/src/${name}.module.ts`, 'export {};'],
];
const good: Tree = new Map<string, string>([
  ['package.json', JSON.stringify({ scripts: { start: '' } })],
  ['README.md', 'npm start, npm test, npm run story, see [the picture](docs/picture.md)'],
  ['CONTRIBUTING.md', 'npm start'],
  ['docs/picture.md', 'a picture'],
  ['docs/decisions/0001-record-decisions.md', '## Context\n## Decision\n## Alternatives\n## Consequences'],
  ...service('review'),
  ['apps/review/src/domain/panel/panel.decider.spec.ts', "test('a panel needs a quorum', () => {});"],
]);
const withFile = (path: string, text: string): Tree => new Map([...good, [path, text]]);
const without = (path: string): Tree => new Map([...good].filter(([name]) => name !== path));

const wrong: Readonly<Record<keyof typeof rules, readonly Tree[]>> = {
  topLevelIsKnown: [withFile('notes.txt', '')],
  projectsAreTagged: [withFile('libs/new/package.json', '{}'), withFile('apps/review/package.json', JSON.stringify({ nx: { tags: ['type:service', 'scope:funding'] } }))],
  projectsHaveReadmes: [without('apps/review/README.md'), withFile('apps/review/README.md', 'Decides who judges.')],
  servicesHaveFourFolders: [withFile('apps/review/src/application/x.ts', ''), without('apps/review/src/review.module.ts')],
  namesAreGood: [withFile('libs/host/src/utils/x.ts', ''), withFile('libs/host/src/HostThing.ts', ''), withFile('apps/review/src/http/panel.dto.ts', '')],
  testsRun: [
    withFile('libs/host/src/a.spec.ts', "test.skip('x', () => {})"),
    withFile('libs/host/src/a.spec.ts', "test('should x', () => {})"),
    withFile('libs/host/src/a.spec.ts', 'export {};'),
    withFile('libs/host/src/a.spec.ts', "test('x', () => { jest.mock('./y.js'); })"),
  ],
  nothingIsUnfinished: [withFile('libs/host/src/a.ts', '// TODO: more'), withFile('docs/a.md', 'This is not implemented.')],
  nothingIsLocal: [withFile('docs/a.md', 'see /work/main/x')],
  onlyTheKernelAppends: [withFile('apps/review/src/http/a.ts', "await store.append('s', 'any', []);")],
  oneDoorALibrary: [withFile('libs/host/src/http/index.ts', '')],
  decisionsAreNumbered: [withFile('docs/decisions/0003-x.md', '## Context\n## Decision\n## Alternatives\n## Consequences'), withFile('docs/decisions/0002-x.md', '## Context')],
  linksLead: [withFile('docs/a.md', '[x](b.md)')],
  commandsAreNamed: [withFile('README.md', 'npm start'), withFile('CONTRIBUTING.md', '')],
};

describe('the tree is tidy', () => {
  test('a tidy tree has no findings', () => expect(tidy(good)).toEqual([]));

  test.each(Object.keys(rules))('%s is broken by a planted tree, and says so', (name) => {
    const trees = wrong[name] ?? [];
    expect(trees.length).toBeGreaterThan(0);
    for (const tree of trees) expect([...rules[name]!(tree)]).not.toEqual([]);
  });

  test('this tree', () => expect(tidy(treeOnDisk()).map(({ path, rule, says }) => `${rule}: ${path} ${says}`)).toEqual([]));
});
