/** The shape of the tree as a function: path → text in, findings out. Nothing here reads a disk, so it can be tried on trees that are wrong. */
export type Tree = ReadonlyMap<string, string>;
export type Finding = { readonly rule: string; readonly path: string; readonly says: string };

type Rule = (tree: Tree) => Iterable<Finding>;

const bannedNames = new Set(['common', 'shared', 'utils', 'util', 'helpers', 'helper', 'misc', 'base', 'core', 'types', 'constants', 'manager']);
const bannedRoles = /\.(service|dto|interface|type|util|helper|constant|manager|handler)\.ts$/;
const topLevel = new Set([
  '.ci', '.dockerignore', '.github', '.githooks', '.gitignore', '.npmrc', '.prettierrc.json', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'apps', 'bench', 'docker-compose.yml', 'docs', 'eslint.config.mjs',
  'infra', 'jest.config.js', 'libs', 'nx.json', 'package-lock.json', 'package.json', 'tools', 'tsconfig.base.json', 'tsconfig.json', 'tsconfig.spec.json',
]);
const serviceFolders = new Set(['domain', 'projections', 'http', 'messaging']);
const compositions = new Set(['platform', 'journeys', 'console', 'gateway', 'issuer', 'program-ledger']);

const finding = (rule: string, path: string, says: string): Finding => ({ rule, path, says });
const code = (tree: Tree) => [...tree].filter(([path]) => /^(apps|libs|tools)\/.*\.ts$/.test(path));
const own = (path: string): boolean => path.startsWith('tools/tidy/') || path.startsWith('tools/boundaries/');
const projects = (tree: Tree) => [...tree.keys()].filter((path) => /^(apps|libs|tools)\/[^/]+\/package\.json$/.test(path)).map((path) => path.replace('/package.json', ''));
const services = (tree: Tree) => projects(tree).filter((project) => project.startsWith('apps/') && !compositions.has(project.slice(5)));

const tagsOf = (tree: Tree, project: string): readonly string[] => {
  const { nx } = JSON.parse(tree.get(`${project}/package.json`) ?? '{}') as { nx?: { tags?: readonly string[] } };
  return nx?.tags ?? [];
};

const topLevelIsKnown: Rule = function* (tree) {
  for (const entry of new Set([...tree.keys()].map((path) => path.split('/')[0] ?? ''))) if (!topLevel.has(entry)) yield finding('top-level', entry, 'is not part of the tree at its root');
};

const projectsAreTagged: Rule = function* (tree) {
  for (const project of projects(tree)) {
    const tags = tagsOf(tree, project);
    for (const kind of ['type:', 'scope:']) if (!tags.some((tag) => tag.startsWith(kind))) yield finding('tags', project, `has no ${kind} tag, so no law governs it`);
  }
  for (const service of services(tree)) if (!tagsOf(tree, service).includes(`scope:${service.slice(5)}`)) yield finding('tags', service, 'does not bear its own scope');
};

const projectsHaveReadmes: Rule = function* (tree) {
  for (const project of projects(tree).filter((path) => !path.startsWith('tools/'))) {
    const readme = tree.get(`${project}/README.md`);
    if (readme === undefined) yield finding('readme', project, 'has no README.md');
    else if (!project.endsWith('journeys') && !(readme.includes('Trusted with') && readme.includes('If it lies'))) yield finding('trust', `${project}/README.md`, 'does not say what it is trusted with and what follows if it lies');
  }
};

const servicesHaveFourFolders: Rule = function* (tree) {
  for (const service of services(tree)) {
    for (const path of tree.keys()) {
      const inside = path.startsWith(`${service}/src/`) ? path.slice(service.length + 5) : undefined;
      const first = inside?.split('/')[0] ?? '';
      if (inside?.includes('/') && !serviceFolders.has(first)) yield finding('service-shape', path, `is in none of ${[...serviceFolders].join(', ')}`);
    }
    const name = service.slice(5);
    if (!tree.has(`${service}/src/${name}.module.ts`)) yield finding('service-shape', service, `has no src/${name}.module.ts`);
  }
};

