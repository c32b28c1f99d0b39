import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The innermost package of a path below `node_modules`, or nothing for a file of ours. */
const packageOf = (path: string): string | undefined => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];

/** What the licences of the bundled packages want said wherever they go: each package, its version, its licence in full. */
export const notices = (root: string, inputs: readonly string[]): string => {
  const packages = [...new Set(inputs.flatMap((path) => packageOf(path) ?? []))].sort();
  return packages.map((folder) => notice(join(root, folder))).join(`\n${'-'.repeat(80)}\n\n`);
};

const notice = (folder: string): string => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string; license?: string };
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort();
  return [`${name} ${version} (${license ?? 'see below'})`, ...files.map((file) => readFileSync(join(folder, file), 'utf8').trim()), ''].join('\n\n');
};
