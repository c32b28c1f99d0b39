import { build, type Plugin } from 'esbuild';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notices } from './notices.js';

/** Not for servers: the platform brings a database of its own, journeys play against whatever runs, the development issuer believes everybody. */
const notInTheImage: ReadonlySet<string> = new Set(['platform', 'journeys', 'issuer']);

/** The operator's step before the first start: no project of its own. */
const prepare = ['prepare', 'libs/engines/dist/prepare-main.js'] as const;

/** name → what `tsc -b` emits of every program that goes into the image: one process each, the command line, the first step. */
export const programs = (root: string): ReadonlyMap<string, string> => {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { readonly references: readonly { readonly path: string }[] };
  const apps = references.flatMap(({ path }) => (path.startsWith('apps/') ? [path.slice('apps/'.length)] : []));
  const wanted = apps.filter((name) => !notInTheImage.has(name) && existsSync(join(root, 'apps', name, 'src/main.ts')));
  return new Map([...wanted.map((name) => [name, `apps/${name}/dist/main.js`] as const), prepare]);
};

/** Nest, TypeORM and others look for packages that may be missing; what is not installed stays an import that fails only if it is reached. */
const optionalStaysOutside: Plugin = {
  name: 'optional-stays-outside',
  setup: ({ onResolve, resolve }) => {
    onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === asked || !from.importer.includes('node_modules')) return undefined;
      const { errors } = await resolve(path, { ...from, pluginData: asked });
      return errors.length > 0 ? { path, external: true } : undefined;
    });
  },
};
const asked = Symbol('already asked');

/** A module of ours that reaches into a CommonJS package by a `require` of its own: as plain `require` esbuild follows it, into the same copy that is imported. */
const ownRequireIsFollowed: Plugin = {
  name: 'own-require-is-followed',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/(apps|libs)\/[^/]+\/dist\/.*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const [declared, name] = /^const (\w+) = createRequire\(import\.meta\.url\);$/m.exec(text) ?? [];
      if (declared === undefined) return undefined;
      return { contents: text.replace(declared, '').replaceAll(new RegExp(`\\b${name}\\('`, 'g'), "require('"), loader: 'js' };
    });
  },
};

/** What packages written for CommonJS expect to find, in a file that is a module. */
const commonJs = [
  "import { createRequire as ledgerRequire } from 'node:module';",
  "import { dirname as ledgerDirname } from 'node:path';",
  "import { fileURLToPath as ledgerPath } from 'node:url';",
  'const require = ledgerRequire(import.meta.url), __filename = ledgerPath(import.meta.url), __dirname = ledgerDirname(__filename);',
].join('\n');

/**
 * Each program as one module that needs nothing but Node, `<name>.mjs`, and the licences of all that is in them, `NOTICES.txt`, in a directory
 * made anew. It reads what the compiler emitted, since esbuild makes no decorator metadata. Answers the names.
 * @throws when a program was not built, or something of ours cannot be found.
 */
export const bundle = async (root: string, directory: string): Promise<readonly string[]> => {
  const entries = programs(root);
  rmSync(directory, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    keepNames: true,
    legalComments: 'none',
    metafile: true,
    banner: { js: commonJs },
    plugins: [optionalStaysOutside, ownRequireIsFollowed],
    logLevel: 'warning',
  });
  writeFileSync(join(directory, 'NOTICES.txt'), notices(root, Object.keys(metafile.inputs)));
  return [...entries.keys()];
};