const namesAreGood: Rule = function* (tree) {
  for (const path of tree.keys()) {
    if (!/^(apps|libs|tools)\//.test(path)) continue;
    for (const part of path.split('/')) {
      const stem = part.replace(/\..*$/, '');
      if (bannedNames.has(stem)) yield finding('name', path, `“${stem}” says nothing`);
      if (/^(apps|libs|tools)\/.*\.ts$/.test(path) && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) yield finding('name', path, `“${part}” is not kebab-case`);
    }
    if (bannedRoles.test(path)) yield finding('name', path, 'has a role that no rule hangs on');
  }
};

const testsRun: Rule = function* (tree) {
  for (const [path, text] of code(tree)) {
    if (own(path)) continue;
    if (/\b(it|test|describe)\.(skip|only|todo|failing)\b|\bx(it|test|describe)\(/.test(text)) yield finding('test', path, 'skips a test or runs one alone');
    if (/jest\.(mock|spyOn|unstable_mockModule)\b/.test(text)) yield finding('test', path, 'mocks: use the twin or the real thing');
    if (path.endsWith('.spec.ts') && !/\b(test|it|\w+Contract|viewSpec)\b/.test(text)) yield finding('test', path, 'holds no test');
    if (/\b(?:test|it)\(\s*['"`]should\b/.test(text)) yield finding('test', path, 'says “should”: a test name is a sentence about the programme');
  }
};

const nothingIsUnfinished: Rule = function* (tree) {
  for (const [path, text] of tree) {
    if (own(path) || !/\.(ts|mjs|md|sh|yml)$/.test(path)) continue;
    const word = /\b(TODO|FIXME|XXX|HACK)\b|not implemented|\bplaceholder\b(?!=)/i.exec(text)?.[0];
    if (word !== undefined) yield finding('unfinished', path, `says “${word}”`);
  }
};

const nothingIsLocal: Rule = function* (tree) {
  for (const [path, text] of tree) {
    if (own(path)) continue;
    const place = /\/work\/(main|shared)|\/tmp\/plan|registry\.npmjs\.org|repo1?\.maven|\.library\//.exec(text)?.[0];
    if (place !== undefined) yield finding('local', path, `names ${place}`);
  }
};

const onlyTheKernelAppends: Rule = function* (tree) {
  for (const [path, text] of code(tree)) {
    if (/\.spec\.ts$|\/testing\/|^libs\/(event-sourcing|postgres-event-store)\/|^tools\//.test(path)) continue;
    // A store that wraps another is a store, not a writer of its own.
    if (/\b(store|eventStore)\.append\(/i.test(text) && !text.includes('extends EventStore')) yield finding('append', path, 'appends by itself: only Commands writes events');
  }
};

const oneDoorALibrary: Rule = function* (tree) {
  for (const path of tree.keys()) {
    const match = /^(?:apps|libs)\/([^/]+)\/src\/(.+)\/index\.ts$/.exec(path);
    if (match && match[2] !== 'testing' && match[1] !== 'contracts') yield finding('barrel', path, 'is a barrel: a library has one door');
  }
};

const decisionHeadings = ['## Context', '## Decision', '## Alternatives', '## Consequences'];
const decisionsAreNumbered: Rule = function* (tree) {
  const records = [...tree.keys()].filter((path) => /^docs\/decisions\/\d{4}-.*\.md$/.test(path)).sort();
  for (const [index, path] of records.entries()) {
    if (Number(path.slice('docs/decisions/'.length).slice(0, 4)) !== index + 1) yield finding('decision', path, `should be number ${index + 1}: numbers have no gaps`);
    for (const heading of decisionHeadings) if (!tree.get(path)?.includes(heading)) yield finding('decision', path, `lacks “${heading}”`);
  }
};

const linksLead: Rule = function* (tree) {
  const folders = new Set([...tree.keys()].flatMap((path) => path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))));
  for (const [path, text] of tree) {
    if (!path.endsWith('.md')) continue;
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)/g)) {
      const resolved = resolveFrom(path, target);
      if (!tree.has(resolved) && !folders.has(resolved)) yield finding('link', path, `leads nowhere: ${target}`);
    }
  }
};

const resolveFrom = (from: string, target: string): string => {
  const parts = from.split('/').slice(0, -1);
  for (const part of target.replace(/\/$/, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
};

const commandsAreNamed: Rule = function* (tree) {
  const { scripts = {} } = JSON.parse(tree.get('package.json') ?? '{}') as { scripts?: Readonly<Record<string, string>> };
  const readme = tree.get('README.md') ?? '';
  for (const command of ['npm start', 'npm test', 'npm run story']) if (!readme.includes(command)) yield finding('readme', 'README.md', `does not name ${command}`);
  const contributing = tree.get('CONTRIBUTING.md') ?? '';
  for (const script of Object.keys(scripts)) if (!new RegExp(`npm (run )?${script}\\b`).test(contributing)) yield finding('scripts', 'CONTRIBUTING.md', `does not name npm run ${script}`);
};

/** Every rule of the tree by its name. */
export const rules: Readonly<Record<string, Rule>> = {
  topLevelIsKnown, projectsAreTagged, projectsHaveReadmes, servicesHaveFourFolders, namesAreGood, testsRun, nothingIsUnfinished, nothingIsLocal, onlyTheKernelAppends, oneDoorALibrary, decisionsAreNumbered, linksLead, commandsAreNamed,
};

export const tidy = (tree: Tree): readonly Finding[] => Object.values(rules).flatMap((rule) => [...rule(tree)]);
